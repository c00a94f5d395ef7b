import { Observable } from 'rxjs';

/**
 * An asynchronous function as a cold Observable: it runs on subscription and tells its news through `say`;
 * unsubscribing aborts the signal at once, and what it says or throws after that is nobody's news any more.
 */
export function task<T>(run: (say: (news: T) => void, signal: AbortSignal) => Promise<void>): Observable<T> {
  return new Observable<T>((subscriber) => {
    const controller = new AbortController();
    run((news) => subscriber.next(news), controller.signal).then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => controller.abort();
  });
}
