import { asyncScheduler, concatMap, defer, map, of, timer, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';

export interface PacedOptions {
  /** How long before it can be heard a value may go out, in ms: what a listener has in stock against a slow network. @default 200 */
  readonly lead?: number;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike;
}

/**
 * Releases values no earlier than a little before they can be heard.
 *
 * ```
 * made      (abcd|)
 * released  ab----c----(d|)
 * ```
 *
 * (5 ms each, lead 4.) The first is taken to be heard when it is released, each other one right after the one before. What has not been
 * released can still be taken back: the wire has no "flush". The schedule is a sum of lengths, so a late timer does not
 * add up; where values come too late (the listener has run dry), it begins anew.
 *
 * @param length How long it takes to hear a value, in ms.
 * @throws RangeError at call time where `lead` is below 0.
 */
export function paced<T>(length: (value: T) => number, options: PacedOptions = {}): MonoTypeOperatorFunction<T> {
  const { lead = 200, scheduler = asyncScheduler } = options;
  if (!(lead >= 0)) throw new RangeError(`paced: the lead must be 0 ms or more, not ${lead}.`);

  return (values) => defer(() => {
    /** When everything released so far will have been heard. */
    let heard = -Infinity;

    return values.pipe(concatMap((value) => {
      const wait = heard - lead - scheduler.now();
      return (wait > 0 ? timer(wait, scheduler) : of(0)).pipe(map(() => {
        heard = Math.max(heard, scheduler.now()) + length(value);
        return value;
      }));
    }));
  });
}
