import { firstValueFrom, from, lastValueFrom, type Observable, type Subscription } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Tts } from '../../../src/engines.js';
import { speakingThread } from '../../../src/engines/tts/hibari/thread.js';
import { all } from '../../fixtures/all.js';

const file = new URL('../../fixtures/speaking-worker.mjs', import.meta.url);
const quick = { firstPause: 1, longestPause: 4, window: 600_000, rest: 200 };
let held: Subscription | undefined;
afterEach(() => held?.unsubscribe());

const load = (timing = quick, setup: unknown = {}): Promise<Tts> => new Promise((resolve, reject) => {
  held = speakingThread({ file, name: 'Voice', setup, timing }).subscribe({ next: resolve, error: reject });
});
const say = (tts: Tts, text: string): Promise<Int16Array[]> => all(from(tts(text)));
const samples = async (tts: Tts, text: string): Promise<number[]> => (await say(tts, text)).flatMap((chunk) => [...chunk]);

describe('speakingThread', () => {
  it('answers calls with what the thread says', async () => {
    const tts = await load();
    expect(await Promise.all([samples(tts, 'a'), samples(tts, 'abc')])).toEqual([[1, 7], [3, 7]]);
  });

  it('errs where the thread cannot load, however it fails', async () => {
    await expect(load(quick, { load: 'unloadable' })).rejects.toMatchObject({ name: 'SpeechError', kind: 'model', code: 'model-unreadable', stage: 'tts' });
    await expect(load(quick, { load: 'crash' })).rejects.toMatchObject({ name: 'SpeechError', code: 'tts-crashed', cause: { message: 'no model' } });
  });

  it('passes the failure of one call on as an error of that call', async () => {
    const tts = await load();
    const [failed, other] = await Promise.allSettled([say(tts, 'fail'), samples(tts, 'ab')]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'tts-failed', stage: 'tts', retryable: true } });
    expect(other).toEqual({ status: 'fulfilled', value: [2, 7] });
  });

  it.each(['throw', 'exit'])('errs running calls when the thread ends (%s), and answers the next with a new thread', async (end) => {
    const tts = await load();
    const running = say(tts, 'begin').catch((error: unknown) => error);
    await expect(say(tts, end)).rejects.toMatchObject({ code: 'tts-crashed', retryable: true });
    expect(await running).toMatchObject({ code: 'tts-crashed' });
    expect(await samples(tts, 'abcd')).toEqual([4, 7]);
  });

  it('gives a call that is made again within its own error to the new thread', async () => {
    const tts = await load();
    const again = await new Promise<number[]>((resolve, reject) => {
      from(tts('throw')).subscribe({ error: () => { samples(tts, 'ab').then(resolve, reject); } });
    });
    expect(again).toEqual([2, 7]);
  });

  it('refuses calls after more than five crashes within the window, and tries again after it', async () => {
    const tts = await load();
    for (let crash = 0; crash < 6; crash++) await expect(say(tts, 'exit')).rejects.toMatchObject({ code: 'tts-crashed' });
    await expect(say(tts, 'ab')).rejects.toMatchObject({ name: 'SpeechError', code: 'tts-unavailable', retryable: true });
    await new Promise<void>((resolve) => process.once('worker', () => resolve()));
    for (let refused = true; refused;) {
      refused = await samples(tts, 'ab').then(() => false, () => new Promise<boolean>((resolve) => setImmediate(resolve, true)));
    }
    expect(await samples(tts, 'ab')).toEqual([2, 7]);
  });

  it('tells the thread of calls that are given up, and only of those', async () => {
    const tts = await load();
    await samples(tts, 'a');
    await firstValueFrom(tts('begin') as Observable<Int16Array>);
    expect(await samples(tts, 'cancelled?')).toEqual([1]);
  });

  it('ends running and later calls when the engine is let go', async () => {
    const tts = await load();
    const running = say(tts, 'begin').catch((error: unknown) => error);
    held?.unsubscribe();
    expect(await running).toMatchObject({ name: 'SpeechError', code: 'tts-unavailable' });
    await expect(lastValueFrom(tts('a') as Observable<Int16Array>)).rejects.toMatchObject({ code: 'tts-unavailable' });
  });
});
