import { floatToInt16 } from '../../../audio/pcm.js';
import { createResampler } from '../../../audio/resample.js';
import { SAMPLE_RATE } from '../../../engines.js';
import { createTrimmer } from '../trim.js';
import { seeded, VOICE_RATE, waveform } from './spectrum.js';
import { openText } from './text.js';
import { openVoice } from './voice.js';

/** Measured on eleven sentences, the voice speaks at −26.3 LUFS; ours all speak at −20. */
const GAIN = 10 ** (6.3 / 20);

export interface SpeakerSetup {
  /** File name → absolute path, of all that are needed. */
  readonly files: Readonly<Record<string, string>>;
  /** 1 is the natural one. */
  readonly speed: number;
  readonly threads: number;
}

/** Says a text in blocks of about 200 ms, each as soon as it is there: 16 kHz mono. */
export type Speaker = (text: string) => AsyncGenerator<Int16Array, void, undefined>;

/** Loads everything and says a first word to nobody, so that the first call is as fast as the others. */
export async function openSpeaker({ files, speed, threads }: SpeakerSetup): Promise<Speaker> {
  const path = (name: string): string => files[name] ?? name;
  const [text, voice] = await Promise.all([openText(path, threads), openVoice(path('hibari.onnx'), threads)]);

  async function* speak(said: string): AsyncGenerator<Int16Array, void, undefined> {
    for (const sentence of text.sentences(said)) {
      for (const ids of await text.ids(sentence)) {
        const resampler = createResampler(VOICE_RATE, SAMPLE_RATE);
        const trimmer = createTrimmer({ gain: GAIN });
        // The same noise for every sentence: the same text always sounds the same.
        for (const block of waveform(await voice(ids, speed), seeded(1))) yield floatToInt16(trimmer.push(resampler.push(block)));
        yield floatToInt16(trimmer.push(resampler.flush()));
        yield floatToInt16(trimmer.flush());
      }
    }
  }

  // As long as real sentences are: the network allocates by length.
  for await (const _block of speak('The voice is ready, and what it says next comes without delay.'));
  return speak;
}
