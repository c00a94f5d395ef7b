import { BehaviorSubject, defer, filter, finalize, NEVER, of, switchMap, takeUntil, tap, type Observable, type ObservableInput, type OperatorFunction } from 'rxjs';
import { describe, it } from 'vitest';

import { bargeIn, listenGate, vadGate, watchdog, type Utterance } from '../../operators/index.js';
import { marbles } from '../../operators/testing/index.js';

/** Does not listen while it answers, and never for longer than `timeout` ms. */
function halfDuplex<F, A>(vad: () => (frame: F) => number, answer: (utterance: Utterance<F>) => ObservableInput<A>, timeout: number): OperatorFunction<F, A> {
  return (frames) => defer(() => {
    const open = new BehaviorSubject(true);
    const stuck = open.pipe(watchdog({ timeout }), filter(({ type }) => type === 'fired'));
    return frames.pipe(
      listenGate(open),
      vadGate(vad, { frameLength: 1, preRoll: 0, minSpeech: 2, minSilence: 2 }),
      bargeIn((utterance: Utterance<F>) => utterance.ended.pipe(
        tap(() => open.next(false)),
        switchMap(() => answer(utterance)),
        takeUntil(stuck),
        finalize(() => open.next(true)),
      )),
    );
  });
}

describe('a half duplex conversation', () => {
  const vad = () => (frame: string): number => (frame === 's' ? 1 : 0);

  it('drops what is said during the answer', marbles(({ hot, cold, expectObservable }) => {
    const frames = hot('sssqqsssqqqqsssqqqqq');
    expectObservable(frames.pipe(halfDuplex(vad, () => cold('--a--b|'), 30_000))).toBe('------a--b--------a--b');
  }));

  it('listens again when an answer hangs', marbles(({ hot, expectObservable }) => {
    let asked = 0;
    const answer = (): Observable<string> => (asked++ === 0 ? NEVER : of('a'));
    expectObservable(hot('sssqq----------sssqq').pipe(halfDuplex(vad, answer, 8))).toBe('-------------------a');
  }));
});
