import { from, lastValueFrom } from 'rxjs';
import { expect } from 'vitest';
import { FRAME_SAMPLES, type Frame, type Vad } from '../../src/engines.js';
import { leavesTheLoopFree, within, type Contract } from './keeps.js';

export interface VadSubject {
  readonly vad: Vad;
  /** Frames with somebody speaking in some of them. */
  readonly voice: readonly Frame[];
  /** Milliseconds one frame may take. @default 2000 */
  readonly patience?: number;
}

const silence = (count: number): Frame[] => Array.from({ length: count }, () => new Int16Array(FRAME_SAMPLES));

/** Judges frames one after the other, each when the one before it is done. */
export async function judge({ vad, patience = 2_000 }: Pick<VadSubject, 'vad' | 'patience'>, frames: readonly Frame[]): Promise<number[]> {
  const stream = vad();
  const judged: number[] = [];
  for (const frame of frames) judged.push(await within(patience, 'one frame', settle(stream(frame))));
  return judged;
}

const settle = async (result: ReturnType<ReturnType<Vad>>): Promise<number> =>
  typeof result === 'number' ? result : lastValueFrom(from(result), { defaultValue: Number.NaN });

export const vadContract: Contract<VadSubject> = {
  'gives one probability between 0 and 1 for every frame': async (subject) => {
    for (const probability of await judge(subject, subject.voice)) {
      expect(probability).toBeGreaterThanOrEqual(0);
      expect(probability).toBeLessThanOrEqual(1);
    }
  },
  'finds a voice': async (subject) => {
    const judged = await judge(subject, subject.voice);
    expect(judged.filter((probability) => probability > 0.6).length).toBeGreaterThan(judged.length / 4);
  },
  'finds none in silence': async (subject) => {
    expect(Math.max(...await judge(subject, silence(30)))).toBeLessThan(0.3);
  },
  'leaves the event loop free while it works': (subject) => leavesTheLoopFree(() => judge(subject, subject.voice)),
  'keeps frames in order that come faster than they are judged': async (subject) => {
    const stream = subject.vad();
    const quick = await Promise.all(subject.voice.map((frame) => settle(stream(frame))));
    expect(quick).toEqual(await judge(subject, subject.voice));
  },
  'keeps streams apart': async (subject) => {
    const alone = await judge(subject, subject.voice);
    const stream = subject.vad();
    const other = subject.vad();
    const mixed: number[] = [];
    for (const frame of subject.voice) {
      mixed.push(await settle(stream(frame)));
      await settle(other(frame.map((sample) => -sample >> 1)));
    }
    expect(mixed).toEqual(alone);
  },
  'does not keep or change the frames it is given': async (subject) => {
    const frames = subject.voice.slice(0, 20);
    const stream = subject.vad();
    const reused = new Int16Array(FRAME_SAMPLES);
    const judged = frames.map((frame) => {
      reused.set(frame);
      const result = settle(stream(reused));
      expect(reused).toEqual(frame);
      reused.fill(0);
      return result;
    });
    expect(await Promise.all(judged)).toEqual(await judge(subject, frames));
  },
};
