import { defer, ignoreElements, merge, Subject, tap, type OperatorFunction } from 'rxjs';

/**
 * Maps every value to any number of values, which a step emits before it returns: what `concatMap` does with lists and
 * generators, without an inner Observable for each of them, which would cost more than most steps do.
 *
 * Values that come meanwhile, because a listener sends them, wait for their turn.
 *
 * @param last Emits what is left when the source has completed.
 */
export function atOnce<T, R>(step: (value: T, emit: (result: R) => void) => void, last: (emit: (result: R) => void) => void = () => undefined): OperatorFunction<T, R> {
  return (values) => defer(() => {
    const results = new Subject<R>();
    const waiting: T[] = [];
    let busy = false;
    let over = false;

    const emit = (result: R): void => results.next(result);
    const complete = (): void => {
      over = true;
      if (busy) return;
      last(emit);
      results.complete();
    };
    const next = (value: T): void => {
      if (busy) {
        waiting.push(value);
        return;
      }
      busy = true;
      step(value, emit);
      while (waiting.length > 0 && results.observed) step(waiting.shift() as T, emit);
      busy = false;
      if (over) complete();
    };

    return merge(results, values.pipe(tap({ next, complete }), ignoreElements()));
  });
}
