import { asyncScheduler, concat, defer, distinctUntilChanged, EMPTY, interval, map, merge, of, switchMap, takeWhile, timer, type Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';

export interface WatchdogOptions {
  /** How long the gate may stay closed, in ms. @default 30_000 */
  readonly timeout?: number;
  /** How often it counts aloud, in ms. @default 1_000 */
  readonly tick?: number;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike;
}

export type WatchdogNews =
  /** The gate is closed; `remaining` ms until somebody must open it. */
  | { readonly type: 'counting'; readonly remaining: number }
  /** It was closed for too long, `closedFor` ms. Said once; then silence until it has been open again. */
  | { readonly type: 'fired'; readonly closedFor: number };

/**
 * Counts down while a gate is closed, and says when it was closed for too long.
 *
 * ```
 * open  --f--t---f--f-----t---|
 * news  --6-4----6-4-2-X------|
 * ```
 *
 * (A character is 1 ms, a digit the ms that remain, X that it fired; timeout 6, tick 2.) A timer, so it fires without a single frame arriving. Closing a closed gate does not start the countdown anew. Where
 * the gate's states complete while it is closed, the countdown still runs to its end.
 *
 * @throws RangeError at call time where `timeout` or `tick` is not above 0.
 */
export function watchdog(options: WatchdogOptions = {}): OperatorFunction<boolean, WatchdogNews> {
  const { timeout = 30_000, tick = 1_000, scheduler = asyncScheduler } = options;
  if (!(timeout > 0)) throw new RangeError(`watchdog: the timeout must be above 0 ms, not ${timeout}.`);
  if (!(tick > 0)) throw new RangeError(`watchdog: the tick must be above 0 ms, not ${tick}.`);

  const countdown = defer((): Observable<WatchdogNews> => {
    const closedAt = scheduler.now();
    const closedFor = (): number => scheduler.now() - closedAt;
    const fired = timer(timeout, scheduler).pipe(map((): WatchdogNews => ({ type: 'fired', closedFor: closedFor() })));
    const remaining = concat(of(timeout), interval(tick, scheduler).pipe(map(() => Math.max(0, timeout - closedFor()))));
    const counting = remaining.pipe(map((ms): WatchdogNews => ({ type: 'counting', remaining: ms })));
    // `fired` goes first: at a time that is both a tick and the end, its timer is the older one.
    return merge(fired, counting).pipe(takeWhile((news) => news.type === 'counting', true));
  });

  return (open) => open.pipe(
    distinctUntilChanged(),
    switchMap((state) => (state ? EMPTY : countdown)),
  );
}
