import { describe, expect, it } from 'vitest';
import { FULL_WINDOW, isLoop, padded, tokenCap, windows } from '../../../src/engines/stt/window.js';

const seconds = (count: number): number => count * 16_000;

describe('windows', () => {
  it('cuts the first window to the audio and a margin of 128 steps', () => {
    expect(windows(seconds(4))[0]).toBe(328);
    expect(windows(seconds(11))[0]).toBe(680);
  });

  it('tries a wider one and then the full one', () => {
    expect(windows(seconds(4))).toEqual([328, 456, FULL_WINDOW]);
  });

  it('stays between 256 and the full window, at multiples of 8', () => {
    for (let length = 0; length <= seconds(70); length += 4_321) {
      for (const window of windows(length)) {
        expect(window).toBeGreaterThanOrEqual(256);
        expect(window).toBeLessThanOrEqual(FULL_WINDOW);
        expect(window === FULL_WINDOW || window % 8 === 0).toBe(true);
      }
    }
  });

  it('does not try the full window twice', () => {
    expect(windows(seconds(30))).toEqual([FULL_WINDOW]);
  });
});

describe('padded', () => {
  it('puts 0.3 s of silence before the audio', () => {
    const audio = new Float32Array(seconds(2)).fill(0.5);
    const longer = padded(audio);
    expect(longer.length).toBe(seconds(2.3));
    expect(longer.indexOf(0.5)).toBe(4_800);
    expect(longer.at(-1)).toBe(0.5);
  });

  it('makes short audio 1.2 s long', () => {
    expect(padded(new Float32Array(100)).length).toBe(seconds(1.2));
  });
});

describe('tokenCap', () => {
  it('stays below what makes whisper.cpp try again by itself, up to five seconds', () => {
    for (let length = seconds(1); length <= seconds(5); length += 1_000) expect(tokenCap(length)).toBeLessThanOrEqual(32);
  });

  it('leaves room for the quickest speaker', () => {
    expect(tokenCap(seconds(2))).toBeGreaterThanOrEqual(20);
    expect(tokenCap(seconds(11))).toBe(76);
  });
});

describe('isLoop', () => {
  it.each([
    ['And so my fellow Americans. And so my fellow Americans. And so', 2.6],
    ['and so am i fell americans and so am i fell americans', 2.6],
    ['ask me ask me ask me ask me', 4],
    ['x'.repeat(200), 2],
  ])('knows "%s" for a loop', (text, length) => {
    expect(isLoop(text, seconds(length))).toBe(true);
  });

  it.each([
    ['And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.', 11],
    ['No, no, no.', 1.2],
    ['Ha ha ha.', 1.2],
    ['What is the capital of France?', 2],
    ['', 1.2],
  ])('lets "%s" pass', (text, length) => {
    expect(isLoop(text, seconds(length))).toBe(false);
  });
});
