import type { AppEvent } from './views/app-event.js';
import { plainLine } from './views/plain.js';
import type { PlainOptions } from './views/plain.js';
import { waitingFor } from './views/waiting-for.js';
import type { Io } from './io.js';
import { wantsAscii, wantsColour, type ColourSetting } from './theme.js';

/** ms for which what is told every other second of an echo is not told again. */
const ECHOES = 60_000;

/** Prints one readable line per event. */
export function plain({ stdout, env }: Pick<Io, 'stdout' | 'env'>, colour?: ColourSetting): (event: AppEvent) => void {
  const options = plainOptions({ stdout, env }, colour);
  const waits = new Map<number | undefined, string>();
  let echoed = -Infinity;
  const show = (event: AppEvent): void => {
    if (event.type === 'echo') {
      if (event.at - echoed < ECHOES) return;
      echoed = event.at;
    }
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
export function plainOptions({ stdout, env }: Pick<Io, 'stdout' | 'env'>, colour: ColourSetting = 'auto'): Required<Pick<PlainOptions, 'colour' | 'ascii'>> {
  return { colour: wantsColour(colour, { stdout, env }), ascii: wantsAscii(env) };
}
