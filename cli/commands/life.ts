import { defer, endWith, fromEvent, mergeMap, of, switchMap, take, takeWhile } from 'rxjs';
import type { Observable, OperatorFunction } from 'rxjs';
import type { Engines } from '../../src/engines.js';
import type { ModelFiles } from '../../src/engines/row.js';
import type { AppEvent } from '../views/app-event.js';
import type { Prepared } from './prepare.js';

/** Emits once, when the program is asked to stop; at once where it already was. */
export function stopped(signal: AbortSignal): Observable<unknown> {
  return defer(() => (signal.aborted ? of(signal.reason) : fromEvent(signal, 'abort'))).pipe(take(1));
}

const OVER = Symbol('over');

/** Works with something that lives as long as it is subscribed; lets it go, and completes, when the work has. */
export function during<T, R>(work: (resource: T) => Observable<R>): OperatorFunction<T, R> {
  return (resource) => resource.pipe(
    switchMap((it) => work(it).pipe(endWith(OVER))),
    takeWhile((value): value is R & Exclude<typeof value, typeof OVER> => value !== OVER),
  );
}

/** Serves as soon as the engines are there, keeps them loaded as long as that lasts, tells of them meanwhile, and completes with it. */
export function whilePrepared(serve: (engines: Engines, files: ModelFiles) => Observable<AppEvent>): OperatorFunction<AppEvent | Prepared, AppEvent> {
  return (preparing) => preparing.pipe(
    mergeMap((event) => (event.type === 'prepared' ? serve(event.engines, event.files ?? {}).pipe(endWith(OVER)) : of(event))),
    takeWhile((event) => event !== OVER),
  );
}
