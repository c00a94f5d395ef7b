import { EMPTY, finalize, map, NEVER, of, skip, Subject, throwError, timer, type Observable, type ObservableInput } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { bargeIn, type BargeInPolicy } from '../operators/index.js';
import { lanes, marbles } from '../operators/testing/index.js';
import { laws } from './helpers/laws.js';

interface Said { readonly name: string; readonly confirmed: ObservableInput<unknown> }

/** An utterance that is confirmed at once. */
const loud = (name: string): Said => ({ name, confirmed: of('c') });
const XYZ = { x: loud('x'), y: loud('y'), z: loud('z') };
const POLICIES = ['interrupt', 'ignore', 'queue'] as const;

describe('bargeIn', () => {
  it('interrupts an answer once the next utterance is confirmed', marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const lane = lanes(`
      utterances   -x----y-----|
      confirmed x   -c
      confirmed y        -c
      answer x       -a-a--a|
      answer y            -b-b|
      said         ---a-a--b-b-|
    `);
    const answers = { x: cold(lane('answer x')), y: cold(lane('answer y')) };
    const said = (name: 'x' | 'y') => ({ name, confirmed: cold(lane(`confirmed ${name}`)) });
    expectObservable(hot(lane('utterances'), { x: said('x'), y: said('y') }).pipe(bargeIn(({ name }) => answers[name]))).toBe(lane('said'));
    expectSubscriptions(answers.x.subscriptions).toBe('--^----!');
    expectSubscriptions(answers.y.subscriptions).toBe('-------^---!');
  }));

  // y comes during the answer to x, z after it would have ended.
  it.each<[policy: BargeInPolicy, said: string]>([
    ['interrupt', '--a-b----b--c----c-|'],
    ['ignore', '--a----a----c----c-|'],
    ['queue', '--a----a--b----b--c----c-|'],
  ])('has a policy: %s', (policy, said) => marbles(({ hot, cold, expectObservable }) => {
    const answers = new Map(Object.entries({ x: cold('-a----a-|'), y: cold('-b----b-|'), z: cold('-c----c-|') }));
    expectObservable(hot('-x-y-------z|', XYZ).pipe(bargeIn(({ name }) => answers.get(name)!, { policy }))).toBe(said);
  })());

  it.each(POLICIES)('does not let a false opening do anything to an answer (%s)', (policy) => marbles(({ hot, cold, expectObservable }) => {
    const utterances = hot('x--f|', { x: loud('x'), f: { name: 'f', confirmed: cold('--|') } });
    expectObservable(utterances.pipe(bargeIn(() => cold('-a----a|'), { policy }))).toBe('-a----a|');
  })());

  it('tells of what it ignores, beside the answer', marbles(({ hot, cold, expectObservable }) => {
    const said = hot('x--y-----z|', XYZ).pipe(bargeIn(() => cold('-a----a|'), { policy: 'ignore', ignored: ({ name }) => cold('-n', { n: `not ${name}` }) }));
    expectObservable(said).toBe('-a--n-a---a----a', { a: 'a', n: 'not y' });
  }));

  it('asks whether an utterance counts, and says whether an answer is under way', marbles(({ hot, cold, expectObservable, flush }) => {
    const asked: unknown[] = [];
    const counts = ({ name }: Said, answering: boolean): Observable<unknown> => {
      asked.push([name, answering]);
      return answering ? EMPTY : of(0);
    };
    expectObservable(hot('x--y---z-|', XYZ).pipe(bargeIn(({ name }) => cold('-n---|', { n: name }), { counts }))).toBe('-x------z---|');
    flush();
    expect(asked).toEqual([['x', false], ['y', true], ['z', false]]);
  }));

  it('can ask for more speech while it answers than while it listens', marbles(({ hot, cold, expectObservable }) => {
    interface Word extends Said { readonly frames: Observable<string> }
    const word = (name: string, frames: string): Word => ({ ...loud(name), frames: cold(frames) });
    const utterances = hot('x-y------z', { x: word('x', 's|'), y: word('y', 'ss|'), z: word('z', 'ssss|') });
    const counts = ({ frames }: Word, answering: boolean): Observable<unknown> => frames.pipe(skip(answering ? 2 : 0));
    expectObservable(utterances.pipe(bargeIn(({ name }: Word) => timer(1, 5).pipe(map(() => name)), { counts })), '^ 14ms !').toBe('-x----x----xz--');
  }));

  it('lets the old answer go before it asks for the new one', () => {
    const utterances = new Subject<Said>();
    const log: string[] = [];
    utterances.pipe(bargeIn(({ name }) => {
      log.push(`ask ${name}`);
      return NEVER.pipe(finalize(() => log.push(`drop ${name}`)));
    })).subscribe({ error: (error: unknown) => { throw error; } });
    utterances.next(loud('x'));
    utterances.next(loud('y'));
    expect(log).toEqual(['ask x', 'drop x', 'ask y']);
  });

  it('ignores only until the answer has ended', marbles(({ hot, cold, expectObservable }) => {
    const said = hot('x--y|', XYZ).pipe(bargeIn(() => cold('-a|'), { policy: 'ignore', ignored: () => of('no') }));
    expectObservable(said).toBe('-a--a|');
  }));

  it('fails when an answer fails or throws, and when the question whether one counts fails', marbles(({ hot, expectObservable }) => {
    const broken = new Error('broken');
    for (const policy of POLICIES) {
      expectObservable(hot('-x', XYZ).pipe(bargeIn(() => throwError(() => broken), { policy }))).toBe('-#', undefined, broken);
      expectObservable(hot('-x', XYZ).pipe(bargeIn(() => { throw broken; }, { policy }))).toBe('-#', undefined, broken);
      expectObservable(hot('-x', XYZ).pipe(bargeIn(() => NEVER, { policy, counts: () => throwError(() => broken) }))).toBe('-#', undefined, broken);
    }
  }));

  laws('bargeIn', () => bargeIn(({ name }: Said) => of(`${name}1`, `${name}2`)), [loud('x'), loud('y')]);
  for (const policy of POLICIES) laws(`bargeIn with the policy ${policy}`, () => bargeIn(({ name }: Said) => of(name), { policy }), [loud('x'), loud('y'), loud('z')]);
});
