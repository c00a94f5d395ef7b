import { BehaviorSubject, map, of, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { watchdog } from '../operators/index.js';
import { lanes, marbles } from '../operators/testing/index.js';
import { laws } from './helpers/laws.js';

const STATES = { f: false, t: true };
const letters = map((news: { type: string; remaining?: number }) => (news.type === 'fired' ? 'X' : String(news.remaining)));

describe('watchdog', () => {
  it('counts down while the gate is closed and fires once', marbles(({ hot, expectObservable }) => {
    const lane = lanes(`
      open  --f--t---f--f-----t---|
      news  --6-4----6-4-2-X------|
    `);
    expectObservable(hot(lane('open'), STATES).pipe(watchdog({ timeout: 6, tick: 2 }), letters)).toBe(lane('news'));
  }));

  it('fires at exactly 30 seconds by default, and not a moment later', marbles(({ hot, expectObservable }) => {
    const fired = hot('-f 40s f', STATES).pipe(watchdog(), map((news) => (news.type === 'fired' ? news.closedFor : 0)));
    const ticks = ' 999ms 0'.repeat(29);
    expectObservable(fired).toBe(`-0${ticks} 999ms X`, { 0: 0, X: 30_000 });
  }));

  it('counts every second by default', marbles(({ hot, expectObservable }) => {
    const news = hot('f 1500ms t', STATES).pipe(watchdog());
    expectObservable(news).toBe('a 999ms b', { a: { type: 'counting', remaining: 30_000 }, b: { type: 'counting', remaining: 29_000 } });
  }));

  it('starts a full countdown after it was open again, fired or not', marbles(({ hot, expectObservable }) => {
    expectObservable(hot('f-----t-f-----', STATES).pipe(watchdog({ timeout: 4, tick: 10 }), letters)).toBe('4---X---4---X');
  }));

  it('ends when the gate has ended: open at once, closed after its countdown', marbles(({ hot, expectObservable }) => {
    expectObservable(hot('-t-|', STATES).pipe(watchdog())).toBe('---|');
    expectObservable(hot('-(f|)', STATES).pipe(watchdog({ timeout: 4, tick: 2 }), letters)).toBe('-4-2-(X|)');
  }));

  it('never says that less than nothing remains', marbles(({ hot, expectObservable }) => {
    expectObservable(hot('f', STATES).pipe(watchdog({ timeout: 5, tick: 3 }), letters)).toBe('5--2-X');
  }));

  it('stops its timers when unsubscribed', marbles(({ hot, expectObservable }) => {
    expectObservable(hot('f', STATES).pipe(watchdog({ timeout: 6, tick: 2 }), letters), '^--!').toBe('6-4-');
  }));

  it('does not start anew when the gate is closed twice, or opened twice', marbles(({ hot, expectObservable }) => {
    expectObservable(hot('f--f---t-t-f-', STATES).pipe(watchdog({ timeout: 6, tick: 10 }), letters)).toBe('6-----X----6-----X');
  }));

  it('is stopped by the one who opens the gate on its news, and may be started by him again', () => {
    const scheduler = new VirtualTimeScheduler();
    const gate = new BehaviorSubject(false);
    const news: string[] = [];
    const subscription = gate.pipe(watchdog({ timeout: 6, tick: 10, scheduler }), letters).subscribe({
      next: (letter) => {
        news.push(`${scheduler.now()} ${letter}`);
        if (letter !== 'X') return;
        gate.next(true);
        gate.next(news.length > 3);
      },
      error: (error: unknown) => { throw error; },
    });
    scheduler.flush();
    expect(news).toEqual(['0 6', '6 X', '6 6', '12 X']);
    expect(gate.value).toBe(true);
    subscription.unsubscribe();
  });

  it('says nothing after a gate that has completed open', marbles(({ hot, expectObservable }) => {
    expectObservable(hot('f-(t|)', STATES).pipe(watchdog({ timeout: 3, tick: 10 }), letters)).toBe('3-|');
  }));

  it('passes an error of the gate on in the middle of its countdown, and stops it', marbles(({ hot, expectObservable }) => {
    expectObservable(hot('f--#', STATES).pipe(watchdog({ timeout: 6, tick: 2 }), letters)).toBe('6-4#');
  }));

  it.each([0, -1, NaN])('refuses a timeout or a tick of %d', (ms) => {
    expect(() => watchdog({ timeout: ms })).toThrow(new RangeError(`watchdog: the timeout must be above 0 ms, not ${ms}.`));
    expect(() => watchdog({ tick: ms })).toThrow(new RangeError(`watchdog: the tick must be above 0 ms, not ${ms}.`));
  });

  it('says that it counts at once, without waiting for a tick', () => {
    const news: unknown[] = [];
    of(false, true).pipe(watchdog()).subscribe({ next: (value) => news.push(value), error: (error: unknown) => { throw error; } });
    expect(news).toEqual([{ type: 'counting', remaining: 30_000 }]);
  });

  laws('watchdog', () => watchdog({ timeout: 6, tick: 2 }), [false, true, false, true], [true, false, true]);
});
