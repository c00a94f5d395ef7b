import { from, type Observable } from 'rxjs';
import { expect } from 'vitest';
import { loudness } from '../../src/audio/loudness.js';
import { int16ToFloat } from '../../src/audio/pcm.js';
import { SAMPLE_RATE, type Tts } from '../../src/engines.js';
import { leavesTheLoopFree, throwsNothing, within, type Contract } from './keeps.js';

export interface TtsSubject {
  readonly tts: Tts;
  /** Ends the thread or process that speaks, at once. */
  readonly crash: () => unknown;
  /** Code of the error with which calls end then. @default 'tts-crashed' */
  readonly code?: string;
  /** Milliseconds one call may take. @default 5000 */
  readonly patience?: number;
}

const SENTENCE = 'The train to the airport leaves at a quarter past seven.';
const OTHER = 'Nobody had told the children that it would be so cold.';
const LONG = `${SENTENCE} ${OTHER} `.repeat(5).trim();
/** Takes so long to make that an engine which is killed after the first chunk has not made all of it. */
const ENDLESS = `${SENTENCE} ${OTHER} `.repeat(12).trim();

/** Everything one call says. */
export async function speech({ tts, patience = 5_000 }: Pick<TtsSubject, 'tts' | 'patience'>, text: string): Promise<Int16Array> {
  const chunks: Int16Array[] = [];
  await within(patience, 'one call', new Promise<void>((resolve, reject) => {
    from(tts(text)).subscribe({ next: (chunk) => chunks.push(chunk), error: reject, complete: resolve });
  }));
  return joined(chunks);
}

export function joined(chunks: readonly Int16Array[]): Int16Array {
  const samples = new Int16Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    samples.set(chunk, at);
    at += chunk.length;
  }
  return samples;
}

/** The same samples: quicker than `toEqual`, and without a diff of a hundred thousand lines. */
function expectSame(actual: Int16Array, wanted: Int16Array, what: string): void {
  expect(actual.length === wanted.length && actual.every((sample, index) => sample === wanted[index]), `${what}: the same samples`).toBe(true);
}

/** Root mean square in dB of full scale. */
export const decibels = (samples: Int16Array): number =>
  10 * Math.log10(samples.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / samples.length);

/** Milliseconds until something can be heard: 5 ms above −45 dBFS. */
export function quietBefore(samples: Int16Array): number {
  for (let at = 0; at < samples.length; at += 80) if (decibels(samples.subarray(at, at + 80)) > -45) return at / 16;
  return samples.length / 16;
}

/** Milliseconds a character: people take 50 to 80. */
const pace = (samples: Int16Array, text: string): number => samples.length / (SAMPLE_RATE / 1000) / text.length;

/** Settles when a call has emitted its first chunk; the call goes on. */
function begun(call: Observable<Int16Array>): { first: Promise<void>; end: Promise<void>; unsubscribe: () => void } {
  let unsubscribe = (): void => undefined;
  let first: Promise<void> = Promise.resolve();
  const end = new Promise<void>((finished, failed) => {
    first = new Promise<void>((resolve, reject) => {
      const subscription = call.subscribe({
        next: () => resolve(),
        error: (error: unknown) => { for (const settle of [reject, failed]) settle(error); },
        complete: () => { reject(new Error('no audio')); finished(); },
      });
      unsubscribe = () => subscription.unsubscribe();
    });
  });
  for (const promise of [first, end]) promise.catch(() => undefined);
  return { first, end, unsubscribe };
}

export const ttsContract: Contract<TtsSubject> = {
  'speaks at a human pace, in samples of 16 kHz': async (subject) => {
    const said = pace(await speech(subject, SENTENCE), SENTENCE);
    expect(said).toBeGreaterThan(35);
    expect(said).toBeLessThan(100);
  },
  'gives 16-bit samples, and no empty chunk': async (subject) => {
    const chunks: unknown[] = [];
    await new Promise<void>((resolve, reject) => from(subject.tts(SENTENCE)).subscribe({ next: (chunk) => chunks.push(chunk), error: reject, complete: resolve }));
    expect(chunks.length).toBeGreaterThan(0);
    for (const chunk of chunks) {
      expect(chunk).toBeInstanceOf(Int16Array);
      expect(chunk).not.toHaveLength(0);
    }
  },
  'begins within 40 ms and ends within 200 ms of what is heard': async (subject) => {
    const samples = await speech(subject, SENTENCE);
    expect(quietBefore(samples)).toBeLessThanOrEqual(40);
    expect(quietBefore(samples.toReversed())).toBeLessThanOrEqual(200);
  },
  'begins and ends without a click: its steps at joins are below −60 dB': async (subject) => {
    const samples = await speech(subject, SENTENCE);
    // The step from the end of one piece to the beginning of the next is both together at most.
    expect((Math.abs(samples[0]!) + Math.abs(samples.at(-1)!)) / 32_768).toBeLessThan(0.001);
  },
  'is as loud as the other voices: −20 LUFS, within 2 dB, and never clips': async (subject) => {
    const samples = await speech(subject, SENTENCE);
    expect(Math.abs(loudness(int16ToFloat(samples), SAMPLE_RATE) + 20)).toBeLessThanOrEqual(2);
    expect(samples.filter((sample) => Math.abs(sample) >= 32_767)).toHaveLength(0);
  },
  'leaves the event loop free while it works': (subject) => leavesTheLoopFree(() => speech(subject, SENTENCE)),
  'says nothing where there is nothing to say': async (subject) => {
    for (const text of ['', '   ', '\n', '...', '?!', ' — ', '\u0000\u0007', '👍']) expect(await speech(subject, text), JSON.stringify(text)).toHaveLength(0);
  },
  'speaks 500 characters': async (subject) => {
    expect(LONG.length).toBeGreaterThan(500);
    expect(pace(await speech(subject, LONG), LONG)).toBeGreaterThan(35);
  },
  'speaks through control characters, markup and foreign letters': async (subject) => {
    const plain = await speech(subject, 'Hello, dear world, how are you?');
    const dirty = await speech(subject, 'Hello,\u0007 dear\tworld\u001b, how are you?\u0000 你好 👍\uD800');
    expect(dirty.length).toBeGreaterThan(plain.length * 0.8);
    expect((await speech(subject, 'Señor Dvořák’s <b>café</b> isn’t “open”…')).length).toBeGreaterThan(SAMPLE_RATE);
  },
  'says the same to every subscriber of one call': async (subject) => {
    const call = subject.tts(SENTENCE);
    const same = { ...subject, tts: () => call };
    const first = await speech(same, '');
    expect(first).not.toHaveLength(0);
    expectSame(await speech(same, ''), first, 'a second time');
  },
  'keeps calls apart that are made at the same time': async (subject) => {
    const texts = [SENTENCE, OTHER, 'Yes.', SENTENCE];
    const alone: Int16Array[] = [];
    for (const text of texts) alone.push(await speech(subject, text));
    const together = await Promise.all(texts.map((text) => speech(subject, text)));
    together.forEach((samples, index) => expectSame(samples, alone[index]!, `call ${index}`));
  },
  'says and throws nothing after the unsubscription, and answers the next call': (subject) => throwsNothing(async () => {
    const wanted = await speech(subject, OTHER);
    const call = begun(from(subject.tts(LONG)));
    await within(subject.patience ?? 5_000, 'the first chunk', call.first);
    call.unsubscribe();
    from(subject.tts(LONG)).subscribe().unsubscribe();
    expectSame(await speech(subject, OTHER), wanted, 'the next call');
  }),
  'errs with a SpeechError of its stage when it dies, and answers the next call': async (subject) => {
    const patience = subject.patience ?? 5_000;
    const call = begun(from(subject.tts(ENDLESS)));
    await within(patience, 'the first chunk', call.first);
    await subject.crash();
    const error: unknown = await within(patience, 'the error', call.end).catch((reason: unknown) => reason);
    // By name: the engine may come from the compiled package, whose class is another one.
    expect(error).toMatchObject({ name: 'SpeechError', kind: 'stage', stage: 'tts', code: subject.code ?? 'tts-crashed', retryable: true });
    expect(pace(await speech({ ...subject, patience: patience + 10_000 }, SENTENCE), SENTENCE)).toBeGreaterThan(35);
  },
};
