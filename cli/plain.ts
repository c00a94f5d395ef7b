import type { AppEvent } from './views/app-event.js';
import { plainLine } from './views/plain.js';
import type { Io } from './io.js';

/** Prints one readable line per event. Colour is for terminals, and not where `NO_COLOR` is set. */
export function plain({ stdout, env, redact }: Pick<Io, 'stdout' | 'env' | 'redact'>): (event: AppEvent) => void {
  const colour = stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const ascii = !/utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || 'utf-8');
  return (event) => {
    const line = plainLine(event, { colour, ascii });
    if (line !== undefined) stdout.write(`${redact(line)}\n`);
  };
}
