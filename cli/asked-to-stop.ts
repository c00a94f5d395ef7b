import { exitCodes } from './exit.js';
import { Stopped } from './io.js';

/**
 * `npm start` passes a Ctrl-C on that the terminal has sent to all of its processes already: where the shell of its scripts
 * is bash, the program sees it twice, 0.7 ms apart (measured with npm 11). No hand is that quick.
 */
const ECHO = 250;

/** What a signal, or the key for it, does: the first asks to stop, the second ends the program at once; its echo does nothing. */
export function askedToStop(options: {
  readonly stop: (reason: Stopped) => void;
  readonly leave: (code: number) => void;
  /** A clock in ms. */
  readonly now: () => number;
}): (signal: Exclude<Stopped['by'], 'EPIPE'>) => void {
  let first: number | undefined;
  return (signal) => {
    if (first === undefined) {
      first = options.now();
      options.stop(new Stopped(signal));
    } else if (options.now() - first >= ECHO) {
      options.leave(signal === 'SIGINT' || signal === 'q' ? exitCodes.interrupted : exitCodes.error);
    }
  };
}
