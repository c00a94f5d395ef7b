import { defer, ignoreElements, merge, Subject, tap, type OperatorFunction } from 'rxjs';

/**
 * Maps every value to any number of values that are there at once: what `concatMap` does with lists and generators, without
 * an inner Observable for each of them, which would cost more than most steps do.
 *
 * Values that come meanwhile, because a listener sends them, wait for their turn. A generator goes no further once nobody
 * listens.
 */
export function atOnce<T, R>(step: (value: T) => Iterable<R>): OperatorFunction<T, R> {
  return (values) => defer(() => {
    const results = new Subject<R>();
    const waiting: T[] = [];
    let busy = false;
    let over = false;

    const take = (value: T): void => {
      for (const result of step(value)) {
        results.next(result);
        if (!results.observed) break;
      }
    };
    const next = (value: T): void => {
      waiting.push(value);
      if (busy) return;
      busy = true;
      while (waiting.length > 0 && results.observed) take(waiting.shift() as T);
      busy = false;
      if (over) results.complete();
    };
    const complete = (): void => {
      over = true;
      if (!busy) results.complete();
    };

    return merge(results, values.pipe(tap({ next, complete }), ignoreElements()));
  });
}
