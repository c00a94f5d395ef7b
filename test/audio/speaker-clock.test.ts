import { asyncScheduler, concat, EMPTY, from, NEVER, Observable, of, throwError, type Observer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { inRealTime, sampleClock } from '../../src/audio/clock.js';
import { clockedSink, type AudioOut } from '../../src/audio/clocked-sink.js';

afterEach(() => {
  vi.useRealTimers();
});

const ms = (count: number, value = 5): Int16Array => new Int16Array(count * 16).fill(value);

/** Runs `act` in virtual time; what it returns is read when all timers are through. */
function virtually<T>(act: (at: () => number) => T): T {
  let result: T | undefined;
  new TestScheduler(() => undefined).run(({ flush }) => {
    const start = asyncScheduler.now();
    result = act(() => asyncScheduler.now() - start);
    flush();
  });
  return result as T;
}

const watch = <T>(next: (value: T) => void, out: unknown[] = []): Observer<T> => ({ next, error: (error: unknown) => out.push(error), complete: () => out.push('complete') });

describe('the clock of samples', () => {
  it('counts 16 samples a millisecond, and makes up for a late timer', () => {
    vi.useFakeTimers();
    const counts: number[] = [];
    const clock = sampleClock(20).subscribe(watch((count) => counts.push(count)));
    vi.advanceTimersByTime(40);
    vi.setSystemTime(Date.now() + 500);
    vi.advanceTimersByTime(20);
    expect(counts).toEqual([320, 640, 640 + 520 * 16]);
    clock.unsubscribe();
  });

  it.each([['forward', 3_600_000], ['back', -3_600_000]])('takes a clock that is set %s for one tick', (_way, jump) => {
    vi.useFakeTimers();
    const counts: number[] = [];
    const clock = sampleClock(20).subscribe(watch((count) => counts.push(count)));
    vi.setSystemTime(Date.now() + jump);
    vi.advanceTimersByTime(40);
    expect(counts).toEqual([320, 640]);
    clock.unsubscribe();
  });

  it('gives out a chunk when its last sample could have been recorded', () => {
    const out = virtually((at) => {
      const times: unknown[] = [];
      inRealTime([ms(32), ms(32), ms(10)][Symbol.iterator]()).subscribe(watch((chunk) => times.push(`${at()}: ${chunk.length / 16}`), times));
      return times;
    });
    expect(out).toEqual(['40: 32', '80: 32', '80: 10', 'complete']);
  });
});

describe('a speaker with a clock', () => {
  const keeper = (written: string[], at: () => number, drain: AudioOut['drain'] = () => EMPTY): Observable<AudioOut> =>
    concat(of({ drain, write: (pcm: Int16Array) => written.push(`${at()}: ${pcm.length / 16}${Math.abs(pcm[0] ?? 0) > 1 ? '' : ' noise'}`) }), NEVER);

  it('gives out no more than its lead ahead of time', () => {
    const written = virtually((at) => {
      const list: string[] = [];
      clockedSink(keeper(list, at), { lead: 60 })(of(ms(100))).subscribe(watch(() => undefined));
      return list;
    });
    expect(written).toEqual(['0: 60', '20: 20', '40: 20']);
  });

  it('tells how much has been heard, and completes when all of it was, and was played out', () => {
    const out = virtually((at) => {
      const list: unknown[] = [];
      clockedSink(keeper([], at, () => new Observable<never>((drained) => asyncScheduler.schedule(() => drained.complete(), 30))), { latency: 40 })(of(ms(80)))
        .subscribe(watch((count) => list.push(`${at()}: ${count / 16}`), list));
      asyncScheduler.schedule(() => list.push(`now ${at()}`), 149);
      asyncScheduler.schedule(() => list.push(`now ${at()}`), 151);
      return list;
    });
    expect(out).toEqual(['20: 0', '60: 20', '80: 40', '100: 60', '120: 80', 'now 149', 'complete', 'now 151']);
  });

  it('plays what comes after a pause at once', () => {
    const written = virtually((at) => {
      const list: string[] = [];
      const audio = new Observable<Int16Array>((subscriber) => {
        subscriber.next(ms(20));
        asyncScheduler.schedule(() => {
          subscriber.next(ms(20));
          subscriber.complete();
        }, 1000);
      });
      clockedSink(keeper(list, at))(audio).subscribe(watch(() => undefined));
      return list;
    });
    expect(written).toEqual(['0: 20', '1000: 20']);
  });

  it('fills pauses with a little less noise than time passes', () => {
    vi.useFakeTimers();
    let samples = 0;
    let loudest = 0;
    const out = concat(of<AudioOut>({
      drain: () => EMPTY,
      write: (pcm) => {
        samples += pcm.length;
        for (const sample of pcm) loudest = Math.max(loudest, Math.abs(sample));
      },
    }), NEVER);
    const playing = clockedSink(out, { dither: true })(NEVER).subscribe(watch(() => undefined));
    vi.advanceTimersByTime(1_980);
    // While it may still be waking up, noise would wait there before the first word.
    expect(samples).toBeGreaterThan(0);
    expect(samples).toBeLessThanOrEqual(1_600);
    samples = 0;
    vi.advanceTimersByTime(10_000);
    expect(loudest).toBe(1);
    expect(samples / 160_000).toBeGreaterThan(0.94);
    expect(samples / 160_000).toBeLessThan(0.96);
    playing.unsubscribe();
  });

  it('passes on that the output was lost, and closes it when it is silenced', () => {
    const lost = new Error('lost');
    const out: unknown[] = [];
    clockedSink(concat(of({ write: () => undefined, drain: () => EMPTY }), throwError(() => lost)))(NEVER).subscribe(watch(() => undefined, out));
    expect(out).toEqual([lost]);

    let open = false;
    const output = new Observable<AudioOut>((subscriber) => {
      open = true;
      subscriber.next({ write: () => undefined, drain: () => EMPTY });
      return () => {
        open = false;
      };
    });
    const playing = clockedSink(output)(concat(from([ms(1000)]), NEVER)).subscribe(watch(() => undefined));
    expect(open).toBe(true);
    playing.unsubscribe();
    expect(open).toBe(false);
  });
});
