import { describe, expect, it } from 'vitest';
import { bytesToInt16, floatToInt16, int16ToBytes, int16ToFloat } from '../../src/audio/pcm.js';

describe('pcm', () => {
  it('rounds to the nearest step and clamps at both ends', () => {
    const floats = Float32Array.of(0, 0.6 / 32_768, -0.6 / 32_768, 0.5, 1, 7, -1, -7, NaN);
    expect([...floatToInt16(floats)]).toEqual([0, 1, -1, 16_384, 32_767, 32_767, -32_768, -32_768, 0]);
  });

  it('keeps every 16-bit value on the way through floats and back', () => {
    const all = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
    expect(floatToInt16(int16ToFloat(all)).every((step, index) => step === all[index])).toBe(true);
  });

  it('reads little-endian bytes without a copy where they are aligned', () => {
    const bytes = Uint8Array.of(0x01, 0x00, 0xff, 0xff, 0x00, 0x80);
    const pcm = bytesToInt16(bytes);
    expect([...pcm]).toEqual([1, -1, -32_768]);
    expect(pcm.buffer).toBe(bytes.buffer);
  });

  it('reads a Node buffer from an odd offset, whose own slice would be a view', () => {
    const buffer = Buffer.from([0, 1, 2, 3, 4]).subarray(1);
    expect([...bytesToInt16(buffer)]).toEqual([0x0201, 0x0403]);
  });

  it('reads bytes from an odd offset and leaves an odd last byte out', () => {
    const bytes = Uint8Array.of(9, 0x01, 0x00, 0xfe, 0xff, 7).subarray(1);
    expect([...bytesToInt16(bytes)]).toEqual([1, -2]);
  });

  it('shows only its own part of a larger buffer as bytes', () => {
    const pcm = Int16Array.of(5, 258, -1, 6).subarray(1, 3);
    expect([...int16ToBytes(pcm)]).toEqual([2, 1, 255, 255]);
  });
});
