import { of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { chat } from '../operators/index.js';
import { lanes, marbles } from '../operators/testing/index.js';
import { laws } from './helpers/laws.js';

describe('chat', () => {
  it('answers one question after the other', marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const lane = lanes(`
      asked     -q---r-------|
      answer q   -a-b-c|
      answer r         -d-e|
      said      --a-b-c-d-e--|
    `);
    const [q, r] = [cold(lane('answer q')), cold(lane('answer r'))];
    expectObservable(hot(lane('asked')).pipe(chat((prompt: string) => (prompt === 'q' ? q : r), (asked) => asked))).toBe(lane('said'));
    expectSubscriptions(q.subscriptions).toBe('-^-----!');
    expectSubscriptions(r.subscriptions).toBe('-------^---!');
  }));

  it('makes the prompt when the turn of its question has come', marbles(({ hot, cold, expectObservable }) => {
    const history: string[] = [];
    const said = hot('qr|').pipe(chat((prompt: string) => {
      history.push(`answer to ${prompt}`);
      return cold('--(a|)', { a: prompt });
    }, (asked) => [...history, asked].join(', ')));
    expectObservable(said).toBe('--x-(y|)', { x: 'q', y: 'answer to q, r' });
  }));

  it('never sends a blank question to the model', marbles(({ hot, expectObservable, flush }) => {
    const prompts: string[] = [];
    expectObservable(hot('a-b-c-|', { a: '', b: ' \n', c: 'Why?' }).pipe(chat((prompt: string) => {
      prompts.push(prompt);
      return of('because');
    }, (asked) => asked))).toBe('----x-|', { x: 'because' });
    flush();
    expect(prompts).toEqual(['Why?']);
  }));

  it('drops empty pieces, but not those of white space', marbles(({ hot, cold, expectObservable }) => {
    expectObservable(hot('q|').pipe(chat(() => cold('abc|', { a: '', b: ' ', c: 'x' }), () => 0))).toBe('-bc|', { b: ' ', c: 'x' });
  }));

  it('aborts the answer when unsubscribed', marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const answer = cold('-a-b-c|');
    expectObservable(hot('-q---').pipe(chat(() => answer, () => 0)), '^---!').toBe('--a--');
    expectSubscriptions(answer.subscriptions).toBe('-^--!');
  }));

  it('fails when the model fails, whether it throws or errors', marbles(({ hot, expectObservable }) => {
    const down = new Error('down');
    expectObservable(hot('-q').pipe(chat(() => { throw down; }, () => 0))).toBe('-#', undefined, down);
    expectObservable(hot('-q').pipe(chat(() => throwError(() => down), () => 0))).toBe('-#', undefined, down);
  }));

  it('takes a model that is a plain list, a promise or an async iterable', async () => {
    const said: string[] = [];
    await new Promise<void>((resolve, reject) => {
      of('1', '2', '3').pipe(chat((prompt: string) => {
        if (prompt === '1') return ['a', 'b'];
        if (prompt === '2') return Promise.resolve('c');
        return (async function* () { yield 'd'; })();
      }, (asked) => asked)).subscribe({ next: (piece) => said.push(piece), error: reject, complete: resolve });
    });
    expect(said).toEqual(['a', 'b', 'c', 'd']);
  });

  laws('chat', () => chat((prompt: string) => of(`${prompt}1`, `${prompt}2`), (asked) => asked), ['q', 'r']);
});
