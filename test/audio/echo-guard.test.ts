import { Subject } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEchoCanceller } from '../../src/audio/echo-canceller.js';
import { createEchoGuard, type Echo } from '../../src/audio/echo-guard.js';
import { silero } from '../../src/engines/vad/silero.js';
import type { Vad } from '../../src/engines.js';
import { joined, silence } from '../fixtures/engines.js';
import { frames, say } from '../fixtures/voices.js';

const ANSWER = say('Paris is the capital of France. It lies on the river Seine, and more than two million people live there.', 'slt');
const INTERRUPTION = say('Wait, stop please, I wanted to ask you about something else.', 'rms');
const RATE = 16_000;

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
function room(played: Int16Array, delay: number, gain: number, seed: number): Int16Array {
  const walls = [[0, 1], [7, 0.5], [13, -0.35], [29, 0.25], [47, -0.2], [80, 0.12], [120, 0.07]] as const;
  const heard = new Float32Array(played.length);
  for (const [later, part] of walls) {
    const by = Math.round((delay + later) * RATE / 1_000);
    for (let at = by; at < heard.length; at++) heard[at] = (heard[at] ?? 0) + 10 ** (gain / 20) * part * (played[at - by] ?? 0);
  }
  let noise = seed;
  return Int16Array.from(heard, (sample) => {
    noise = (noise * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return Math.max(-32_768, Math.min(32_767, Math.round(sample + (noise % 21) - 10)));
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

/** A guard before a microphone, and a way to let something be played while it listens. */
async function listening(delay: number, gain: number) {
  const guard = createEchoGuard(await loadEchoCanceller());
  const mic = new Subject<Int16Array>();
  const echoes: Echo[] = [];
  const trust: boolean[] = [];
  let out: Int16Array[] = [];
  guard.echo.subscribe({ next: (echo) => echoes.push(echo), error: () => undefined });
  guard.trusted.subscribe({ next: (now) => trust.push(now), error: () => undefined });
  guard.cleaned(mic).subscribe({ next: (pcm) => out.push(pcm), error: () => undefined });
  const play = (answer: Int16Array, voice: Int16Array = new Int16Array(0), seed = 1): Int16Array => {
    const played = joined(answer, silence(1_000));
    const echo = room(played, delay, gain, seed);
    out = [];
    for (let at = 0; at < played.length; at += 320) {
      guard.played(played.subarray(at, at + 320));
      mic.next(Int16Array.from(echo.subarray(at, at + 320), (sample, n) => Math.max(-32_768, Math.min(32_767, sample + (voice[at + n] ?? 0)))));
    }
    return joined(...out);
  };
  return { play, echoes, trust };
}

describe('an echo after 120 ms, as loud as what is played', () => {
  it('interrupts no answer', async () => {
    const { play } = await listening(120, 0);
    play(ANSWER);
    for (let answer = 0; answer < 4; answer++) expect(await speechIn(play(ANSWER, undefined, answer + 1)), `answer ${answer + 1}`).toBeLessThan(384);
  }, 60_000);

  it.each([0, -6])('hides no interruption, at %i dB of its own loudness', async (level) => {
    const { play } = await listening(120, 0);
    play(ANSWER);
    play(ANSWER);
    const loudness = decibels(room(ANSWER, 120, 0, 1)) - decibels(INTERRUPTION) + level;
    for (let attempt = 0; attempt < 3; attempt++) {
      const voice = joined(silence(500 + 60 * attempt), louder(INTERRUPTION, loudness));
      expect(await speechIn(play(ANSWER, voice, attempt + 1)), `attempt ${attempt + 1}`).toBeGreaterThanOrEqual(480);
    }
  }, 60_000);
});

describe('the guard', () => {
  it('is to be trusted after 3 s of sound, and in each answer when its echo was seen to be gone, and tells what it takes away', async () => {
    const { play, echoes, trust } = await listening(100, 0);
    play(ANSWER.subarray(0, 2 * RATE));
    expect(trust).toEqual([false]);
    play(ANSWER.subarray(0, 4 * RATE));
    expect(trust).toEqual([false, true]);
    play(new Int16Array(RATE));
    expect(trust).toEqual([false, true, false]);
    expect(echoes.length).toBeGreaterThan(1);
    for (const { before, after } of echoes.slice(1)) expect(before - after).toBeGreaterThan(20);
  });

  it('tells of no echo where there is none', async () => {
    const { play, echoes } = await listening(0, -200);
    play(ANSWER);
    expect(echoes).toEqual([]);
  });

  it('leaves the listeners of the process alone', async () => {
    const before = [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')];
    await loadEchoCanceller();
    expect([process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')]).toEqual(before);
  });
});
