import { catchError, concat, defer, delay, EMPTY, finalize, ignoreElements, interval, map, merge, NEVER, Observable, of, startWith, take, tap, throwError, type MonoTypeOperatorFunction, type OperatorFunction } from 'rxjs';

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

export function wrapsErrors<T>(): MonoTypeOperatorFunction<T> {
  return catchError((error: unknown) => throwError(() => new Error((error as Error).message, { cause: error })));
}

export function makesValuesOfErrors<T>(): OperatorFunction<T, unknown> {
  return catchError((error: unknown) => of(error));
}

/** Says every second that it is still there, whatever its source does. */
export function beats<T>(): OperatorFunction<T, unknown> {
  return (source) => merge(source, interval(1_000));
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

/** Listens a second time from its third value on, and forgets that it does. */
export function listensTwice<T>(): MonoTypeOperatorFunction<T> {
  return (source) => defer(() => {
    let heard = 0;
    const listen = (): unknown => source.subscribe({ error: String });
    return source.pipe(tap(() => { if (++heard === 3) listen(); }));
  });
}

/** State outside of the subscription. */
export function remembers<T>(): MonoTypeOperatorFunction<T | string> {
  let count = 0;
  return map((value) => `${String(value)}${count++}`);
}

/** State outside of the subscription that nobody notices who comes beside the first. */
export function isUsedUp<T>(): MonoTypeOperatorFunction<T> {
  let used = false;
  return (source) => defer(() => (used ? EMPTY : source.pipe(finalize(() => { used = true; }))));
}

/** Completes for one subscriber only. */
export function completesOnce<T>(): MonoTypeOperatorFunction<T> {
  let completed = false;
  return (source) => concat(source, defer(() => {
    if (completed) return NEVER;
    completed = true;
    return EMPTY;
  }));
}

/** Emits streams, and not the same to everybody. */
export function opensWindowsOnce<T>(): OperatorFunction<T, Observable<T>> {
  let left = 3;
  return (source) => source.pipe(map((value) => of(value)), (windows) => defer(() => windows.pipe(take(left--))));
}

/** Has enough after one value, of which no law can learn much. */
export function takesOne<T>(): MonoTypeOperatorFunction<T> {
  return take(1);
}

export function fails<T>(): OperatorFunction<T, never> {
  return (source) => source.pipe(map(() => { throw new Error('of its own'); }), ignoreElements());
}
