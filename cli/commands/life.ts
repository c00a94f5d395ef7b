import { concat, concatMap, defer, fromEvent, of, take, takeWhile } from 'rxjs';
import type { Observable, OperatorFunction } from 'rxjs';
import type { Engines } from '../../src/engines.js';
import type { AppEvent } from '../views/app-event.js';
import type { Prepared } from './prepare.js';

/** Emits once, when the program is asked to stop; at once where it already was. */
export function stopped(signal: AbortSignal): Observable<unknown> {
  return defer(() => (signal.aborted ? of(signal.reason) : fromEvent(signal, 'abort'))).pipe(take(1));
}

/** Serves as soon as the engines are there, keeps them loaded as long as that lasts, and completes with it. */
export function whilePrepared(serve: (engines: Engines) => Observable<AppEvent>): OperatorFunction<AppEvent | Prepared, AppEvent> {
  return (preparing) => preparing.pipe(
    concatMap((event) => (event.type === 'prepared' ? concat(serve(event.engines), of(undefined)) : of(event))),
    takeWhile((event) => event !== undefined),
  );
}
