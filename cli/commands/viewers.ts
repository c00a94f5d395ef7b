import { filter, identity, type MonoTypeOperatorFunction, type Subject } from 'rxjs';
import type { ServerSettings } from '../../src/config/settings.js';
import type { Command } from '../../src/transports/events/commands.js';
import { tellViewers } from '../../src/transports/events/tell-viewers.js';
import type { Io } from '../io.js';
import { version } from '../version.js';
import type { AppEvent, ReplayNews } from '../views/app-event.js';
import { allowed } from './conversation.js';
import { eventsToken } from './events-token.js';

/**
 * Tells events to viewers where the settings ask for it, and passes their commands on.
 *
 * @throws SpeechError of kind `config` where the token cannot be used.
 */
export function toViewers(settings: ServerSettings, io: Pick<Io, 'env' | 'keepSecret' | 'redact'>, commands: Subject<Command>): MonoTypeOperatorFunction<AppEvent> {
  const { eventsHost: host, eventsPort: port } = settings;
  if (port === undefined) return identity;
  const token = eventsToken(settings, io);
  const tell = tellViewers<Exclude<AppEvent, ReplayNews>>({
    host, port, redact: io.redact, ...allowed(settings), ...(token !== undefined && { token }),
    program: { name: 'speech-to-speech-rx', version: version() },
    onCommand: (command) => commands.next(command),
  });
  // What is shown again is not told as if it happened.
  return (events) => events.pipe(filter((event) => event.type !== 'replay'), tell);
}
