import { firstValueFrom } from 'rxjs';
import type { MicSource, SpeakerSink } from '../../src/audio/devices.js';
import { wavMicrophone, wavSpeaker } from '../../src/audio/files.js';
import { findMicrophone, microphone } from '../../src/audio/microphone.js';
import { findSpeaker, speaker } from '../../src/audio/speaker.js';
import { nullSpeaker } from '../../src/audio/synthetic.js';
import type { ClientSettings } from '../../src/config/settings.js';
import { SpeechError } from '../../src/errors.js';

/** A microphone or a speaker, or why there is none; `note` is for the user. */
export interface Ears { readonly microphone: MicSource | undefined; readonly note?: string }
export interface Mouth { readonly speaker: SpeakerSink; readonly note?: string }

/**
 * The recording that is named, or this machine's microphone. Rejects at once for a recording that cannot be read.
 * @param onEnd told when the recording is over
 */
export async function ears({ mic }: Pick<ClientSettings, 'mic'>, onEnd: () => void): Promise<Ears> {
  if (mic !== undefined) {
    await firstValueFrom(wavMicrophone(mic), { defaultValue: undefined });
    return { microphone: wavMicrophone(mic, { onEnd }) };
  }
  const found = await findMicrophone();
  return 'missing' in found ? { microphone: undefined, note: found.missing } : { microphone: microphone(found) };
}

/** The file that is named, or this machine's speaker, or one that nobody hears, which is told. */
export async function mouth({ speaker: file }: Pick<ClientSettings, 'speaker'>): Promise<Mouth> {
  if (file !== undefined) return { speaker: wavSpeaker(file) };
  const found = await findSpeaker();
  if ('missing' in found) return { speaker: nullSpeaker(), note: `No speaker was found: nothing will be heard. ${found.missing}` };
  return { speaker: speaker(found) };
}

export function noMicrophone(note = ''): SpeechError {
  return new SpeechError('No microphone was found.', { kind: 'device', code: 'no-microphone', hint: note });
}
