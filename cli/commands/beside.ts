import { connect, endWith, ignoreElements, merge, takeUntil } from 'rxjs';
import type { MonoTypeOperatorFunction, Observable } from 'rxjs';

/** Tells other news beside its own, as long as there may be any of these. */
export function beside<T>(news: Observable<T>): MonoTypeOperatorFunction<T> {
  return connect((own) => merge(news.pipe(takeUntil(own.pipe(ignoreElements(), endWith(true)))), own));
}
