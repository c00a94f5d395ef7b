import { concat, delay, ignoreElements, map, mergeMap, NEVER, of, Subject, timer, toArray, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { transcribe } from '../operators/index.js';
import { lanes, marbles } from '../operators/testing/index.js';
import { laws } from './helpers/laws.js';

interface Heard { text: string; final: boolean }
const partial = (text: string): Heard => ({ text, final: false });
const final = (text: string): Heard => ({ text, final: true });
const NO_WORDS = { text: '', final: true };

/** Collects an utterance and needs 2 ms for it. */
const batch = (utterance: Observable<string>): Observable<Heard> => utterance.pipe(toArray(), delay(2), map((frames) => final(frames.join(''))));

describe('transcribe', () => {
  it('passes partials on as they come, and one final for every utterance', marbles(({ hot, cold, expectObservable }) => {
    const lane = lanes(`
      utterances  --x-------y---|
      x             -ab|
      y                     -c-d|
      heard       ---ab--F---c-d--(F|)
    `);
    const utterances = hot<Observable<string>>(lane('utterances'), { x: cold(lane('x')), y: cold(lane('y')) });
    const streaming = (utterance: Observable<string>): Observable<Heard> => concat(utterance.pipe(map(partial)), of(final('F')).pipe(delay(2)));
    expectObservable(utterances.pipe(transcribe(streaming), map(({ text }) => text))).toBe(lane('heard'));
  }));

  it('calls the engine at the first frame, and gives it that frame too', marbles(({ hot, cold, expectObservable, flush }, scheduler) => {
    const calls: number[] = [];
    expectObservable(hot<Observable<string>>('-x', { x: cold('---ab|') }).pipe(transcribe((utterance: Observable<string>) => {
      calls.push(scheduler.now());
      return batch(utterance);
    }))).toBe('--------f', { f: final('ab') });
    flush();
    expect(calls).toEqual([4]);
  }));

  it('gives all frames of a hot utterance to an engine that subscribes late', marbles(({ hot, cold, expectObservable }) => {
    const slow = (utterance: Observable<string>): Observable<Heard> => timer(3).pipe(mergeMap(() => batch(utterance)));
    const utterance = hot('--abcdef|');
    expectObservable(cold<Observable<string>>('x', { x: utterance }).pipe(transcribe(slow))).toBe('----------f', { f: final('abcdef') });
  }));

  it('never calls the engine for an utterance without a frame, whose final is empty', marbles(({ hot, cold, expectObservable, flush }) => {
    let calls = 0;
    expectObservable(hot<Observable<string>>('-x', { x: cold('--|') }).pipe(transcribe(() => {
      calls++;
      return NEVER;
    }))).toBe('---n', { n: NO_WORDS });
    flush();
    expect(calls).toBe(0);
  }));

  it('makes an empty final where the engine completes without one', marbles(({ hot, cold, expectObservable }) => {
    const engine = (): Observable<Heard> => cold('-p-|', { p: partial('so') });
    expectObservable(hot<Observable<string>>('x-', { x: cold('a') }).pipe(transcribe(engine))).toBe('-p-n', { p: partial('so'), n: NO_WORDS });
  }));

  it('lets the engine and the utterance go after the final', marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const engine = cold('-f-g-', { f: final('yes'), g: final('no') });
    const utterance = cold('a-b-c-');
    expectObservable(hot<Observable<string>>('-x-', { x: utterance }).pipe(transcribe(() => engine))).toBe('--f', { f: final('yes') });
    expectSubscriptions(engine.subscriptions).toBe('-^!');
    expectSubscriptions(utterance.subscriptions).toBe('-^!');
  }));

  it('lets go of what a new utterance supersedes', marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const [x, y] = [cold('a----'), cold('b|')];
    const engines = { a: cold('-----f', { f: final('old') }), b: cold('-f', { f: final('new') }) };
    const engine = (utterance: Observable<string>): Observable<Heard> => utterance.pipe(mergeMap((frame) => (frame === 'a' ? engines.a : engines.b)));
    expectObservable(hot<Observable<string>>('-x-y-', { x, y }).pipe(transcribe(engine))).toBe('----f', { f: final('new') });
    expectSubscriptions(engines.a.subscriptions).toBe('-^-!');
    expectSubscriptions(x.subscriptions).toBe('-^-!');
  }));

  it('lets go of everything when unsubscribed', marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const [utterance, engine] = [cold('-a---'), cold<Heard>('-----')];
    expectObservable(hot<Observable<string>>('x', { x: utterance }).pipe(transcribe(() => engine)), '^--!').toBe('---');
    expectSubscriptions(engine.subscriptions).toBe('-^-!');
    expectSubscriptions(utterance.subscriptions).toBe('^--!');
  }));

  it('fails when the engine fails or throws, and when the utterance fails', marbles(({ hot, cold, expectObservable }) => {
    const broken = new Error('broken');
    const windows = (): Observable<Observable<string>> => hot<Observable<string>>('-x', { x: cold('a') });
    expectObservable(windows().pipe(transcribe(() => cold<Heard>('--#', undefined, broken)))).toBe('---#', undefined, broken);
    expectObservable(windows().pipe(transcribe(() => { throw broken; }))).toBe('-#', undefined, broken);
    expectObservable(hot<Observable<string>>('-x', { x: cold('a-#', undefined, broken) }).pipe(transcribe((utterance) => utterance.pipe(ignoreElements()))))
      .toBe('---#', undefined, broken);
  }));

  it('takes an engine that gives a promise', async () => {
    const heard: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      of(of('a')).pipe(transcribe(() => Promise.resolve(final('yes')))).subscribe({ next: (text) => heard.push(text), error: reject, complete: resolve });
    });
    expect(heard).toEqual([final('yes')]);
  });

  it('holds no frame of an utterance whose subscriber is gone', () => {
    const utterance = new Subject<string>();
    const subscription = of(utterance.asObservable()).pipe(transcribe(() => NEVER)).subscribe({ error: (error: unknown) => { throw error; } });
    utterance.next('a');
    expect(utterance.observed).toBe(true);
    subscription.unsubscribe();
    expect(utterance.observed).toBe(false);
  });

  laws('transcribe', () => transcribe((utterance: Observable<string>) => utterance.pipe(map(final))), [of('a'), of('b'), of('c')]);
});
