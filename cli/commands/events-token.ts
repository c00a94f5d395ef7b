import { readFileSync, statSync } from 'node:fs';
import type { ServerSettings } from '../../src/config/settings.js';
import { SpeechError } from '../../src/errors.js';
import { SHORTEST_TOKEN } from '../../src/transports/events/tell-viewers.js';
import type { Io } from '../io.js';

const VARIABLE = 'SPEECH_TO_SPEECH_EVENTS_TOKEN';

/**
 * The token of those who may steer a server through its events port, from its file, or else from the environment; never from a flag, which other users of
 * the machine can read. Undefined where there is none.
 *
 * @throws SpeechError of kind `config` where it cannot be used.
 */
export function eventsToken({ eventsTokenFile: path }: Pick<ServerSettings, 'eventsTokenFile'>, { env, keepSecret }: Pick<Io, 'env' | 'keepSecret'>): string | undefined {
  const token = path === undefined ? env[VARIABLE] || undefined : read(path);
  if (token !== undefined && token.length < SHORTEST_TOKEN) {
    throw unusable(`the token ${path === undefined ? `in ${VARIABLE}` : `in ${path}`} is too short: it takes at least ${SHORTEST_TOKEN} characters`, 'Make one with: openssl rand -hex 16');
  }
  keepSecret(token);
  return token;
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
