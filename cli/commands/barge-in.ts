import { concatMap, filter, map, merge, of, type Observable, type Observer } from 'rxjs';
import { loadEchoCanceller } from '../../src/audio/echo-canceller.js';
import type { Cut, ListenAndPlayOptions } from '../../src/client.js';
import type { ClientSettings, ServerSettings } from '../../src/config/settings.js';
import type { Controls } from '../keys.js';
import type { AppEvent } from '../views/app-event.js';

/** Whether a server listens while it answers. Left to itself, it does where clients can learn of it, which is by its events. */
export function serverListens({ bargeIn, eventsPort }: Pick<ServerSettings, 'bargeIn' | 'eventsPort'>): boolean {
  return bargeIn === 'on' || (bargeIn === 'auto' && eventsPort !== undefined);
}

/** The echo canceller where there may be an echo: a microphone and a speaker in one room. */
export async function againstEcho(
  { headset, mic, speaker, audio, bargeIn }: Pick<ClientSettings, 'headset' | 'mic' | 'speaker' | 'audio' | 'bargeIn'>,
): Promise<Pick<ListenAndPlayOptions, 'echoCanceller'>> {
  const none = headset || bargeIn === 'off' || mic !== undefined || speaker !== undefined || audio === 'tone' || audio === 'silence';
  return none ? {} : { echoCanceller: await loadEchoCanceller() };
}

/** Whether the client may go on sending while it plays: what the settings say, or else what the server tells. */
export function mayInterrupt(bargeIn: ClientSettings['bargeIn'], told: Observable<AppEvent>): Observable<boolean> {
  if (bargeIn !== 'auto') return of(bargeIn === 'on');
  return merge(
    told.pipe(filter((event) => event.type === 'connected' && 'peer' in event), map((event) => 'interruptible' in event)),
    // The next server may be another one.
    told.pipe(filter((event) => event.type === 'disconnected'), map(() => false)),
  );
}

/** The answers that the server has ended. */
export function cutsIn(told: Observable<AppEvent>): Observable<Cut> {
  return told.pipe(concatMap((event) => (event.type === 'cancelled' && event.sent !== undefined ? [{ sent: event.sent }] : [])));
}

/** Keys of which the one that stops an answer silences it here as well: most servers have sent all of it long before it is heard. */
export function hushing<C extends Pick<Controls, 'stop'>>(controls: C, hushed: Observer<Cut>): C {
  return {
    ...controls,
    stop: (session: number | undefined) => {
      hushed.next({});
      controls.stop?.(session);
    },
  };
}
