import { firstValueFrom, map } from 'rxjs';
import type { MicSource, SpeakerSink } from '../../src/audio/devices.js';
import { wavMicrophone, wavSpeaker } from '../../src/audio/files.js';
import { findMicrophone, microphone } from '../../src/audio/microphone.js';
import { findSpeaker, speaker } from '../../src/audio/speaker.js';
import { nullSpeaker, silentMicrophone, toneMicrophone } from '../../src/audio/synthetic.js';
import { switchedMicrophone, switchedSpeaker } from '../../src/audio/switched.js';
import type { DeviceOptions } from '../../src/audio/systems.js';
import type { ClientSettings } from '../../src/config/settings.js';
import { SpeechError } from '../../src/errors.js';
import type { LiveDevices } from './live-devices.js';

/** A microphone or a speaker, or why there is none; `note` is for the user. */
export interface Ears { readonly microphone: MicSource | undefined; readonly note?: string }
export interface Mouth { readonly speaker: SpeakerSink; readonly note?: string }

/**
 * The recording that is named, or this machine's microphone. Rejects at once for a recording that cannot be read.
 * @param onEnd told when the recording is over
 * @param live where the microphone can be another one later
 */
export async function ears(settings: Pick<ClientSettings, 'mic' | 'audio' | 'inputDevice'>, onEnd: () => void, live?: Pick<LiveDevices, 'input'>): Promise<Ears> {
  const { mic, audio, inputDevice } = settings;
  if (mic !== undefined) {
    await firstValueFrom(wavMicrophone(mic), { defaultValue: undefined });
    return { microphone: wavMicrophone(mic, { onEnd }) };
  }
  if (audio === 'tone') return { microphone: toneMicrophone() };
  if (audio === 'silence') return { microphone: silentMicrophone() };
  const wanted = deviceOptions(audio, inputDevice);
  const found = findMicrophone(wanted);
  if ('missing' in found) return { microphone: undefined, note: found.missing };
  return { microphone: live === undefined ? microphone({ ...wanted, ...found }) : switchedMicrophone(live.input.pipe(map(microphone))) };
}

/** The file that is named, or this machine's speaker, or one that nobody hears, which is told. */
export function mouth({ speaker: file, audio, outputDevice }: Pick<ClientSettings, 'speaker' | 'audio' | 'outputDevice'>, live?: Pick<LiveDevices, 'output'>): Mouth {
  if (file !== undefined) return { speaker: wavSpeaker(file) };
  if (audio === 'tone' || audio === 'silence') return { speaker: nullSpeaker() };
  const wanted = deviceOptions(audio, outputDevice);
  const found = findSpeaker(wanted);
  if ('missing' in found) return { speaker: nullSpeaker(), note: `No speaker was found: nothing will be heard. ${found.missing}` };
  return { speaker: live === undefined ? speaker({ ...wanted, ...found }) : switchedSpeaker(live.output.pipe(map(speaker))) };
}

function deviceOptions(system: NonNullable<DeviceOptions['system']>, device: string | undefined): DeviceOptions {
  return { system, ...(device !== undefined && { device }) };
}

export function noMicrophone(note = ''): SpeechError {
  return new SpeechError('No microphone was found.', { kind: 'device', code: 'no-microphone', hint: note });
}
