import { catchError, EMPTY, endWith, filter, ignoreElements, of, switchMap, takeUntil } from 'rxjs';
import type { Observable } from 'rxjs';
import type { ClientEvent } from '../../src/client.js';
import type { ClientSettings } from '../../src/config/settings.js';
import { SpeechError } from '../../src/errors.js';
import { ofClient } from '../../src/transports/events/of-client.js';
import { watchEvents, type WatchEventsOptions } from '../../src/transports/events/watch-events.js';
import type { AppEvent } from '../views/app-event.js';

/** What a server without an events port answers with, and one of whose host another program has that port. */
const absent: ReadonlySet<string> = new Set(['events-unreachable', 'host-unknown', 'no-events-port']);

/**
 * What the server tells of this client's session while the client is connected. Nothing where the server tells nothing: that
 * is how it usually is, and no reason to say a word.
 */
export function serverView(client: Observable<ClientEvent>, { host, eventsPort: port }: Pick<ClientSettings, 'host' | 'eventsPort'>, steering: Pick<WatchEventsOptions, 'commands' | 'token'> = {}): Observable<AppEvent> {
  if (port === 0) return EMPTY;
  return client.pipe(
    filter((event) => event.type === 'connected' || event.type === 'disconnected'),
    switchMap((event): Observable<AppEvent> => (event.type === 'disconnected' ? EMPTY : watchEvents({ host, port, reconnect: false, ...steering }).pipe(
      ofClient(event.local),
      catchError((error: unknown) => {
        if (!(error instanceof SpeechError)) throw error;
        return absent.has(error.code) ? EMPTY : of({ type: 'notice' as const, message: `What the server does is not shown: ${error.message}`, at: Date.now() });
      }),
    ))),
    takeUntil(client.pipe(ignoreElements(), endWith(true))),
  );
}
