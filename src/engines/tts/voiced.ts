import { concat, defer, EMPTY, filter, map, of, throwIfEmpty, toArray, type Observable, type OperatorFunction } from 'rxjs';
import { loudness } from '../../audio/loudness.js';
import { floatToInt16 } from '../../audio/pcm.js';
import { createResampler, type Resampler } from '../../audio/resample.js';
import { SAMPLE_RATE, type Tts } from '../../engines.js';
import { SpeechError } from '../../errors.js';
import { createDecoder } from './decoder.js';
import { createTrimmer, LOUDNESS } from './trim.js';

export interface VoiceOptions {
  /** Who speaks, in error messages: "The program piper". */
  readonly name: string;
  /** Samples per second of audio that does not say it itself. */
  readonly rate: number;
}

/**
 * What a new voice says to nobody. Measured with hibari, Flite and seven voices of eSpeak in five languages: within 0.7 LU of what
 * they say otherwise; numbers were up to 3.7 LU off.
 */
const SAMPLE = 'The voice is ready, and what it says next comes without delay.';
/** What may be made of a voice, in dB: beyond it, something else is wrong, and only noise would be raised. */
const MOST = 30;
/** Seconds of one piece of text. */
const LONGEST = 120;

/**
 * A foreign voice as one of ours: it says a sentence to nobody first, so that it is warm, its failure is known before anybody
 * waits for it, and how loud it is. From then on it is as loud as the others, at 16 kHz, without quiet at its ends. The same
 * gain for all it says keeps a whisper a whisper; it needs no look ahead, and so costs no time.
 *
 * @param speak Text that has a letter or number, on one line, in; bytes out, as `createDecoder` takes them.
 */
export function levelled(speak: (text: string) => Observable<Uint8Array>, options: VoiceOptions): Observable<Tts> {
  return speak(SAMPLE).pipe(
    decoded(options),
    toArray(),
    map((chunks) => loudness(Float32Array.from(chunks.flatMap((chunk) => [...chunk])), SAMPLE_RATE)),
    filter((lufs) => Number.isFinite(lufs)),
    throwIfEmpty(() => failed('tts-silent', `${options.name} was asked to say something, and there was no sound in it.`)),
    map((lufs): Tts => {
      const gain = 10 ** (Math.max(-MOST, Math.min(MOST, LOUDNESS - lufs)) / 20);
      return (text) => {
        const said = text.replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ').trim();
        return /[\p{L}\p{N}]/u.test(said) ? speak(said).pipe(decoded(options), trimmed(gain)) : EMPTY;
      };
    }),
  );
}

const failed = (code: string, message: string): SpeechError =>
  new SpeechError(message, { kind: 'stage', stage: 'tts', code, hint: 'Check the voice and the model that it is told to use.' });

/** Bytes of speech as samples of 16 kHz. */
function decoded({ name, rate }: VoiceOptions): OperatorFunction<Uint8Array, Float32Array> {
  return (bytes) => defer(() => {
    const decoder = createDecoder(rate, name);
    let resampler: Resampler | undefined;
    let length = 0;
    return concat(
      bytes.pipe(map((chunk) => decoder.push(chunk)), filter((samples) => samples.length > 0), map((samples) => {
        length += samples.length;
        if (length > LONGEST * decoder.rate()) throw failed('tts-endless', `${name} speaks without an end.`);
        resampler ??= createResampler(decoder.rate(), SAMPLE_RATE);
        return resampler.push(samples);
      })),
      defer(() => (resampler ? of(resampler.flush()) : EMPTY)),
    );
  });
}

/** Samples without the quiet at their ends, multiplied with `gain`; no chunk is empty. */
function trimmed(gain: number): OperatorFunction<Float32Array, Int16Array> {
  return (samples) => defer(() => {
    const trimmer = createTrimmer({ gain });
    return concat(samples.pipe(map((chunk) => trimmer.push(chunk))), defer(() => of(trimmer.flush())));
  }).pipe(filter((chunk) => chunk.length > 0), map(floatToInt16));
}
