import { concat, map, of, Subject, take, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { atOnce } from '../operators/atOnce.js';
import { marbles } from '../operators/testing/index.js';
import { laws } from './helpers/laws.js';

const letters = (word: string, emit: (letter: string) => void): void => Array.from(word).forEach((letter) => emit(letter));
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

  it('takes nothing more up once nobody listens', () => {
    const words = new Subject<string>();
    const begun: string[] = [];
    const heard: string[] = [];
    words.pipe(atOnce<string, string>((word, emit) => { begun.push(word); letters(word, emit); }), take(2))
      .subscribe({ next: (letter) => { heard.push(letter); if (letter === 'a') words.next('xy'); }, error: thrown });
    words.next('abc');
    expect([heard.join(''), begun]).toEqual(['ab', ['abc']]);
    expect(words.observed).toBe(false);
  });

  it('emits what is left at completion, in the tick of it, and nothing of it after an error', marbles(({ hot, expectObservable }) => {
    const keep = (): ReturnType<typeof atOnce<string, string>> => atOnce<string, string>(letters, (emit) => letters('yz', emit));
    expectObservable(hot('-a-|').pipe(keep())).toBe('-a-(yz|)');
    expectObservable(hot('-a-#').pipe(keep())).toBe('-a-#');
  }));

  it('fails where a step fails, after what the step gave before', () => {
    const half = (word: string, emit: (letter: string) => void): void => {
      emit(word);
      throw new Error('broken');
    };
    const heard: unknown[] = [];
    concat(of('a'), throwError(() => new Error('too late'))).pipe(atOnce(half)).subscribe({ next: (letter) => heard.push(letter), error: (error: unknown) => heard.push(error) });
    expect(heard).toEqual(['a', new Error('broken')]);
  });

  laws('atOnce', () => atOnce(letters), ['ab', '', 'c'], ['d']);
});
