import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { from, type Observable } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { wavMicrophone, wavSpeaker } from '../../src/audio/files.js';
import { nullSpeaker, silentMicrophone } from '../../src/audio/synthetic.js';
import { openWav, readWav, wavBytes, wavHeader } from '../../src/audio/wav.js';
import { SpeechError } from '../../src/errors.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wav-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  vi.useRealTimers();
});

const chunk = (id: string, content: Uint8Array): Buffer => {
  const head = Buffer.alloc(8);
  head.write(id, 'latin1');
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
};

interface Shape {
  readonly tag: number;
  readonly bits: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly extensible?: boolean;
  readonly before?: Buffer;
}

function file({ tag, bits, channels = 1, rate = 16_000, extensible = false, before = Buffer.alloc(0) }: Shape, data: Uint8Array): Buffer {
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : tag, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt16LE((bits / 8) * channels, 12);
  format.writeUInt16LE(bits, 14);
  if (extensible) format.writeUInt16LE(tag, 24);
  const body = Buffer.concat([Buffer.from('WAVE'), before, chunk('fmt ', format), chunk('data', data)]);
  return chunk('RIFF', body);
}

/** Half of full scale, minus half, and silence, in every encoding. */
const encodings: Readonly<Record<string, readonly [Shape, Uint8Array]>> = {
  'integers of 8 bits': [{ tag: 1, bits: 8 }, Uint8Array.of(192, 64, 128)],
  'integers of 16 bits': [{ tag: 1, bits: 16 }, new Uint8Array(Int16Array.of(16_384, -16_384, 0).buffer)],
  'integers of 24 bits': [{ tag: 1, bits: 24 }, Uint8Array.of(0, 0, 0x40, 0, 0, 0xc0, 0, 0, 0)],
  'integers of 32 bits': [{ tag: 1, bits: 32 }, new Uint8Array(Int32Array.of(2 ** 30, -(2 ** 30), 0).buffer)],
  'floats of 32 bits': [{ tag: 3, bits: 32 }, new Uint8Array(Float32Array.of(0.5, -0.5, 0).buffer)],
  'floats of 64 bits': [{ tag: 3, bits: 64 }, new Uint8Array(Float64Array.of(0.5, -0.5, 0).buffer)],
  'the extensible format': [{ tag: 1, bits: 16, extensible: true }, new Uint8Array(Int16Array.of(16_384, -16_384, 0).buffer)],
};

describe('reading a WAV file', () => {
  it.each(Object.entries(encodings))('understands %s', (_name, [shape, data]) => {
    expect([...readWav(file(shape, data)).samples]).toEqual([16_384, -16_384, 0]);
  });

  it('averages the channels', () => {
    const data = new Uint8Array(Int16Array.of(1000, 3000, -500, 500).buffer);
    expect(readWav(file({ tag: 1, bits: 16, channels: 2 }, data))).toEqual({ sampleRate: 16_000, channels: 2, samples: Int16Array.of(2000, 0) });
  });

  it.each([8000, 22_050, 44_100, 48_000])('brings %i Hz to 16 kHz, and a tone stays one', (rate) => {
    const tone = Int16Array.from({ length: rate }, (_, i) => Math.round(10_000 * Math.sin((2 * Math.PI * 440 * i) / rate)));
    const { samples } = readWav(file({ tag: 1, bits: 16, rate }, new Uint8Array(tone.buffer)));
    expect(samples).toHaveLength(16_000);
    const wanted = Int16Array.from({ length: 16_000 }, (_, i) => Math.round(10_000 * Math.sin((2 * Math.PI * 440 * i) / 16_000)));
    const worst = samples.subarray(1000, 15_000).reduce((most, value, i) => Math.max(most, Math.abs(value - (wanted[i + 1000] ?? 0))), 0);
    expect(worst).toBeLessThan(50);
  });

  it('skips chunks it does not know, odd ones too', () => {
    const before = Buffer.concat([chunk('LIST', Buffer.from('INFOISFTx')), chunk('bext', Buffer.alloc(602))]);
    expect([...readWav(file({ tag: 1, bits: 16, before }, Uint8Array.of(1, 0, 2, 0))).samples]).toEqual([1, 2]);
  });

  it.each([0, 0xffff_ffff])('reads a stream that claims %i bytes to its end', (size) => {
    const bytes = Buffer.from(wavBytes(Int16Array.of(1, 2, 3)));
    bytes.writeUInt32LE(size, 40);
    expect([...readWav(bytes).samples]).toEqual([1, 2, 3]);
  });

  it('reads a file that was cut off as far as it goes', () => {
    expect([...readWav(wavBytes(Int16Array.of(1, 2, 3)).subarray(0, 49)).samples]).toEqual([1, 2]);
  });

  it('converts no more than is asked for', () => {
    const { pieces, length } = openWav(wavBytes(new Int16Array(160_000)));
    expect(length).toBe(10_000);
    expect(pieces().next().value).toHaveLength(1600);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['an MP3', Buffer.concat([Buffer.from('ID3'), Buffer.alloc(100)])],
    ['a RIFF file that is no WAVE', Buffer.concat([Buffer.from('RIFF\0\0\0\0AVI '), Buffer.alloc(100)])],
    ['a WAVE without data', wavBytes(Int16Array.of(1)).subarray(0, 36)],
  ])('refuses %s by name', (_name, bytes) => {
    const error: unknown = thrownBy(() => readWav(bytes, 'speech.wav'));
    expect(error).toBeInstanceOf(SpeechError);
    expect(error).toMatchObject({ kind: 'config', code: 'not-a-wav' });
    expect(String(error)).toContain('speech.wav');
  });

  it('refuses an encoding it does not know', () => {
    expect(thrownBy(() => readWav(file({ tag: 7, bits: 8 }, Uint8Array.of(1))))).toMatchObject({ kind: 'config', code: 'wav-format' });
  });

  it('reads back what it wrote', () => {
    const samples = Int16Array.from({ length: 1000 }, (_, i) => i * 3 - 1500);
    expect(readWav(wavBytes(samples)).samples).toEqual(samples);
  });

  it('writes a header with the sizes of what follows', () => {
    const header = Buffer.from(wavHeader(100, 24_000));
    expect([header.length, header.readUInt32LE(4), header.readUInt32LE(24), header.readUInt32LE(40)]).toEqual([44, 236, 24_000, 200]);
  });
});

const ramp = (length: number): Int16Array => Int16Array.from({ length }, (_, i) => i + 1);

/** Lets timers be driven by the test; files stay real. */
const fakeTime = (): unknown => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'Date'] });

function heardBy<T>(source: Observable<T>): { values: T[]; end: Promise<unknown>; stop: () => void } {
  const values: T[] = [];
  let ended: (how: unknown) => void = () => undefined;
  const end = new Promise<unknown>((resolve) => (ended = resolve));
  const subscription = source.subscribe({ next: (value) => values.push(value), error: ended, complete: () => ended('complete') });
  return { values, end, stop: () => subscription.unsubscribe() };
}

/** Goes on in steps of virtual time, with room for the real files between them, until something has happened. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) {
    await vi.advanceTimersByTimeAsync(20);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a recording as a microphone', () => {
  it('gives out frames of 32 ms at the pace of the clock, and then silence', async () => {
    const path = join(folder, 'mic.wav');
    await writeFile(path, wavBytes(ramp(1200)));
    fakeTime();
    const ends: number[] = [];
    const began = Date.now();
    const { values, stop } = heardBy(wavMicrophone(path, { onEnd: () => ends.push(Date.now() - began) }));
    await until(() => values.length >= 5);
    expect(values.slice(0, 5).map((frame) => frame.length)).toEqual([512, 512, 512, 512, 512]);
    expect(values.slice(0, 3).flatMap((frame) => [...frame])).toEqual([...ramp(1200), ...new Int16Array(336)]);
    expect(ends).toHaveLength(1);
    const [before, at] = [values.length, Date.now()];
    await vi.advanceTimersByTimeAsync(32_000);
    expect(Math.abs(values.length - before - (Date.now() - at) / 32)).toBeLessThanOrEqual(1);
    stop();
    const stopped = values.length;
    await vi.advanceTimersByTimeAsync(1000);
    expect(values.length).toBe(stopped);
  });

  it('completes where no silence is wanted, with the samples that make no whole frame', async () => {
    const path = join(folder, 'short.wav');
    await writeFile(path, wavBytes(ramp(600)));
    fakeTime();
    const { values, end } = heardBy(wavMicrophone(path, { thenSilence: false }));
    await until(() => values.length >= 2);
    await vi.advanceTimersByTimeAsync(20);
    expect(await end).toBe('complete');
    expect(values.flatMap((frame) => [...frame])).toEqual([...ramp(600)]);
  });

  it('says which file cannot be read', async () => {
    const { end } = heardBy(wavMicrophone(join(folder, 'none.wav')));
    expect(await end).toMatchObject({ kind: 'config', code: 'file-unreadable' });
    expect(String(await end)).toContain('none.wav');
  });

  it('says which file is no WAV file', async () => {
    const path = join(folder, 'text.wav');
    await writeFile(path, 'hello');
    expect(await heardBy(wavMicrophone(path)).end).toMatchObject({ kind: 'config', code: 'not-a-wav' });
  });
});

describe('a file as a speaker', () => {
  it('keeps what is played, and takes as long as that lasts', async () => {
    const path = join(folder, 'spoken.wav');
    fakeTime();
    const began = Date.now();
    const { values, end } = heardBy(wavSpeaker(path)(from([ramp(8000), ramp(8000)])));
    await until(() => values.at(-1) === 16_000);
    expect(Date.now() - began).toBeGreaterThanOrEqual(1000);
    expect(await end).toBe('complete');
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(readWav(await readFile(path)).samples).toEqual(Int16Array.from([...ramp(8000), ...ramp(8000)]));
  });

  it('has a right header at any moment', async () => {
    const path = join(folder, 'killed.wav');
    fakeTime();
    const { values, stop } = heardBy(wavSpeaker(path)(from([ramp(16_000)])));
    await until(() => (values.at(-1) ?? 0) > 4000);
    const bytes = await readFile(path);
    expect(bytes.readUInt32LE(40)).toBeGreaterThan(0);
    expect(bytes.readUInt32LE(40)).toBeLessThanOrEqual(bytes.length - 44);
    stop();
  });

  it('takes everything at once where time is of no matter', async () => {
    const path = join(folder, 'fast.wav');
    const { values, end } = heardBy(wavSpeaker(path, { realTime: false })(from([ramp(100), ramp(50)])));
    expect(await end).toBe('complete');
    expect(values).toEqual([100, 150]);
    expect(readWav(await readFile(path)).samples).toHaveLength(150);
  });

  it('says that it cannot be written', async () => {
    const { end } = heardBy(wavSpeaker(join(folder, 'no', 'such', 'folder.wav'))(from([ramp(10)])));
    expect(await end).toMatchObject({ kind: 'device', code: 'file-unwritable' });
  });
});

describe('devices that are none', () => {
  it('are a microphone of silence in real time', async () => {
    fakeTime();
    const { values, stop } = heardBy(silentMicrophone());
    await vi.advanceTimersByTimeAsync(3200);
    expect(values).toHaveLength(100);
    expect(values.every((frame) => frame.length === 512 && frame.every((sample) => sample === 0))).toBe(true);
    stop();
  });

  it('are a speaker that takes its time', async () => {
    fakeTime();
    const { values, end } = heardBy(nullSpeaker()(from([new Int16Array(16_000)])));
    await vi.advanceTimersByTimeAsync(500);
    expect(values.at(-1)).toBeGreaterThan(0);
    expect(values.at(-1)).toBeLessThan(9000);
    await vi.advanceTimersByTimeAsync(520);
    expect(await end).toBe('complete');
    expect(values.at(-1)).toBe(16_000);
  });

  it('are a speaker that takes none', async () => {
    const { values, end } = heardBy(nullSpeaker({ realTime: false })(from([new Int16Array(16_000)])));
    expect(await end).toBe('complete');
    expect(values).toEqual([16_000]);
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
