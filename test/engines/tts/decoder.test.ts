import { describe, expect, it } from 'vitest';
import { int16ToBytes, int16ToFloat } from '../../../src/audio/pcm.js';
import { wavBytes } from '../../../src/audio/wav.js';
import { createDecoder } from '../../../src/engines/tts/decoder.js';

const samples = Int16Array.from({ length: 500 }, (_, index) => 40 * index - 10_000);

function decode(bytes: Uint8Array, step: number): { rate: number; heard: number[] } {
  const decoder = createDecoder(24_000, 'It');
  const heard: number[] = [];
  for (let at = 0; at < bytes.length; at += step) heard.push(...decoder.push(bytes.subarray(at, at + step)));
  return { rate: decoder.rate(), heard };
}

describe('createDecoder', () => {
  it.each([1, 2, 3, 7, 45, 10_000])('reads raw samples and a WAV in pieces of %i bytes', (step) => {
    expect(decode(int16ToBytes(samples), step)).toEqual({ rate: 24_000, heard: [...int16ToFloat(samples)] });
    expect(decode(wavBytes(samples, 22_050), step)).toEqual({ rate: 22_050, heard: [...int16ToFloat(samples)] });
  });

  it.each([0, 0xffff_ffff])('plays a WAV to its end that gives its size as %i', (size) => {
    const wav = Buffer.from(wavBytes(samples));
    wav.writeUInt32LE(size, 40);
    expect(decode(wav, 99).heard).toHaveLength(samples.length);
  });

  it('plays nothing of what stands before or after the samples', () => {
    const wav = Buffer.from(wavBytes(samples));
    const chunk = Buffer.from('LIST\u0004\u0000\u0000\u0000INFO', 'latin1');
    expect(decode(Buffer.concat([wav.subarray(0, 36), chunk, wav.subarray(36), chunk]), 10).heard).toEqual([...int16ToFloat(samples)]);
  });

  it('averages two channels', () => {
    const wav = Buffer.from(wavBytes(Int16Array.of(1_000, 3_000, -2_000, -2_000)));
    wav.writeUInt16LE(2, 22);
    expect(decode(wav, 3).heard.map((sample) => sample * 32_768)).toEqual([2_000, -2_000]);
  });

  it('takes no other format for noise', () => {
    for (const start of ['ID3\u0004', 'OggS', 'fLaC']) expect(() => decode(Buffer.from(`${start} and so on and on`), 5)).toThrow(expect.objectContaining({ code: 'tts-format' }));
    expect(() => decode(Buffer.concat([Buffer.from('RIFF\u0000\u0000\u0000\u0000WAVEjunk'), Buffer.from([255, 255, 255, 0]), Buffer.alloc(70_000)]), 4_000)).toThrow('without samples');
  });
});
