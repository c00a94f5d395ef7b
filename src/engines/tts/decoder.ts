import { bytesToInt16, int16ToFloat } from '../../audio/pcm.js';
import { isWav, wavHead, type SampleFormat } from '../../audio/wav.js';
import { SpeechError } from '../../errors.js';

/** Audio on its way in. */
export interface Decoder {
  /** The samples that can be understood by now, mono, −1 to 1. */
  push(bytes: Uint8Array): Float32Array;
  /** Hz; right once there have been samples. */
  rate(): number;
}

/** Bytes of a WAV file before its samples that are waited for: other chunks of it are not longer in practice. */
const HEAD = 1 << 16;

/**
 * Reads audio as it comes, cut anywhere: a WAV file of any kind, which its header tells, or else raw samples of 16 bits,
 * little-endian, one channel, `rate` Hz. Other formats are an error, `tts-format`, rather than noise.
 */
export function createDecoder(rate: number, name: string): Decoder {
  let held = Buffer.alloc(0);
  let format: SampleFormat | undefined;
  /** Bytes of samples that are still to come. */
  let left = Infinity;

  const begin = (): void => {
    const other = /^(ID3|OggS|fLaC)/.exec(held.toString('latin1', 0, 4))?.[1];
    if (other !== undefined) throw unplayable(name, other === 'ID3' ? 'MP3' : other === 'OggS' ? 'Ogg' : 'FLAC');
    if (!isWav(held)) {
      format = raw(rate);
      return;
    }
    const head = headOf(held, name);
    if (head === undefined) {
      if (held.length > HEAD) throw unplayable(name, 'a WAV file without samples');
      return;
    }
    format = head;
    left = head.end - head.start;
    held = held.subarray(head.start);
  };

  return {
    push(bytes) {
      held = Buffer.concat([held, bytes]);
      if (!format && held.length >= 12) begin();
      if (!format) return new Float32Array(0);
      const there = Math.min(left, held.length);
      const whole = there - (there % format.frameBytes);
      const samples = format.mono(held.subarray(0, whole));
      left -= whole;
      held = left < format.frameBytes ? Buffer.alloc(0) : held.subarray(whole);
      return samples;
    },
    rate: () => format?.sampleRate ?? rate,
  };
}

const raw = (sampleRate: number): SampleFormat => ({ sampleRate, frameBytes: 2, mono: (bytes) => int16ToFloat(bytesToInt16(bytes)) });

function headOf(bytes: Uint8Array, name: string): ReturnType<typeof wavHead> {
  try {
    return wavHead(bytes, 'It');
  } catch (error) {
    throw unplayable(name, 'a WAV file of a rare kind', error);
  }
}

/** The refusal of audio that is not understood here. */
export const unplayable = (name: string, what: string, cause?: unknown): SpeechError => new SpeechError(`${name} sends ${what}, which cannot be played here.`, {
  kind: 'stage', stage: 'tts', code: 'tts-format', cause, hint: 'It has to be a WAV file, or raw samples of 16 bits (pcm).',
});
