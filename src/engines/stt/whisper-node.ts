import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { map, using } from 'rxjs';
import type { Loaded, Stt } from '../../engines.js';
import { SpeechError } from '../../errors.js';
import { supervise } from '../child.js';
import type { Notice } from '../child-side.js';
import { collected } from './collected.js';

export interface WhisperNodeOptions {
  /** Path of a ggml model file. */
  readonly model: string;
  /** Code of the spoken language, or `auto`. @default 'en' */
  readonly language?: string;
  /** Is told when whisper.cpp has to be built first, which takes a minute or two. */
  readonly onNotice?: Notice;
}

/** Time for building on a slow machine, in milliseconds. */
const READY_TIMEOUT = 15 * 60_000;

/**
 * Whisper by the package `whisper-node`, for machines without a prebuilt binary: it compiles whisper.cpp on first use
 * (`make` and a C++ compiler are needed; without them loading fails with `stt-build-failed`) and starts a program for
 * every utterance, so it is slower. It works in a child process, in a private folder that is removed in the end.
 */
export function whisperNode({ model, language = 'en', onNotice }: WhisperNodeOptions): Loaded<Stt> {
  // The package hands both to a shell unquoted; the model gets a harmless name in our own folder, see whisper-node-child.ts.
  if (!/^[a-z]{2,4}$/.test(language)) {
    throw new SpeechError(`"${language}" is no language that Whisper knows.`, { kind: 'config', code: 'stt-language', hint: 'Use a code such as en or de.' });
  }
  return using(temporaryFolder, (folder) => supervise<Int16Array, string>({
    name: 'whisper-node',
    stage: 'stt',
    file: new URL('./whisper-node-child.js', import.meta.url),
    args: [resolve(model), language, (folder as TemporaryFolder).path],
    cancel: 'kill',
    readyTimeout: READY_TIMEOUT,
    ...(onNotice === undefined ? {} : { onNotice }),
  })).pipe(map((child) => collected((audio) => child.call(audio))));
}

interface TemporaryFolder {
  readonly path: string;
  unsubscribe(): void;
}

/** Ours rather than the child's, as that may be killed at any time. */
function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'speech-to-speech-'));
  return { path, unsubscribe: () => rmSync(path, { recursive: true, force: true }) };
}
