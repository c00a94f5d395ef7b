import { accessSync, constants, mkdirSync } from 'node:fs';
import { BehaviorSubject, connect, endWith, identity, ignoreElements, map, merge, skipWhile, Subject, takeUntil, type MonoTypeOperatorFunction } from 'rxjs';
import type { ServerSettings } from '../../src/config/settings.js';
import { SpeechError } from '../../src/errors.js';
import { recorder } from '../../src/recording/recorder.js';
import type { ServerOptions } from '../../src/server.js';
import type { Io } from '../io.js';
import type { Controls } from '../keys.js';
import { version } from '../version.js';
import type { AppEvent } from '../views/app-event.js';

/** What a server has of recording. */
export interface Recorded {
  readonly options: Pick<ServerOptions, 'record'>;
  /** Begins and ends it, where somebody has keys for that. */
  readonly controls: Pick<Controls, 'record'>;
  /** Tells beside all else whether it records. */
  readonly beside: MonoTypeOperatorFunction<AppEvent>;
  /** The ends of recordings that came when there was nobody to tell any more. */
  readonly left: readonly AppEvent[];
}

/**
 * Recording as the settings ask for it: not at all, if they do not, until it is asked for by key.
 *
 * @param otherwise where to, where the settings name no place
 * @throws SpeechError of kind `config` where the folder cannot be written to.
 */
export function recording({ record, recordMaxMb, ui }: Pick<ServerSettings, 'record' | 'recordMaxMb' | 'ui'>, io: Pick<Io, 'redact'>, otherwise = 'recordings'): Recorded {
  if (record === undefined && ui !== 'tui') return { options: {}, controls: {}, beside: identity, left: [] };
  const folder = record ?? otherwise;
  if (record !== undefined) makeReady(folder);
  const on = new BehaviorSubject(record !== undefined);
  const refused = new Subject<AppEvent>();
  const left: AppEvent[] = [];
  const news = merge(on.pipe(skipWhile((is) => !is), map((is): AppEvent => ({ type: 'recorder', on: is, folder, at: Date.now() }))), refused);

  return {
    options: {
      record: recorder({
        folder, on, program: { name: 'speech-to-speech-rx', version: version() }, most: recordMaxMb * 1_000_000, redact: io.redact,
        onLeft: (end) => left.push(end),
      }),
    },
    controls: {
      record: () => {
        try {
          if (!on.value) makeReady(folder);
          on.next(!on.value);
        } catch (error) {
          if (!(error instanceof SpeechError)) throw error;
          refused.next({ type: 'warning', code: error.code, message: error.message, at: Date.now() });
        }
      },
    },
    beside: connect((own) => merge(news.pipe(takeUntil(own.pipe(ignoreElements(), endWith(true)))), own)),
    left,
  };
}

function makeReady(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new SpeechError(`nothing can be recorded into ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      kind: 'config', code: 'record-folder', hint: 'Give --record a folder that you can write to, or leave it away.', cause,
    });
  }
}
