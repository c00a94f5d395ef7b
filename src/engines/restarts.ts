import type { Timing } from './supervise-options.js';

/** Crashes within `Timing.window` that are still answered with a restart. */
const TOLERATED = 5;

/** How long to wait before what has crashed is started again, and when that is not worth trying. */
export interface Restarts {
  /**
   * Counts a crash at this time.
   *
   * @param readyAt since when the process had been ready; undefined where it never was
   * @returns ms to wait before the next start, or undefined where it has crashed too often.
   */
  crashed(now: number, readyAt: number | undefined): number | undefined;
  /** The rest after too many crashes is over: one crash more, and it is too often again. */
  rested(): void;
}

/** Pauses that double from crash to crash until a process has been healthy for a while. */
export function countRestarts({ backoff, backoffCap, window }: Pick<Timing, 'backoff' | 'backoffCap' | 'window'>): Restarts {
  let crashes: number[] = [];
  /** Crashes since a process was last healthy. */
  let streak = 0;
  let probation = false;
  return {
    crashed(now, readyAt) {
      if (readyAt !== undefined && now - readyAt >= window) {
        streak = 0;
        probation = false;
      }
      crashes = [...crashes.filter((at) => now - at < window), now];
      if (probation || crashes.length > TOLERATED) return undefined;
      return Math.min(backoff * 2 ** streak++, backoffCap);
    },
    rested() {
      crashes = [];
      streak = 0;
      probation = true;
    },
  };
}
