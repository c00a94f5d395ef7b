import { accessSync, constants, mkdirSync } from 'node:fs';
import type { ServerSettings } from '../../src/config/settings.js';
import { SpeechError } from '../../src/errors.js';
import { recorder } from '../../src/recording/recorder.js';
import type { ServerOptions } from '../../src/server.js';
import type { Io } from '../io.js';
import { version } from '../version.js';
import type { AppEvent } from '../views/app-event.js';

/** What a server is told of recording, and what whoever starts it is told. */
export interface Recorded {
  readonly options: Pick<ServerOptions, 'record'>;
  readonly cautions: readonly AppEvent[];
}

/**
 * Recording as the settings ask for it: not at all, if they do not.
 *
 * @throws SpeechError of kind `config` where the folder cannot be written to.
 */
export function recording({ record: folder, recordMaxMb }: ServerSettings, io: Pick<Io, 'redact'>): Recorded {
  if (folder === undefined) return { options: {}, cautions: [] };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new SpeechError(`nothing can be recorded into ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      kind: 'config', code: 'record-folder', hint: 'Give --record a folder that you can write to, or leave it away.', cause,
    });
  }
  return {
    options: { record: recorder({ folder, program: { name: 'speech-to-speech-rx', version: version() }, most: recordMaxMb * 1_000_000, redact: io.redact }) },
    cautions: [{ type: 'warning', code: 'recording', message: `RECORDING: everything that is said is kept in ${folder}. Tell those who speak.`, at: Date.now() }],
  };
}
