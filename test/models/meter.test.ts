import { describe, expect, it } from 'vitest';
import { meter, type Progress } from '../../src/models/meter.js';

function timed(total: number) {
  const news: Progress[] = [];
  let now = 0;
  const progress = meter(total, (each) => news.push(each), () => now);
  return { news, progress, at: (ms: number) => (now = ms) };
}

describe('the progress of a download', () => {
  it('tells bytes, speed and the time left', () => {
    const { news, progress, at } = timed(10_000);
    at(1000);
    progress.add('a', 2000);
    expect(news).toEqual([{ type: 'progress', file: 'a', received: 2000, total: 10_000, bytesPerSecond: 2000, secondsLeft: 4 }]);
  });

  it('is told at most five times a second, and always at the end', () => {
    const { news, progress, at } = timed(1000);
    for (let i = 1; i <= 1000; i++) {
      at(i);
      progress.add('a', 1);
    }
    expect(news).toHaveLength(6);
    expect(news.at(-1)).toMatchObject({ received: 1000, secondsLeft: 0 });
  });

  it('forgets how fast it was more than five seconds ago', () => {
    const { news, progress, at } = timed(1_000_000);
    at(1000);
    progress.add('a', 500_000);
    for (let second = 2; second <= 12; second++) {
      at(second * 1000);
      progress.add('a', 1000);
    }
    expect(news.at(-1)?.bytesPerSecond).toBe(1000);
  });

  it('does not take for speed what was there before', () => {
    const { news, progress, at } = timed(10_000);
    progress.set('a', 5000, true);
    expect(news[0]).toMatchObject({ received: 5000, bytesPerSecond: 0, secondsLeft: undefined });
    at(1000);
    progress.add('a', 1000);
    expect(news[1]).toMatchObject({ received: 6000, bytesPerSecond: 1000, secondsLeft: 4 });
  });
});
