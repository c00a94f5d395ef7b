import { defer, Observable, type ObservableInput } from 'rxjs';

/**
 * Work that listens to an AbortSignal, as an Observable: it begins on subscription, and unsubscribing aborts the signal
 * at once, before anything else is torn down. What the work still says after that (its abort error above all) is nobody's
 * news any more and is dropped; every error before it is passed on.
 */
export function abortable<T>(work: (signal: AbortSignal) => ObservableInput<T>): Observable<T> {
  return new Observable<T>((subscriber) => {
    const controller = new AbortController();
    // Added before the work begins: what was added first is torn down first, and a synchronous end finds it in place.
    subscriber.add(() => controller.abort());
    subscriber.add(defer(() => work(controller.signal)).subscribe(subscriber));
  });
}
