import { Subject } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEchoCanceller, type EchoCanceller } from '../../src/audio/echo-canceller.js';
import { createEchoGuard } from '../../src/audio/echo-guard.js';
import type { Echo } from '../../src/audio/echo-levels.js';
import { silero } from '../../src/engines/vad/silero.js';
import type { Vad } from '../../src/engines.js';
import { joined, silence } from '../fixtures/engines.js';
import { frames, say } from '../fixtures/voices.js';

const ANSWER = say('Paris is the capital of France. It lies on the river Seine, and more than two million people live there.', 'slt');
const INTERRUPTION = say('Wait, stop please, I wanted to ask you about something else.', 'rms');
const RATE = 16_000;
const TRIES = 4;
/** Samples of playback that are told before they are heard, and for which the program stands still: less than that. */
const NEAR = 0.4 * RATE;
const STALL = 0.32 * RATE;
/** Samples of playback that the guard learns from before it can be trusted. */
const LEARNING = 1.5 * RATE;

let vad: Vad;
let letGo: () => void = () => undefined;
beforeAll(() => new Promise<void>((resolve, reject) => {
  const held = silero().subscribe({ next: (loaded) => { vad = loaded; resolve(); }, error: reject });
  letGo = () => held.unsubscribe();
}));
afterAll(() => letGo());

const decibels = (pcm: Int16Array): number => 10 * Math.log10(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length / 32_768 ** 2);
const louder = (pcm: Int16Array, by: number): Int16Array => pcm.map((sample) => Math.max(-32_768, Math.min(32_767, sample * 10 ** (by / 20))));

/** A room: what of a sound arrives at the microphone, directly after so many ms and by six walls after that, and that it is never quite silent. */
function room(played: Int16Array, delay: number, gain: number, seed: number, hiss = 10): Int16Array {
  const walls = [[0, 1], [7, 0.5], [13, -0.35], [29, 0.25], [47, -0.2], [80, 0.12], [120, 0.07]] as const;
  const heard = new Float32Array(played.length);
  for (const [later, part] of walls) {
    const by = Math.round((delay + later) * RATE / 1_000);
    for (let at = by; at < heard.length; at++) heard[at] = (heard[at] ?? 0) + 10 ** (gain / 20) * part * (played[at - by] ?? 0);
  }
  let noise = seed;
  return Int16Array.from(heard, (sample) => {
    noise = (noise * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return Math.max(-32_768, Math.min(32_767, Math.round(sample + (noise % (2 * hiss + 1)) - hiss)));
  });
}

/** The longest speech (ms) that the VAD finds, with gaps of a word between. */
async function speechIn(audio: Int16Array): Promise<number> {
  const judge = vad();
  let [longest, voiced, gap] = [0, 0, 0];
  for (const frame of frames(audio)) {
    const speech = await new Promise<number>((resolve, reject) => {
      const judged = judge(frame);
      if (typeof judged === 'number') resolve(judged);
      else Promise.resolve(judged as PromiseLike<number>).then(resolve, reject);
    });
    if (speech >= 0.6) [voiced, gap] = [voiced + 32, 0];
    else if ((gap += 32) > 500) voiced = 0;
    longest = Math.max(longest, voiced);
  }
  return longest;
}

/** What goes wrong while something plays: from which sample on its echo comes after so many ms, from which the program stands still, and by how many ppm the speaker's clock is slow. */
interface How { readonly dry?: number; readonly delay?: number; readonly stall?: number; readonly slow?: number }

/** The same, played by a clock that is slow by so many ppm. */
function stretched(pcm: Int16Array, ppm: number): Int16Array {
  return pcm.map((_, n) => {
    const [at, part] = [Math.floor(n / (1 + ppm / 1e6)), (n / (1 + ppm / 1e6)) % 1];
    return (pcm[at] ?? 0) * (1 - part) + (pcm[at + 1] ?? 0) * part;
  });
}

/** A guard before a microphone, and a way to let something be played while it listens. */
async function listening(gain: number, canceller: (real: EchoCanceller) => EchoCanceller = (real) => real, hiss?: number) {
  const guard = createEchoGuard(canceller(await loadEchoCanceller()));
  const mic = new Subject<Int16Array>();
  const echoes: Echo[] = [];
  const trust: boolean[] = [];
  /** The most samples that were held, of each answer. */
  const holds: number[] = [];
  let out: Int16Array[] = [];
  guard.echo.subscribe({ next: (echo) => echoes.push(echo), error: () => undefined });
  guard.trusted.subscribe({ next: (now) => trust.push(now), error: () => undefined });
  guard.cleaned(mic).subscribe({ next: (pcm) => out.push(pcm), error: () => undefined });
  let seed = 0;
  const play = (answer: Int16Array, delay: number, voice: Int16Array = new Int16Array(0), { dry = Infinity, delay: after = delay, stall = Infinity, slow = 0 }: How = {}): Int16Array => {
    const played = joined(answer, silence(1_000));
    const echo = stretched(room(played, delay, gain, seed += 1, hiss), slow);
    echo.set(room(played, after, gain, seed, hiss).subarray(Math.min(dry, echo.length)), Math.min(dry, echo.length));
    out = [];
    let held = 0;
    // As a client does it: what is played is told so much before it is heard; where its event loop stands still, neither comes.
    const tell = (at: number): void => guard.played(played.subarray(at + NEAR, at + NEAR + 320));
    const hear = (at: number): void => mic.next(echo.subarray(at, at + 320).map((sample, n) => Math.max(-32_768, Math.min(32_767, sample + (voice[at + n] ?? 0)))));
    guard.played(played.subarray(0, NEAR));
    const late: number[] = [];
    for (let at = 0; at < played.length; at += 320) {
      if (at >= stall && at < stall + STALL) {
        late.push(at);
        continue;
      }
      late.forEach(hear);
      late.splice(0).forEach(tell);
      tell(at);
      hear(at);
      held = Math.max(held, Math.min(at + 320, played.length) - out.reduce((sum, { length }) => sum + length, 0));
    }
    holds.push(held);
    return joined(...out);
  };
  return { play, echoes, trust, holds };
}

// Sound servers let their buffers run dry between two answers, and play each a little later or earlier than the one before.
const DELAYS = [120, 170, 95, 101, 250, 60, 140] as const;
const later = (answer: number): number => DELAYS[answer % DELAYS.length] ?? 0;

describe.each([0, -6])('an echo that comes later or earlier with each answer, at %i dB', (gain) => {
  it.each([
    ['', undefined, (): How => ({})],
    // −46 dBFS: a fan beside the microphone.
    [' in a room that is not quiet', 300, (): How => ({})],
    [' in which the program stands still for a third of a second', undefined, (answer: number): How => ({ stall: (1 + 0.5 * answer) * RATE })],
    [' in the middle of which the speaker ran dry, and went on later or earlier', undefined, (answer: number): How => ({ dry: (1.5 + 0.4 * answer) * RATE, delay: later(answer + 1) })],
  ])('interrupts no answer%s', async (_where, hiss, how) => {
    const { play } = await listening(gain, undefined, hiss);
    play(ANSWER, later(0));
    for (let answer = 1; answer <= TRIES; answer++) expect(await speechIn(play(ANSWER, later(answer), undefined, how(answer))), `answer ${answer}`).toBeLessThan(384);
  }, 60_000);

  it('is gone from the first syllable on where it comes a few samples later or earlier', async () => {
    const { play } = await listening(gain);
    play(ANSWER, 120);
    for (const samples of [3, 0, -4, 2]) expect(decibels(play(ANSWER, 120 + (samples * 1_000) / RATE)), `${samples} samples later`).toBeLessThan(-60);
  }, 60_000);

  it.each([50, 100])('is gone from the first syllable on where the clocks of microphone and speaker differ by %i ppm', async (slow) => {
    const { play } = await listening(gain);
    play(ANSWER, 120);
    for (let answer = 1; answer <= TRIES; answer++) expect(decibels(play(ANSWER, later(answer), undefined, { slow })), `answer ${answer}`).toBeLessThan(-60);
  }, 60_000);

  it.each([0, -6])('hides no interruption, at %i dB of its own loudness, from the first syllable of the answer on', async (level) => {
    const { play } = await listening(gain);
    play(ANSWER, later(0));
    const loudness = decibels(room(ANSWER, 120, gain, 1)) - decibels(INTERRUPTION) + level;
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const voice = joined(silence(170 * (attempt - 1)), louder(INTERRUPTION, loudness));
      expect(await speechIn(play(ANSWER, later(attempt), voice)), `attempt ${attempt}`).toBeGreaterThanOrEqual(640);
    }
  }, 60_000);
});

describe('the guard', () => {
  it('is to be trusted from when half a second of echo was seen to be gone, and tells what it takes away', async () => {
    const { play, echoes, trust } = await listening(0);
    play(ANSWER.subarray(0, LEARNING), 100);
    expect(trust).toEqual([false]);
    play(ANSWER, 130);
    play(ANSWER, 90);
    expect(trust).toEqual([false, true]);
    expect(echoes.length).toBeGreaterThan(3);
    for (const { before, after } of echoes.slice(1)) expect(before - after).toBeGreaterThan(20);
  });

  it('is to be trusted in a room that is not quiet, when no more than its noise is left', async () => {
    const { play, trust } = await listening(-12, undefined, 300);
    play(ANSWER, 100);
    play(ANSWER, 130);
    expect(trust).toEqual([false, true]);
  });

  it('is not to be trusted any more where an echo comes back, until it was seen to be gone again', async () => {
    let broken = false;
    const { play, trust } = await listening(0, (canceller) => ({ ...canceller, cancel: (mic, played) => (broken ? mic.slice() : canceller.cancel(mic, played)) }));
    play(ANSWER, 100);
    play(ANSWER, 100);
    expect(trust).toEqual([false, true]);
    broken = true;
    play(ANSWER, 100);
    expect(trust).toEqual([false, true, false]);
    broken = false;
    play(ANSWER, 100);
    expect(trust).toEqual([false, true, false, true]);
  });

  it('loses nothing of the microphone, and holds it for 1.3 s at most, and only where it has heard an echo before', async () => {
    const { play, holds } = await listening(-200);
    for (let answer = 0; answer < 3; answer++) expect(play(ANSWER, 0).length).toBe(ANSWER.length + RATE);
    expect(holds[0]).toBeLessThanOrEqual(1.3 * RATE + 320);
    expect(Math.max(...holds.slice(1))).toBeLessThanOrEqual(320);
  });

  it('leaves the microphone as it is once nothing has played for five seconds, and cancels from the first syllable of the next answer on', async () => {
    let cancelled = 0;
    const { play } = await listening(0, (real) => ({ ...real, cancel: (...blocks) => {
      cancelled += 1;
      return real.cancel(...blocks);
    } }));
    play(ANSWER, 100);
    const before = cancelled;
    const voice = louder(INTERRUPTION, -6);
    const quiet = play(silence(12_000), 100, joined(silence(6_000), voice));
    expect(cancelled - before).toBeLessThanOrEqual(500);
    expect(quiet.subarray(6 * RATE, 6 * RATE + voice.length)).toEqual(room(joined(silence(13_000)), 100, 0, 2).map((hiss, n) => hiss + (voice[n - 6 * RATE] ?? 0)).subarray(6 * RATE, 6 * RATE + voice.length));
    expect(decibels(play(ANSWER, 130))).toBeLessThan(-60);
  });

  it('tells of no echo where there is none', async () => {
    const { play, echoes } = await listening(-200);
    play(ANSWER, 0);
    expect(echoes).toEqual([]);
  });

  it('leaves the listeners of the process alone', async () => {
    const before = [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')];
    await loadEchoCanceller();
    expect([process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')]).toEqual(before);
  });
});
