import { BehaviorSubject, EMPTY, map, NEVER, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { chunkify, listenGate } from '../operators/index.js';
import { lanes, marbles } from '../operators/testing/index.js';
import { laws } from './helpers/laws.js';

const STATES = { c: false, o: true };

describe('listenGate', () => {
  it('drops frames while closed', marbles(({ hot, expectObservable }) => {
    const lane = lanes(`
      frames  -a-b-c-d-e-f-|
      open    --c---o------
      heard   -a-----d-e-f-|
    `);
    expectObservable(hot(lane('frames')).pipe(listenGate(hot(lane('open'), STATES)))).toBe(lane('heard'));
  }));

  it('gives what it drops to onDrop', marbles(({ hot, expectObservable, flush }) => {
    const dropped: string[] = [];
    expectObservable(hot('-a-b-c-d-|').pipe(listenGate(hot('--c---o--', STATES), { onDrop: (value) => dropped.push(value) }))).toBe('-a-----d-|');
    flush();
    expect(dropped).toEqual(['b', 'c']);
  }));

  it('is ruled from the first value on by a gate that already has a state', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('(ab)-c|').pipe(listenGate(new BehaviorSubject(false)))).toBe('------|');
  }));

  it('lets go of the gate when the source completes', marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const gate = hot('--c---o---', STATES);
    expectObservable(hot('-a-|').pipe(listenGate(gate))).toBe('-a-|');
    expectSubscriptions(gate.subscriptions).toBe('^--!');
  }));

  it('lets go of the gate when unsubscribed, and when the source fails', marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
    const gate = cold<boolean>('------');
    expectObservable(hot('-a-a-a').pipe(listenGate(gate)), '^---!').toBe('-a-a-');
    expectObservable(hot('-a#').pipe(listenGate(gate))).toBe('-a#');
    expectSubscriptions(gate.subscriptions).toBe(['^---!', '^-!']);
  }));

  it('passes an error of the gate on and lets go of the source', marbles(({ hot, expectObservable, expectSubscriptions }) => {
    const frames = hot('-a-b-c-|');
    expectObservable(frames.pipe(listenGate(hot('----#')))).toBe('-a-b#');
    expectSubscriptions(frames.subscriptions).toBe('^---!');
  }));

  it('keeps the last state when the gate completes', marbles(({ hot, expectObservable }) => {
    expectObservable(hot('-a-b-c-|').pipe(listenGate(hot('--(c|)', STATES)))).toBe('-a-----|');
  }));

  it('may be closed by whoever hears a value, before the next one', () => {
    const gate = new BehaviorSubject(true);
    const heard: number[] = [];
    of(1, 2, 3).pipe(listenGate(gate)).subscribe({ next: (value) => { heard.push(value); gate.next(false); }, error: (error: unknown) => { throw error; } });
    expect(heard).toEqual([1]);
  });

  it('may be opened by whoever is told of a drop, for the next value', () => {
    const gate = new BehaviorSubject(false);
    const heard: number[] = [];
    of(1, 2, 3).pipe(listenGate(gate, { onDrop: () => gate.next(true) })).subscribe({ next: (value) => heard.push(value), error: (error: unknown) => { throw error; } });
    expect(heard).toEqual([2, 3]);
  });

  it('may be opened and closed again by one and the same value', () => {
    const gate = new BehaviorSubject(true);
    const heard: number[] = [];
    of(1, 2).pipe(listenGate(gate)).subscribe({
      next: (value) => { heard.push(value); gate.next(false); gate.next(true); },
      error: (error: unknown) => { throw error; },
    });
    expect(heard).toEqual([1, 2]);
  });

  it('stays as it is when opened or closed twice', marbles(({ hot, expectObservable }) => {
    expectObservable(hot('-a-b-c-d-e-|').pipe(listenGate(hot('o-o-c-c-o-o-', STATES)))).toBe('-a-b-----e-|');
  }));

  it('does not mind being closed after the values have completed', () => {
    const gate = new BehaviorSubject(true);
    const news: string[] = [];
    of('a').pipe(listenGate(gate)).subscribe({ next: (value) => news.push(value), error: () => news.push('#'), complete: () => news.push('|') });
    gate.next(false);
    gate.error(new Error('late'));
    expect(news).toEqual(['a', '|']);
  });

  it.each([
    ['closed in the middle of a frame, drops all of it', '--c', '--------y'],
    ['opened in the middle of a frame, lets all of it pass', 'c-o', '-----x--y'],
  ])('behind chunkify, %s', (_what, open, heard) => marbles(({ hot, expectObservable }) => {
    const segments = hot('-1---2--3', { 1: Uint8Array.of(1), 2: Uint8Array.of(2), 3: Uint8Array.of(3, 4) });
    const gate = hot(open.padEnd(6, '-') + (open.includes('o') ? '' : 'o'), STATES);
    const frames = segments.pipe(chunkify(2), listenGate(gate), map((frame) => frame.join()));
    expectObservable(frames).toBe(heard, { x: '1,2', y: '3,4' });
  })());

  it('fails when onDrop fails, and lets go of both', () => {
    const [frames, gate] = [new Subject<number>(), new BehaviorSubject(false)];
    const errors: unknown[] = [];
    frames.pipe(listenGate(gate, { onDrop: () => { throw new Error('full'); } })).subscribe({ error: (error: unknown) => errors.push(error) });
    frames.next(1);
    expect(errors).toEqual([new Error('full')]);
    expect([frames.observed, gate.observed]).toEqual([false, false]);
  });

  laws('listenGate', () => listenGate<string>(NEVER), ['a', 'b', 'c']);
  laws('listenGate with a gate that has completed', () => listenGate<string>(EMPTY), ['a', 'b', 'c']);
});
