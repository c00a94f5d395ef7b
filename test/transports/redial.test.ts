import { concat, defer, ignoreElements, NEVER, of, Subject, throwError, timer, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { redial, type RedialOptions } from '../../src/transports/redial.js';

const down = throwError(() => new Error('down'));
const always = (part: number) => (): number => part;

/** What is told in so many ms of virtual time: `at: news`. */
function told(dial: (now: () => number, dialled: number) => Observable<unknown>, ms: number, options: RedialOptions = {}, hurries: readonly number[] = []): string[] {
  const out: string[] = [];
  const now = new Subject<void>();
  const scheduler = new TestScheduler(() => undefined);
  scheduler.run(({ flush }) => {
    let dialled = 0;
    const line = redial(defer(() => dial(() => scheduler.now(), ++dialled)), (name) => of(`talk ${String(name)}`), { random: always(1), scheduler, now, ...options });
    for (const at of hurries) scheduler.schedule(() => now.next(), at);
    const subscription = line.subscribe({
      next: (news) => out.push(`${scheduler.now()}: ${typeof news === 'string' ? news : news.type === 'dialling' ? `dial ${news.attempt}` : `over ${news.lasted ?? '-'}, ${news.retryIn ?? 'for good'}`}`),
      error: (error: unknown) => out.push(String(error)),
      complete: () => out.push(`${scheduler.now()}: complete`),
    });
    scheduler.schedule(() => subscription.unsubscribe(), ms);
    flush();
  });
  return out;
}

const waits = (lines: readonly string[]): number[] => lines.flatMap((line) => / over .*, (\d+)/.exec(line)?.[1] ?? []).map(Number);

describe('a line that is kept up', () => {
  it('is dialled again after 250 ms, twice that, and so on up to 8 s, at the most', () => {
    expect(waits(told(() => down, 39_000))).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000, 8000]);
  });

  it.each([0.02, 0.3, 0.7])('waits any part of that, by chance: %d', (part) => {
    expect(waits(told(() => down, 12_000, { random: always(part), most: 1000 })).slice(0, 4)).toEqual([250, 500, 1000, 1000].map((most) => Math.round(most * part)));
  });

  it('R20: tells one line a step, however long the server is away, and talks to it within 8 s of its coming back', () => {
    const back = 60_000;
    const lines = told((now) => (now() < back ? down : concat(of('again'), NEVER)), 100_000);
    const steps = lines.filter((line) => line.includes('over'));
    expect(steps.length).toBeLessThan(15);
    const [last] = lines.slice(-1);
    expect(last).toMatch(/talk again$/);
    expect(Number.parseInt(last!, 10)).toBeGreaterThanOrEqual(back);
    expect(Number.parseInt(last!, 10)).toBeLessThanOrEqual(back + 8_000);
  });

  it.each([['ends', of('briefly')], ['breaks', concat(of('briefly'), down)]])('waits longer and longer for a server that accepts and %s at once', (_how, line) => {
    expect(waits(told(() => line, 39_000))).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000, 8000]);
  });

  it('waits little again after a line that lasted', () => {
    const lasting = (ms: number) => concat(of('well'), timer(ms).pipe(ignoreElements()), down);
    const lines = told((_now, dialled) => (dialled === 4 ? lasting(2_001) : down), 10_000);
    expect(waits(lines).slice(0, 6)).toEqual([250, 500, 1000, 250, 500, 1000]);
    expect(waits(told((_now, dialled) => (dialled === 4 ? lasting(1_999) : down), 10_000)).slice(0, 5)).toEqual([250, 500, 1000, 2000, 4000]);
  });

  it('does not wait on where it is told not to, however long the wait is by then, and waits as long after that', () => {
    expect(told(() => down, 20_000, {}, [10_000, 11_000]).slice(10)).toEqual([
      '7750: dial 5', '7750: over -, 8000', '10000: dial 6', '10000: over -, 8000', '11000: dial 7', '11000: over -, 8000', '19000: dial 8', '19000: over -, 8000',
    ]);
  });

  it('is left alone by that while it lasts', () => {
    expect(told(() => concat(of('well'), NEVER), 1_000, {}, [500])).toEqual(['0: dial 0', '0: talk well']);
  });

  it('completes where it is not to be tried again', () => {
    expect(told(() => of('once'), 1000, { again: () => false })).toEqual(['0: dial 0', '0: talk once', '0: over 0, for good', '0: complete']);
  });

  it('leaves no timer when it is let go', () => {
    expect(told(() => down, 100)).toEqual(['0: dial 0', '0: over -, 250']);
  });
});
