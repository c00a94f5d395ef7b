import { defer, map } from 'rxjs';
import type { Loaded, Tts } from '../../engines.js';
import { supervise } from '../child.js';
import type { Supervised } from '../child-news.js';

/**
 * What each voice is multiplied with to speak at −20 LUFS, like all our voices: measured on eleven sentences, none of which is
 * more than 3 LU off.
 */
const GAINS = { slt: 0.65, rms: 1.2, awb: 1.11, kal16: 2.5 } as const;

export type FliteVoice = keyof typeof GAINS;

/** Voices by name: an American woman, an American man, a Scottish man, and a robot of 1999. */
export const FLITE_VOICES = Object.keys(GAINS) as readonly FliteVoice[];

export interface FliteOptions extends Supervised {
  /** @default 'slt' */
  readonly voice?: FliteVoice;
  /** 1 is the natural speed; 0.5 to 2. @default 1 */
  readonly speed?: number;
}

/**
 * CMU Flite, small and without any download, in a child process of its own: the fallback. Calls are answered one after the
 * other, sentence by sentence. Throws a RangeError for a voice it does not have and a speed it cannot speak at; errs with `tts-crashed` where the process
 * ends unexpectedly and `tts-unavailable` where it keeps doing so.
 */
export function flite({ voice = 'slt', speed = 1, onNews }: FliteOptions = {}): Loaded<Tts> {
  if (!Object.hasOwn(GAINS, voice)) throw new RangeError(`Flite has no voice ${voice}; it has ${FLITE_VOICES.join(', ')}.`);
  if (!(speed >= 0.5 && speed <= 2)) throw new RangeError(`The speed of the voice must be between 0.5 and 2: ${speed}.`);
  return defer(() => supervise<string, Int16Array>({
    name: 'Flite',
    stage: 'tts',
    file: new URL('./flite/child.js', import.meta.url),
    args: [voice, String(GAINS[voice]), String(speed)],
    cancel: 'message',
    onNews,
  })).pipe(map((child): Tts => (text) => child.call(text)));
}
