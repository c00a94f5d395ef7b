import { map } from 'rxjs';
import type { Loaded, Stt, Transcript } from '../../engines.js';
import { supervise } from '../child.js';
import type { Supervised } from '../child-news.js';
import { heardWhole } from './collected.js';

export interface WhisperOptions extends Supervised {
  /** Path of a ggml model file. */
  readonly model: string;
  /** Code of the spoken language, or `auto`; models for English only ignore it. @default 'en' */
  readonly language?: string;
  /** Words that are likely to be said: names above all. */
  readonly prompt?: string;
  /** More than one collapses when another program wants the same core. @default 1 */
  readonly threads?: number;
}

/**
 * Whisper by `@napi-rs/whisper`, in a child process: it cannot be interrupted, so cancelling kills the process and a warm
 * spare takes over. Where no binary fits the machine, loading fails with `stt-no-binary`.
 */
export function whisper({ model, language = 'en', prompt = '', threads = 1, onNews }: WhisperOptions): Loaded<Stt> {
  return supervise<Int16Array, Transcript>({
    name: 'Whisper',
    stage: 'stt',
    file: new URL('./whisper-child.js', import.meta.url),
    args: [model, language, String(threads), prompt],
    cancel: 'kill',
    spare: 1,
    onNews,
  }).pipe(map((child) => heardWhole((audio) => child.call(audio))));
}
