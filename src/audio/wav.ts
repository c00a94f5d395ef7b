import { SAMPLE_RATE } from '../engines.js';
import { SpeechError } from '../errors.js';
import { floatToInt16, int16ToBytes, joinPcm } from './pcm.js';
import { createResampler } from './resample.js';

/** A WAV file that has been understood. */
export interface Wav {
  /** Hz, as in the file. */
  readonly sampleRate: number;
  /** As in the file. */
  readonly channels: number;
  /** Milliseconds. */
  readonly length: number;
  /** The audio as 16 kHz mono PCM, in pieces of at most 100 ms, converted as they are asked for. */
  readonly pieces: () => Generator<Int16Array, void>;
}

/** A recording as the session wants it. */
export interface Recording {
  /** Hz, as in the file. */
  readonly sampleRate: number;
  /** As in the file. */
  readonly channels: number;
  /** 16 kHz mono. */
  readonly samples: Int16Array;
}

/** Bytes before the samples in the files written here. */
export const WAV_HEADER_BYTES = 44;

// Format tags of a WAVE file (RFC 2361 and the WAVEFORMATEXTENSIBLE page of the Windows documentation).
const INTEGER = 0x0001;
const FLOAT = 0x0003;
const EXTENSIBLE = 0xfffe;

/**
 * Reads a WAV file of any rate and channel count: integers of 8, 16, 24 and 32 bits, floats of 32 and 64. Channels are
 * averaged. A file whose header claims more than there is (a recorder that was killed) is read to its end.
 *
 * @param name What to call the file in an error.
 * @throws SpeechError of kind `config`: `not-a-wav`, or `wav-format` for an encoding that cannot be read.
 */
export function readWav(bytes: Uint8Array, name = 'The recording'): Recording {
  const { sampleRate, channels, pieces } = openWav(bytes, name);
  return { sampleRate, channels, samples: joinPcm([...pieces()]) };
}

/** As `readWav`, but nothing is converted before it is asked for: an hour of audio costs its bytes and no more. */
export function openWav(bytes: Uint8Array, name = 'The recording'): Wav {
  const head = wavHead(bytes, name);
  if (head === undefined) {
    throw new SpeechError(`${name} is not a WAV file.`, {
      kind: 'config', code: 'not-a-wav', hint: 'Give a WAV file; other formats can be converted, for example: ffmpeg -i input.mp3 output.wav',
    });
  }
  const { sampleRate, channels, frameBytes, mono } = head;
  const data = bytes.subarray(head.start, head.end);
  const frames = Math.floor(data.length / frameBytes);

  function* pieces(): Generator<Int16Array, void> {
    const resampler = createResampler(sampleRate, SAMPLE_RATE);
    const most = Math.ceil(sampleRate / 10);
    for (let first = 0; first < frames; first += most) {
      yield floatToInt16(resampler.push(mono(data.subarray(first * frameBytes, (first + most) * frameBytes))));
    }
    yield floatToInt16(resampler.flush());
  }

  return { sampleRate, channels, length: (frames / sampleRate) * 1000, pieces };
}

/** A 16-bit WAV file: mono, `rate` Hz. */
export function wavBytes(samples: Int16Array, rate: number = SAMPLE_RATE): Uint8Array {
  return Buffer.concat([wavHeader(samples.length, rate), int16ToBytes(samples)]);
}

/** The header of such a file; one with more samples than its 32-bit sizes can say claims as many as they can. */
export function wavHeader(samples: number, rate: number = SAMPLE_RATE): Uint8Array {
  const size = Math.min(samples * 2, 0xffff_ffff - WAV_HEADER_BYTES);
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  header.write('RIFF', 0);
  header.writeUInt32LE(size + WAV_HEADER_BYTES - 8, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(INTEGER, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(size, 40);
  return header;
}

/** How samples are written. */
export interface SampleFormat {
  /** Hz */
  readonly sampleRate: number;
  /** Bytes of one sample in all channels. */
  readonly frameBytes: number;
  /** Whole frames as −1 to 1, their channels averaged; an incomplete one at the end is left out. */
  readonly mono: (bytes: Uint8Array) => Float32Array;
}

/** What stands before the samples of a WAV file. */
export interface WavHead extends SampleFormat {
  readonly channels: number;
  /** Where the samples begin in the bytes, and where they end: Infinity where the file does not know. */
  readonly start: number;
  readonly end: number;
}

/**
 * Understands the beginning of a WAV file; undefined where its samples do not begin in these bytes, or they are no WAV file.
 *
 * @throws SpeechError of kind `config`, `wav-format`, for an encoding that cannot be read.
 */
export function wavHead(bytes: Uint8Array, name: string): WavHead | undefined {
  if (!isWav(bytes)) return undefined;
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const id = (at: number): string => file.toString('latin1', at, at + 4);
  let format: Uint8Array | undefined;
  for (let at = 12; at + 8 <= file.length;) {
    const size = file.readUInt32LE(at + 4);
    const content = file.subarray(at + 8, at + 8 + size);
    if (id(at) === 'fmt ' && content.length >= 16) format = content;
    // A recorder that writes into a pipe cannot know the size and leaves 0 or the largest number there.
    if (id(at) === 'data' && format !== undefined) return { ...readerOf(format, name), start: at + 8, end: size === 0 || size === 0xffff_ffff ? Infinity : at + 8 + size };
    at += 8 + size + (size % 2);
  }
  return undefined;
}

/** Whether bytes begin as a WAV file does; 12 of them tell. */
export const isWav = (bytes: Uint8Array): boolean => /^(RIFF|RF64)[^]{4}WAVE/.test(String.fromCharCode(...bytes.subarray(0, 12)));

function readerOf(format: Uint8Array, name: string): Omit<WavHead, 'start' | 'end'> {
  const view = new DataView(format.buffer, format.byteOffset, format.byteLength);
  const tag = view.getUint16(0, true);
  const encoding = tag === EXTENSIBLE && format.length >= 26 ? view.getUint16(24, true) : tag;
  const channels = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const bits = view.getUint16(14, true);
  const decode = decoder(encoding, bits);
  if (decode === undefined || channels === 0 || sampleRate === 0) {
    throw new SpeechError(`${name} is a WAV file of a kind that cannot be read (format ${encoding}, ${bits} bits, ${channels} channels, ${sampleRate} Hz).`, {
      kind: 'config', code: 'wav-format', hint: 'Convert it to 16-bit PCM, for example: sox input.wav -b 16 -e signed-integer output.wav',
    });
  }
  const sampleAt: Decoder = decode;
  const frameBytes = (bits / 8) * channels;
  const mono = (bytes: Uint8Array): Float32Array => {
    const samples = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const heard = new Float32Array(Math.floor(bytes.length / frameBytes));
    for (let frame = 0; frame < heard.length; frame += 1) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel += 1) sum += sampleAt(samples, frame * frameBytes + (channel * bits) / 8);
      heard[frame] = sum / channels;
    }
    return heard;
  };
  return { sampleRate, channels, frameBytes, mono };
}

type Decoder = (view: DataView, at: number) => number;

/** Reads one sample as −1 to 1. */
function decoder(encoding: number, bits: number): Decoder | undefined {
  switch (`${encoding}/${bits}`) {
    case `${INTEGER}/8`: return (view, at) => (view.getUint8(at) - 128) / 128;
    case `${INTEGER}/16`: return (view, at) => view.getInt16(at, true) / 2 ** 15;
    case `${INTEGER}/24`: return (view, at) => (view.getUint8(at) + view.getInt16(at + 1, true) * 256) / 2 ** 23;
    case `${INTEGER}/32`: return (view, at) => view.getInt32(at, true) / 2 ** 31;
    case `${FLOAT}/32`: return (view, at) => view.getFloat32(at, true);
    case `${FLOAT}/64`: return (view, at) => view.getFloat64(at, true);
    default: return undefined;
  }
}
