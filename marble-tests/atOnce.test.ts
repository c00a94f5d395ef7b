import { concat, from, map, of, Subject, take, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { atOnce } from '../operators/atOnce.js';
import { marbles } from '../operators/testing/index.js';
import { laws } from './helpers/laws.js';

const letters = (word: string): string[] => Array.from(word);
const thrown = (error: unknown): never => { throw error; };

describe('atOnce', () => {
  it('emits what a step gives in the tick of its value', marbles(({ hot, expectObservable }) => {
    const words = hot('-a---b-c|').pipe(map((name) => ({ a: 'xy', b: '', c: 'z' })[name] ?? ''));
    expectObservable(words.pipe(atOnce(letters))).toBe('-(xy)--z|');
  }));

  it('lets a value that a listener sends wait until the one before has been dealt with', () => {
    const words = new Subject<string>();
    const heard: string[] = [];
    words.pipe(atOnce(letters)).subscribe({ next: (letter) => { heard.push(letter); if (letter === 'a') words.next('xy'); }, error: thrown });
    words.next('abc');
    expect(heard.join('')).toBe('abcxy');
  });

  it('completes after everything it was given, also where a listener completes the source', () => {
    const words = new Subject<string>();
    const heard: string[] = [];
    words.pipe(atOnce(letters)).subscribe({
      next: (letter) => {
        heard.push(letter);
        if (letter !== 'a') return;
        words.next('xy');
        words.complete();
      },
      error: thrown,
      complete: () => heard.push('|'),
    });
    words.next('abc');
    expect(heard.join('')).toBe('abcxy|');
  });

  it('goes no further with a generator once nobody listens', () => {
    const begun: string[] = [];
    function* spell(word: string): Generator<string> {
      for (const letter of word) {
        begun.push(letter);
        yield letter;
      }
    }
    const heard: string[] = [];
    from(['abc', 'd']).pipe(atOnce(spell), take(2)).subscribe({ next: (letter) => heard.push(letter), error: thrown });
    expect([heard.join(''), begun.join('')]).toEqual(['ab', 'ab']);
  });

  it('fails where a step fails, after what the step gave before', () => {
    function* half(word: string): Generator<string> {
      yield word;
      throw new Error('broken');
    }
    const heard: unknown[] = [];
    concat(of('a'), throwError(() => new Error('too late'))).pipe(atOnce(half)).subscribe({ next: (letter) => heard.push(letter), error: (error: unknown) => heard.push(error) });
    expect(heard).toEqual(['a', new Error('broken')]);
  });

  laws('atOnce', () => atOnce(letters), ['ab', '', 'c'], ['d']);
});
