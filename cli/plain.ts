import type { AppEvent } from './views/app-event.js';
import { plainLine } from './views/plain.js';
import type { PlainOptions } from './views/plain.js';
import type { Io } from './io.js';

/** Prints one readable line per event. */
export function plain({ stdout, env }: Pick<Io, 'stdout' | 'env'>): (event: AppEvent) => void {
  const options = plainOptions({ stdout, env });
  return (event) => {
    const line = plainLine(event, options);
    if (line !== undefined) stdout.write(`${line}\n`);
  };
}

/** Colour is for terminals, and not where `NO_COLOR` is set; ASCII for locales without Unicode. */
export function plainOptions({ stdout, env }: Pick<Io, 'stdout' | 'env'>): Required<PlainOptions> {
  return {
    colour: stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    ascii: !/utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || 'utf-8'),
  };
}
