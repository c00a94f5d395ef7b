import { interval, take, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { newClock } from '../../src/recording/clock.js';

describe('a clock that is told the time', () => {
  it('does what is due in order, each at its own time, and no more', () => {
    const clock = newClock(100);
    const done: string[] = [];
    for (const [name, ms] of [['late', 30], ['soon', 10], ['soon, too', 10], ['now', 0]] as const) {
      timer(ms, clock).subscribe({ next: () => done.push(`${name} ${clock.now()}`), error: done.push });
    }
    clock.advance(115);
    expect(done).toEqual(['now 100', 'soon 110', 'soon, too 110']);
    expect([clock.now(), clock.due()]).toEqual([115, 130]);
    clock.advance(50);
    expect(clock.now()).toBe(115);
  });

  it('keeps nothing of what is over, after however many ticks', () => {
    const clock = newClock(0);
    let ticks = 0;
    const ticking = interval(1, clock).subscribe({ next: () => (ticks += 1), error: () => undefined });
    clock.advance(200_000);
    expect(ticks).toBe(200_000);
    ticking.unsubscribe();
    expect(clock.due()).toBeUndefined();
  });

  it('lets go of what completes', () => {
    const clock = newClock(0);
    const heard: number[] = [];
    interval(5, clock).pipe(take(3)).subscribe({ next: (n) => heard.push(n), error: () => undefined });
    clock.advance(100);
    expect(heard).toEqual([0, 1, 2]);
    expect(clock.due()).toBeUndefined();
  });

  it('knows whole milliseconds only', () => {
    const clock = newClock(0);
    timer(1.2, clock).subscribe({ error: () => undefined });
    expect(clock.due()).toBe(2);
  });
});
