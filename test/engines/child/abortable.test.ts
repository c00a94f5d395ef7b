import { of, Subject, throwError } from 'rxjs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { abortable } from '../../../src/engines/abortable.js';
import { all, first } from '../../fixtures/all.js';

describe('abortable', () => {
  it('emits what the work yields and completes with it', async () => {
    const letters = abortable(async function* () { yield 'a'; yield 'b'; });
    expect(await all(letters)).toEqual(['a', 'b']);
    expect(await first(abortable(() => Promise.resolve('c')))).toBe('c');
    expect(await first(abortable(() => of('d')))).toBe('d');
  });

  it('aborts on the unsubscription itself, not a tick later', () => {
    let signal: AbortSignal | undefined;
    const subscription = abortable((given) => { signal = given; return new Promise(() => undefined); }).subscribe();
    expect(signal?.aborted).toBe(false);
    subscription.unsubscribe();
    expect(signal?.aborted).toBe(true);
  });

  it('aborts before the source is torn down', () => {
    const order: string[] = [];
    const source = new Subject<number>();
    abortable((signal) => {
      signal.addEventListener('abort', () => order.push(source.observed ? 'abort, source still there' : 'abort, source gone'));
      return source;
    }).subscribe().unsubscribe();
    expect(order).toEqual(['abort, source still there']);
  });

  it('says nothing after the unsubscription, the abort error included', async () => {
    const news: unknown[] = [];
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const subscription = abortable((signal) => sleep(60_000, 'late', { signal })).subscribe({ next: (value) => news.push(value), error: (error: unknown) => news.push(error) });
    subscription.unsubscribe();
    await sleep(5);
    process.off('unhandledRejection', note);
    expect([news, unhandled]).toEqual([[], []]);
  });

  it('passes on every other error, thrown or emitted', async () => {
    await expect(all(abortable(() => { throw new Error('at once'); }))).rejects.toThrow('at once');
    await expect(all(abortable(() => Promise.reject(new Error('later'))))).rejects.toThrow('later');
    await expect(all(abortable(() => throwError(() => new Error('emitted'))))).rejects.toThrow('emitted');
  });

  it('begins afresh for every subscriber', async () => {
    let runs = 0;
    const work = abortable(() => Promise.resolve(++runs));
    expect([await first(work), await first(work)]).toEqual([1, 2]);
  });
});
