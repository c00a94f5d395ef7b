import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { map, using } from 'rxjs';
import type { Loaded, Stt } from '../../engines.js';
import { SpeechError } from '../../errors.js';
import { supervise } from '../child.js';
import type { Supervised } from '../child-news.js';
import { collected } from './collected.js';

export interface WhisperNodeOptions extends Supervised {
  /** Path of a ggml model file. */
  readonly model: string;
  /** Code of the spoken language, or `auto`. @default 'en' */
  readonly language?: string;
}

/**
 * Whisper by the package `whisper-node`, for machines without a prebuilt binary: whisper.cpp is compiled once by
 * `buildWhisperNode` (without that loading fails with `stt-not-built`), and a program is started for every utterance, so it
 * is slower. It works in a child process, in a private folder that is removed in the end.
 */
export function whisperNode({ model, language = 'en', onNews }: WhisperNodeOptions): Loaded<Stt> {
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
    onNews,
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
