import { asyncScheduler, concatMap, defer, map, of, queueScheduler, subscribeOn, tap, timer, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';

/** How far a listener has come at the moment in which the stream is cut. */
export interface Cut<T> {
  /** What has been heard, in ms; pauses are not counted. */
  readonly heard: number;
  /** The value that is being heard, or was heard last; undefined where none was released. */
  readonly last: T | undefined;
  /** How much of it, in ms. */
  readonly within: number;
}

export interface PacedOptions<T> {
  /** How long before it can be heard a value may go out, in ms: what a listener has in stock against a slow network. @default 200 */
  readonly lead?: number;
  /** Told where the listener has come to when the stream is unsubscribed or fails; not when it completes. */
  readonly onCut?: (cut: Cut<T>) => void;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike;
}

interface Release<T> { readonly value: T; readonly from: number; readonly length: number }

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
 * add up; where values come too late (the listener has run dry), it begins anew. What was heard of an answer that was
 * interrupted is what a history should keep, and where a caption stops.
 *
 * @param length How long it takes to hear a value, in ms.
 * @throws RangeError at call time where `lead` is below 0.
 */
export function paced<T>(length: (value: T) => number, options: PacedOptions<T> = {}): MonoTypeOperatorFunction<T> {
  const { lead = 200, onCut, scheduler = asyncScheduler } = options;
  if (!(lead >= 0)) throw new RangeError(`paced: the lead must be 0 ms or more, not ${lead}.`);

  return (values) => defer(() => {
    /** When everything released so far will have been heard. */
    let heard = -Infinity;
    /** Length of all values before those of `ahead`. */
    let before = 0;
    /** What is being heard, or was heard last, and what has been released beyond it: no more than fits into the lead. */
    const ahead: Release<T>[] = [];

    const listen = (): void => {
      while (ahead[1] !== undefined && ahead[1].from <= scheduler.now()) before += ahead.shift()?.length ?? 0;
    };

    const cut = (): void => {
      listen();
      const current = ahead[0];
      const within = current === undefined ? 0 : Math.min(current.length, scheduler.now() - current.from);
      onCut?.({ heard: before + within, last: current?.value, within });
    };

    return values.pipe(
      concatMap((value) => {
        const wait = heard - lead - scheduler.now();
        return (wait > 0 ? timer(wait, scheduler) : of(0)).pipe(map(() => {
          const release = { value, from: Math.max(heard, scheduler.now()), length: length(value) };
          heard = release.from + release.length;
          ahead.push(release);
          listen();
          return value;
          // On the queue: what has waited together would be released by one call inside another, and thousands overflow the stack.
        }), subscribeOn(queueScheduler));
      }),
      tap({ unsubscribe: cut, error: cut }),
    );
  });
}
