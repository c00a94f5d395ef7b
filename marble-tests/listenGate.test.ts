import { BehaviorSubject, EMPTY, NEVER, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { listenGate } from '../operators/index.js';
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
