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

  it('takes audio after a longer silence for a new reply', () => {
    const playback = createPlayback({ jitter: 60 });
    given(playback, { 0: () => playback.push(ms(64)), 64: () => playback.heard(64 * 16), 400: () => playback.push(ms(64)) });
    expect(playback.underruns()).toBe(0);
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
