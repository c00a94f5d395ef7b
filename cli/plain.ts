import type { AppEvent } from './views/app-event.js';
import { plainLine } from './views/plain.js';
import type { PlainOptions } from './views/plain.js';
import { waitingFor } from './views/waiting-for.js';
import type { Io } from './io.js';

/** Prints one readable line per event. */
export function plain({ stdout, env }: Pick<Io, 'stdout' | 'env'>): (event: AppEvent) => void {
  const options = plainOptions({ stdout, env });
  const waits = new Map<number | undefined, string>();
  const show = (event: AppEvent): void => {
    const session = 'session' in event ? event.session : undefined;
    const waiting = waitingFor(waits.get(session), event);
    if (waiting === undefined) waits.delete(session);
    else waits.set(session, waiting);
    const line = plainLine(event, { ...options, ...(waiting !== undefined && { waiting }) });
    if (line !== undefined) stdout.write(`${line}\n`);
  };
  return (event) => {
    if (event.type === 'snapshot') event.events.forEach(show);
    else show(event);
  };
}

/** Colour is for terminals, and not where `NO_COLOR` is set; ASCII for locales without Unicode. */
export function plainOptions({ stdout, env }: Pick<Io, 'stdout' | 'env'>): Required<Pick<PlainOptions, 'colour' | 'ascii'>> {
  return {
    colour: stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    ascii: !/utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || 'utf-8'),
  };
}
