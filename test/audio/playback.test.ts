import { TestScheduler } from 'rxjs/testing';
import { asyncScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createPlayback, type Playback } from '../../src/audio/playback.js';

const ms = (count: number): Int16Array => new Int16Array(count * 16);

/** Runs steps at their virtual times (ms), and tells at which times how many ms of audio were given to the speaker. */
function given(playback: Playback, steps: Readonly<Record<number, () => void>>): string[] {
  const out: string[] = [];
  new TestScheduler(() => undefined).run(({ flush }) => {
    const start = asyncScheduler.now();
    playback.audio.subscribe({ next: (pcm) => out.push(`${asyncScheduler.now() - start}: ${pcm.length / 16}`), error: (error: unknown) => out.push(String(error)) });
    for (const [at, step] of Object.entries(steps)) asyncScheduler.schedule(step, Number(at));
    flush();
  });
  return out;
}

describe('playback', () => {
  it('collects the jitter buffer before it begins, and then passes on at once', () => {
    const playback = createPlayback({ jitter: 60 });
    const push = (): unknown => playback.push(ms(32));
    expect(given(playback, { 0: push, 30: push, 62: push })).toEqual(['30: 32', '30: 32', '62: 32']);
  });

  it('plays a reply that is shorter than the jitter buffer when its time is up', () => {
    const playback = createPlayback({ jitter: 60 });
    expect(given(playback, { 0: () => playback.push(ms(32)) })).toEqual(['60: 32']);
  });

  it('waits for the second block of a voice whose first is short', () => {
    const playback = createPlayback();
    const out = given(playback, { 0: () => playback.push(ms(115)), 76: () => playback.push(ms(200)) });
    expect(out).toEqual(['76: 115', '76: 200']);
  });

  it('counts an underrun and collects more after it', () => {
    const playback = createPlayback({ jitter: 60 });
    const out = given(playback, {
      0: () => playback.push(ms(64)),
      64: () => playback.heard(64 * 16),
      200: () => playback.push(ms(80)),
      230: () => playback.push(ms(20)),
    });
    expect(playback.underruns()).toBe(1);
    expect(out).toEqual(['0: 64', '230: 80', '230: 20']);
  });

  it('tells what is near 400 ms before it is heard, each sample once', () => {
    const near: number[] = [];
    const playback = createPlayback({ jitter: 60, onNear: (pcm) => near.push(pcm.length / 16) });
    given(playback, { 0: () => playback.push(ms(1_000)), 20: () => playback.heard(20 * 16), 500: () => playback.heard(500 * 16), 900: () => playback.heard(900 * 16) });
    expect(near).toEqual([400, 20, 80, 400, 100]);
  });

  it('takes audio after a longer silence for a new reply', () => {
    const playback = createPlayback({ jitter: 60 });
    given(playback, { 0: () => playback.push(ms(64)), 64: () => playback.heard(64 * 16), 400: () => playback.push(ms(64)) });
    expect(playback.underruns()).toBe(0);
  });

  it('grows its buffer with every underrun, up to 400 ms, and shrinks it by a step for every 20 s that were heard without one', () => {
    const playback = createPlayback({ jitter: 60 });
    const seen: number[] = [];
    let heard = 0;
    const hear = (length: number): void => {
      playback.push(ms(length));
      // What has been collected plays in any case when its time is up.
      asyncScheduler.schedule(() => {
        playback.heard(heard += length * 16);
        seen.push(Math.round(playback.jitter()));
      }, Math.max(length, 400));
    };
    const starved = Array.from({ length: 6 }, (_, n) => [n * 500, () => hear(10)]);
    const calm = Array.from({ length: 6 }, (_, n) => [10_000 + n * 15_000, () => hear(10_000)]);
    given(playback, Object.fromEntries([...starved, ...calm]) as Record<number, () => void>);
    expect(seen.slice(0, 6)).toEqual([60, 90, 135, 203, 304, 400]);
    expect(seen.slice(6)).toEqual([400, 267, 267, 178, 178, 119]);
    expect(playback.underruns()).toBe(5);
  });

  it('never shrinks its buffer below what it began with', () => {
    const playback = createPlayback({ jitter: 60 });
    playback.push(ms(100_000));
    playback.heard(100_000 * 16);
    expect(playback.jitter()).toBe(60);
  });

  it('does not hold a reply back that comes faster than it is heard, whatever has run dry before', () => {
    const playback = createPlayback({ jitter: 60 });
    const out = given(playback, {
      0: () => playback.push(ms(64)),
      64: () => playback.heard(64 * 16),
      100: () => playback.push(ms(64)),
      1000: () => playback.heard(128 * 16),
      5000: () => Array.from({ length: 30 }, () => playback.push(ms(32))),
    });
    expect(out.filter((line) => line.startsWith('5000'))).toHaveLength(30);
  });

  it('is playing from the first sample that comes until the last one has been heard, and says so before the speaker has any', () => {
    const playback = createPlayback({ jitter: 0 });
    const order: (boolean | string)[] = [];
    playback.playing.subscribe({ next: (now) => order.push(now), error: (error: unknown) => order.push(String(error)) });
    playback.audio.subscribe({ next: (pcm) => order.push(`${pcm.length} samples`), error: (error: unknown) => order.push(String(error)) });
    playback.push(new Int16Array(10));
    playback.heard(9);
    playback.push(new Int16Array(5));
    playback.heard(15);
    expect(order).toEqual([false, true, '10 samples', '5 samples', false]);
  });

  it('says what is still to be heard', () => {
    const heard: number[] = [];
    const playback = createPlayback({ jitter: 0, onHeard: (pcm) => heard.push(...pcm) });
    playback.push(Int16Array.of(1, 2, 3));
    playback.push(Int16Array.of(4, 5));
    playback.heard(2);
    expect([playback.pending(), heard]).toEqual([3, [1, 2]]);
    playback.heard(5);
    expect([playback.pending(), heard]).toEqual([0, [1, 2, 3, 4, 5]]);
  });

  it('drops what is more than it may keep, and says how much', () => {
    const playback = createPlayback({ jitter: 0, most: 100 });
    expect([playback.push(new Int16Array(80)), playback.push(new Int16Array(30)), playback.push(new Int16Array(20))]).toEqual([0, 30, 0]);
    expect(playback.pending()).toBe(100);
  });

  it('plays what is left before it ends', () => {
    const playback = createPlayback({ jitter: 60 });
    const out: (number | string)[] = [];
    playback.audio.subscribe({ next: (pcm) => out.push(pcm.length), error: (error: unknown) => out.push(String(error)), complete: () => out.push('complete') });
    playback.push(new Int16Array(10));
    playback.end();
    expect(out).toEqual([10, 'complete']);
  });
});
