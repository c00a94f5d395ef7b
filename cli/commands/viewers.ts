import { readFileSync, statSync } from 'node:fs';
import { filter, identity, type MonoTypeOperatorFunction, type Subject } from 'rxjs';
import type { ServerSettings } from '../../src/config/settings.js';
import { SpeechError } from '../../src/errors.js';
import type { Command } from '../../src/transports/events/commands.js';
import { SHORTEST_TOKEN, tellViewers } from '../../src/transports/events/tell-viewers.js';
import type { Io } from '../io.js';
import { version } from '../version.js';
import type { AppEvent, ReplayNews } from '../views/app-event.js';
import { allowed } from './conversation.js';

const VARIABLE = 'SPEECH_TO_SPEECH_EVENTS_TOKEN';

/**
 * Tells events to viewers where the settings ask for it, and passes their commands on.
 *
 * @throws SpeechError of kind `config` where the token cannot be used.
 */
export function toViewers(settings: ServerSettings, io: Pick<Io, 'env' | 'keepSecret' | 'redact'>, commands: Subject<Command>): MonoTypeOperatorFunction<AppEvent> {
  const { eventsHost: host, eventsPort: port } = settings;
  if (port === undefined) return identity;
  const token = tokenOf(settings, io.env);
  io.keepSecret(token);
  const tell = tellViewers<Exclude<AppEvent, ReplayNews>>({
    host, port, redact: io.redact, ...allowed(settings), ...(token !== undefined && { token }),
    program: { name: 'speech-to-speech-rx', version: version() },
    onCommand: (command) => commands.next(command),
  });
  // What is shown again is not told as if it happened.
  return (events) => events.pipe(filter((event) => event.type !== 'replay'), tell);
}

/** The token from its file, or else from the environment; never from a flag, which other users of the machine can read. */
function tokenOf({ eventsTokenFile: path }: ServerSettings, env: Io['env']): string | undefined {
  const token = path === undefined ? env[VARIABLE] || undefined : read(path);
  if (token === undefined || token.length >= SHORTEST_TOKEN) return token;
  throw unusable(`the token ${path === undefined ? `in ${VARIABLE}` : `in ${path}`} is too short: it takes at least ${SHORTEST_TOKEN} characters`, 'Make one with: openssl rand -hex 16');
}

function read(path: string): string {
  try {
    if ((statSync(path).mode & 0o077) !== 0) throw unusable(`the file ${path} can be read by others, and so can its token`, `Run: chmod 600 ${path}`);
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (error instanceof SpeechError) throw error;
    throw unusable(`the file ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, 'Choose another with --events_token_file.', error);
  }
}

function unusable(message: string, hint: string, cause?: unknown): SpeechError {
  return new SpeechError(message, { kind: 'config', code: 'events-token', hint, cause });
}
