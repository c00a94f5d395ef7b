import { concatMap, lastValueFrom, Subject, takeUntil, tap } from 'rxjs';
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { WatchSettings } from '../../src/config/settings.js';
import type { ToldEvent } from '../../src/event-schema.js';
import type { Command } from '../../src/transports/events/commands.js';
import { watchEvents } from '../../src/transports/events/watch-events.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { openScreen, settledUi } from '../screen.js';
import { steeringAfar } from './conversation.js';
import { eventsToken } from './events-token.js';
import { stopped } from './life.js';

/** Shows what a running server tells on its events port, until it is asked to stop. */
export async function watch(asked: WatchSettings, io: Io): Promise<number> {
  const settings = settledUi(asked, io);
  const { host, eventsPort: port, once, session } = settings;
  const token = eventsToken(settings, io);
  const commands = new Subject<Command>();
  const reconnectNow = new Subject<void>();
  const { show, close } = await openScreen(settings, io, {
    place: 'server',
    controls: { ...(token !== undefined && steeringAfar(commands, (event) => show(event))), ...(!once && { reconnect: () => reconnectNow.next() }) },
  });
  const events = watchEvents({ host, port, reconnect: !once, reconnectNow, commands, ...(token !== undefined && { token }) }).pipe(ofSession(session), takeUntil(stopped(io.signal)));
  await lastValueFrom(events.pipe(tap(show)), { defaultValue: undefined }).finally(close);
  return exitCodes.ok;
}

/** The news of one session, of what holds for all, and of the way to the server; all of them where no session is named. */
function ofSession(number: number | undefined): MonoTypeOperatorFunction<ToldEvent> {
  const within = (event: ToldEvent): boolean => 'session' in event && event.session === number;
  return (events) => events.pipe(concatMap((event) => {
    if (number === undefined || event.type === 'watching' || event.type === 'watch.lost' || event.type === 'hello' || event.type === 'settings' || within(event)) return [event];
    return event.type === 'snapshot' ? [{ ...event, events: event.events.filter((one) => one.type === 'settings' || within(one)) }] : [];
  }));
}
