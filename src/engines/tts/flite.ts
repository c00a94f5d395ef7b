import { defer, map } from 'rxjs';
import type { Loaded, Tts } from '../../engines.js';
import { supervise } from '../child.js';

/**
 * What each voice is multiplied with to speak at −23 dBFS (root mean square of sentences without the quiet at their ends), like
 * all our voices: the level EBU R 128 gives to programmes.
 */
const GAINS = { slt: 0.41, rms: 0.8, awb: 0.75, kal16: 1.6 } as const;

export type FliteVoice = keyof typeof GAINS;

/** Voices by name: an American woman, an American man, a Scottish man, and a robot of 1999. */
export const FLITE_VOICES = Object.keys(GAINS) as readonly FliteVoice[];

/**
 * CMU Flite, small and without any download, in a child process of its own: the fallback. Calls are answered one after the
 * other, sentence by sentence. Throws a RangeError for a voice it does not have; errs with `tts-crashed` where the process
 * ends unexpectedly and `tts-unavailable` where it keeps doing so.
 */
export function flite({ voice = 'slt' }: { readonly voice?: FliteVoice } = {}): Loaded<Tts> {
  if (!Object.hasOwn(GAINS, voice)) throw new RangeError(`Flite has no voice ${voice}; it has ${FLITE_VOICES.join(', ')}.`);
  return defer(() => supervise<string, Int16Array>({
    name: 'Flite',
    stage: 'tts',
    file: new URL('./flite/child.js', import.meta.url),
    args: [voice, String(GAINS[voice])],
    cancel: 'message',
  })).pipe(map((child): Tts => (text) => child.call(text)));
}
