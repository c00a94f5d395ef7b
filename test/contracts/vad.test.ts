import { NEVER } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { FRAME_SAMPLES, type Frame, type Vad } from '../../src/engines.js';
import { compute } from './keeps.js';
import { vadContract } from './vad.js';

// Loud frames between quiet ones: voice enough for an engine that measures levels.
const voice = Array.from({ length: 24 }, (_, index): Frame => new Int16Array(FRAME_SAMPLES).fill(index % 3 === 0 ? 0 : 6_000 + index));
const level = (frame: Frame): number => Math.min(1, Math.abs(frame[7] ?? 0) / 8_000);
const smooth = (): Vad => () => {
  let last = 0;
  return (frame) => last = 0.9 * level(frame) + 0.1 * last;
};

const broken: Record<string, Vad> = {
  'gives one probability between 0 and 1 for every frame': () => (frame) => level(frame) * 100,
  'finds a voice': () => () => 0,
  'finds none in silence': () => () => 0.9,
  'leaves the event loop free while it works': () => (frame) => { compute(20); return level(frame); },
  'keeps frames in order that come faster than they are judged': () => {
    let last = 0;
    let waiting = 0;
    return async (frame) => {
      const wait = ++waiting % 2;
      await new Promise((resolve) => setTimeout(resolve, wait * 5));
      waiting--;
      return last = 0.7 * level(frame) + 0.1 * last;
    };
  },
  'keeps streams apart': (() => { const shared = smooth()(); return () => shared; })(),
  'does not keep or change the frames it is given': () => {
    let last = 0;
    return async (frame) => {
      await Promise.resolve();
      return last = 0.9 * level(frame) + 0.1 * last;
    };
  },
};

describe('the contract of a VAD', () => {
  it.each(Object.keys(vadContract))('"%s" holds for a sound engine', async (promise) => {
    await vadContract[promise]!({ vad: smooth(), voice });
  });
  it.each(Object.keys(vadContract))('"%s" fails for an engine that breaks it', async (promise) => {
    await expect(vadContract[promise]!({ vad: broken[promise]!, voice })).rejects.toThrow();
  });
  it('fails for an engine that never answers', async () => {
    await expect(vadContract['finds a voice']!({ vad: () => () => NEVER, voice, patience: 50 })).rejects.toThrow('not within 50 ms');
  });
});
