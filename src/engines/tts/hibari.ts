import { defer, map } from 'rxjs';
import type { Loaded, Tts } from '../../engines.js';
import { SpeechError } from '../../errors.js';
import { supervise } from '../child.js';
import type { Supervised } from '../child-news.js';
import type { SpeakerSetup } from './hibari/speaker.js';

/** The files the voice is made of, under the names they have in the folder `hibari/assets` of its wheel. */
export const HIBARI_FILES = [
  'hibari.onnx', 'oov.onnx', 'oov.json', 'vocab.json', 'normalize.json', 'tokenizer_exceptions.json',
  'tagger.json.gz', 'lexicon_us_gold.json.gz', 'lexicon_us_silver.json.gz',
] as const;

export interface HibariOptions extends Supervised {
  /** File name → absolute path, of all HIBARI_FILES. */
  readonly files: Readonly<Record<string, string>>;
  /** 1 is the natural speed; 0.5 to 2. @default 1 */
  readonly speed?: number;
  /** Threads of the networks. @default 1 */
  readonly threads?: number;
}

/**
 * An English neural voice (one American woman), in a child process of its own, since its networks block and run native code.
 * Calls are answered one after the other, in blocks of about 200 ms. Throws a RangeError for a speed it cannot speak at; errs
 * with `model-missing` where a file is not given, `model-unreadable` where it is none, `tts-crashed` where the process ends
 * unexpectedly and `tts-unavailable` where it keeps doing so.
 */
export function hibari({ files, speed = 1, threads = 1, onNews }: HibariOptions): Loaded<Tts> {
  if (!(speed >= 0.5 && speed <= 2)) throw new RangeError(`The speed of the voice must be between 0.5 and 2: ${speed}.`);
  const setup: SpeakerSetup = { files, speed, threads };
  return defer(() => {
    const missing = HIBARI_FILES.filter((name) => files[name] === undefined);
    if (missing.length > 0) {
      throw new SpeechError(`The voice hibari lacks ${missing.join(', ')}.`, { kind: 'model', code: 'model-missing', stage: 'tts', hint: 'Fetch it: speech-to-speech models pull.' });
    }
    return supervise<string, Int16Array>({
      name: 'hibari',
      stage: 'tts',
      file: new URL('./hibari/child.js', import.meta.url),
      args: [JSON.stringify(setup)],
      cancel: 'message',
      onNews,
    });
  }).pipe(map((child): Tts => (text) => child.call(text)));
}
