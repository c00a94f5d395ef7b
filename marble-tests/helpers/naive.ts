import { catchError, concat, delay, EMPTY, map, NEVER, Observable, startWith, type MonoTypeOperatorFunction } from 'rxjs';

// Operators as one might write them at first. Each breaks the law it is named after; the laws are shown to notice.

export function neverCompletes<T>(): MonoTypeOperatorFunction<T> {
  return (source) => concat(source, NEVER);
}

export function speaksFirst<T>(word: T): MonoTypeOperatorFunction<T> {
  return startWith(word);
}

export function swallowsErrors<T>(): MonoTypeOperatorFunction<T> {
  return catchError(() => EMPTY);
}

export function delaysErrors<T>(): MonoTypeOperatorFunction<T> {
  return (source) => source.pipe(catchError((error: unknown) => EMPTY.pipe(startWith(error), delay(5), map((late) => { throw late; }))));
}

/** The template with its teardown forgotten. */
export function holdsOn<T>(): MonoTypeOperatorFunction<T> {
  return (source) => new Observable((subscriber) => {
    source.subscribe({
      next: (value) => subscriber.next(value),
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
  });
}

/** The template as most write it: the subscription, and with it its end, comes too late for a synchronous source. */
export function drainsItsSource<T>(): MonoTypeOperatorFunction<T> {
  return (source) => new Observable((subscriber) => source.subscribe({
    next: (value) => subscriber.next(value),
    error: (error: unknown) => subscriber.error(error),
    complete: () => subscriber.complete(),
  }));
}

/** State outside of the subscription. */
export function remembers<T>(): MonoTypeOperatorFunction<T | string> {
  let count = 0;
  return map((value) => `${String(value)}${count++}`);
}
