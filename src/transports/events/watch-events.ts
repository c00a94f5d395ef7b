import { concat, concatMap, connect, defer, endWith, ignoreElements, merge, NEVER, takeUntil, tap } from 'rxjs';
import type { Observable } from 'rxjs';
import type { ToldEvent } from '../../event-schema.js';
import { asSpeechError, type SpeechError } from '../../errors.js';
import type { Command } from './commands.js';
import { redial, type RedialNews, type RedialOptions } from '../redial.js';
import { visit, type Visit } from './visit.js';

export interface WatchEventsOptions {
  readonly host: string;
  /** The server's events port. */
  readonly port: number;
  /** Tries again, for ever, when the port cannot be reached or is lost. @default true */
  readonly reconnect?: boolean;
  /** What is asked of the server, while it can be reached: nothing of this is subscribed while it cannot. Takes the `token`. @default nothing */
  readonly commands?: Observable<Command>;
  /** The server's token for commands; told to it before the first of them. */
  readonly token?: string;
  /** Where it emits, a reconnect that waits is tried at once. @default never */
  readonly reconnectNow?: Observable<unknown>;
  /** Waits before a reconnect, ms: a random time up to `first`, doubled each time up to `most`. @default 250 and 8000 */
  readonly backoff?: Pick<RedialOptions, 'first' | 'most' | 'random'>;
}

/**
 * Everything that a server tells on its events port, beginning with `hello` and a `snapshot`. Before them comes `watching`
 * when it is reached, and `watch.lost` when it is not, or no more. Every event has been checked and its text sanitised; what
 * this program does not know is `unknown`.
 *
 * Where it may not reconnect it completes when the server closes. Errors with a SpeechError of kind `net` (see `visit`) where
 * it may not reconnect, where that would be of no use, and where there is no such host to begin with.
 */
export function watchEvents({ host, port, reconnect = true, commands = NEVER, token, reconnectNow = NEVER, backoff }: WatchEventsOptions): Observable<ToldEvent> {
  return defer(() => {
    let [reached, hopeless] = [false, false];
    const door = visit(host, port).pipe(tap({
      next: () => (reached = true),
      error: (error: unknown) => {
        const { code, retryable } = asWatchError(error);
        hopeless = !(retryable || (reached && code === 'host-unknown'));
      },
    }));
    const greet = ({ hello, news, say }: Visit): Observable<ToldEvent> => {
      const watching: ToldEvent = { type: 'watching', host, port, at: Date.now() };
      const asking = commands.pipe(
        concatMap((command, index) => (index === 0 && token !== undefined ? [{ type: 'auth', token }, command] : [command])),
        tap(say),
        ignoreElements(),
      );
      return concat([watching, hello], news.pipe(connect((told) => merge(told, asking.pipe(takeUntil(told.pipe(ignoreElements(), endWith(true))))))));
    };

    function* report(news: ToldEvent | RedialNews): Generator<ToldEvent> {
      if (news.type === 'over') {
        const { error, retryIn } = news;
        if (retryIn !== undefined) yield { type: 'watch.lost', host, port, reason: error === undefined ? CLOSED : asWatchError(error).message, retryIn, at: Date.now() };
        else if (error !== undefined) throw asWatchError(error);
      } else if (news.type !== 'dialling') {
        yield news;
      }
    }

    return redial(door, greet, { ...backoff, again: () => reconnect && !hopeless, now: reconnectNow }).pipe(concatMap(report));
  });
}

const CLOSED = 'The server closed the connection.';

function asWatchError(thrown: unknown): SpeechError {
  return asSpeechError(thrown, { kind: 'internal', code: 'watch-failed' });
}
