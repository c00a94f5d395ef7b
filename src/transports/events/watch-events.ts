import { catchError, concat, concatMap, defer, EMPTY, ignoreElements, of, repeat, throwError, timer } from 'rxjs';
import type { Observable } from 'rxjs';
import type { ToldEvent } from '../../event-schema.js';
import { asSpeechError, SpeechError } from '../../errors.js';
import { visit } from './visit.js';

export interface WatchEventsOptions {
  readonly host: string;
  /** The server's events port. */
  readonly port: number;
  /** Tries again, for ever, when the port cannot be reached or is lost. @default true */
  readonly reconnect?: boolean;
  /** Waits before a reconnect, ms: a random time up to `first`, doubled each time up to `most`. @default 250 and 8000 */
  readonly backoff?: { readonly first: number; readonly most: number };
}

/** A connection that lasted so many milliseconds was one: the next waits start small again. */
const SETTLED = 2_000;

/**
 * Everything that a server tells on its events port, beginning with `hello` and a `snapshot`. Before them comes `watching`
 * when it is reached, and `watch.lost` when it is not, or no more. Every event has been checked and its text sanitised; what
 * this program does not know is `unknown`.
 *
 * Where it may not reconnect it completes when the server closes. Errors with a SpeechError of kind `net` (see `visit`) where
 * it may not reconnect, where that would be of no use, and where there is no such host to begin with.
 */
export function watchEvents({ host, port, reconnect = true, backoff = { first: 250, most: 8_000 } }: WatchEventsOptions): Observable<ToldEvent> {
  const closed = throwError(() => new SpeechError('The server closed the connection.', { kind: 'net', code: 'connection-lost', retryable: true }));

  return defer(() => {
    let attempt = 0;
    let reached = false;
    let since: number | undefined;

    const greet = (event: ToldEvent): ToldEvent[] => {
      if (since !== undefined) return [event];
      reached = true;
      since = Date.now();
      return [{ type: 'watching', host, port, at: since }, event];
    };
    /** Tells of a loss, waits, and completes where it is to be tried again. */
    const lose = (thrown: unknown): Observable<ToldEvent> => {
      const error = asSpeechError(thrown, { kind: 'internal', code: 'watch-failed' });
      if (!reconnect || !(error.retryable || (reached && error.code === 'host-unknown'))) throw error;
      if (since !== undefined && Date.now() - since > SETTLED) attempt = 0;
      since = undefined;
      const wait = Math.round(Math.random() * Math.min(backoff.most, backoff.first * 2 ** attempt));
      attempt += 1;
      return concat(of<ToldEvent>({ type: 'watch.lost', host, port, reason: error.message, retryIn: wait, at: Date.now() }), timer(wait).pipe(ignoreElements()));
    };

    const once = concat(visit(host, port), reconnect ? closed : EMPTY).pipe(concatMap(greet), catchError(lose));
    return reconnect ? once.pipe(repeat()) : once;
  });
}
