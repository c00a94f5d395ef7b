import { asyncScheduler, catchError, concat, defer, EMPTY, merge, NEVER, of, repeat, switchMap, take, timer, type Observable, type SchedulerLike } from 'rxjs';

export interface RedialOptions {
  /** The longest first wait, ms; it doubles with each further one. @default 250 */
  readonly first?: number;
  /** What it doubles up to, ms. @default 8_000 */
  readonly most?: number;
  /** A line that lasted so many ms was one, and the next waits start small again. @default 2_000 */
  readonly settled?: number;
  /** Asked when a line is over. @default always */
  readonly again?: () => boolean;
  /** From 0 to 1: what part of the longest wait is waited. @default Math.random */
  readonly random?: () => number;
  /** Where it emits, what is left of a wait is not waited. @default never */
  readonly now?: Observable<unknown>;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike;
}

export type RedialNews =
  | { readonly type: 'dialling'; readonly attempt: number }
  /**
   * Not reached (`lasted` is undefined), or over after `lasted` ms: with an error, or without one where the other side ended
   * it. `retryIn` is undefined where it is not tried again.
   */
  | { readonly type: 'over'; readonly lasted: number | undefined; readonly error: unknown; readonly retryIn: number | undefined };

/**
 * Keeps up a line: dials, talks for as long as it lasts, and dials again after a wait that doubles and of which a random part
 * is waited (full jitter), so that many clients of one server do not come back at once. A line that is accepted and closed at
 * once does not make the waits small again.
 */
export function redial<Line, T>(dial: Observable<Line>, talk: (line: Line) => Observable<T>, options: RedialOptions = {}): Observable<T | RedialNews> {
  const { first = 250, most = 8_000, settled = 2_000, again = () => true, random = Math.random, now = NEVER, scheduler = asyncScheduler } = options;
  return defer(() => {
    let attempt = 0;
    let since: number | undefined;
    let retryIn: number | undefined;

    const over = (error?: unknown): Observable<RedialNews> => {
      const lasted = since === undefined ? undefined : scheduler.now() - since;
      since = undefined;
      if (lasted !== undefined && lasted > settled) attempt = 0;
      retryIn = again() ? Math.round(random() * Math.min(most, first * 2 ** attempt)) : undefined;
      attempt += 1;
      return of({ type: 'over', lasted, error, retryIn });
    };
    const call = dial.pipe(switchMap((line) => {
      since = scheduler.now();
      return talk(line);
    }));

    return concat(
      defer(() => of<RedialNews>({ type: 'dialling', attempt })),
      concat(call, defer(() => over())).pipe(catchError(over)),
    ).pipe(repeat({ delay: () => (retryIn === undefined ? EMPTY : merge(timer(retryIn, scheduler), now).pipe(take(1))) }));
  });
}
