import { concat, map, NEVER, Observable, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { synthesize, type Spoken } from '../operators/index.js';
import { lanes, marbles } from '../operators/testing/index.js';
import { laws } from './helpers/laws.js';

const audio = map(({ audio: heard }: Spoken<string>) => heard);

describe('synthesize', () => {
  it('makes the next piece while one is delivered, and delivers in order', marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const lane = lanes(`
      texts    abc---------|
      voice a  --1--2--|
      voice b   --3-|
      voice c          -4|
      spoken   --1--2--34--|
    `);
    const voices = new Map(['a', 'b', 'c'].map((text) => [text, cold(lane(`voice ${text}`))]));
    expectObservable(hot(lane('texts')).pipe(synthesize((text) => voices.get(text)!), audio)).toBe(lane('spoken'));
    expectSubscriptions(voices.get('a')!.subscriptions).toBe('^-------!');
    expectSubscriptions(voices.get('b')!.subscriptions).toBe('-^---!');
    expectSubscriptions(voices.get('c')!.subscriptions).toBe('--------^-!');
  }));

  it('says which piece a stretch of audio belongs to', marbles(({ hot, cold, expectObservable }) => {
    expectObservable(hot('a--b-|').pipe(synthesize(() => cold('x|')))).toBe('x--y-|', {
      x: { text: 'a', index: 0, audio: 'x' }, y: { text: 'b', index: 1, audio: 'x' },
    });
  }));

  it('makes one piece after the other where it may not look ahead', marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const voice = cold('-x-|');
    expectObservable(hot('(abc|)').pipe(synthesize(() => voice, { ahead: 0 }), audio)).toBe('-x--x--x-|');
    expectSubscriptions(voice.subscriptions).toBe(['^--!', '---^--!', '------^--!']);
  }));

  it('never makes more pieces ahead than it may, however quickly they are made', marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const [slow, quick] = [cold('-------x|'), cold('(y|)')];
    expectObservable(hot('(abcd|)').pipe(synthesize((text) => (text === 'a' ? slow : quick), { ahead: 2 }), audio)).toBe('-------x(yyy|)');
    expectSubscriptions(quick.subscriptions).toBe(['(^!)', '(^!)', '--------(^!)']);
  }));

  it('lets an error wait until the pieces before it were delivered', marbles(({ hot, cold, expectObservable }) => {
    const broken = new Error('broken');
    expectObservable(hot('(ab|)').pipe(synthesize((text) => (text === 'a' ? cold('--x--y|') : cold('-z#', undefined, broken))), audio))
      .toBe('--x--y(z#)', undefined, broken);
    expectObservable(hot('(ab|)').pipe(synthesize((text) => {
      if (text === 'b') throw broken;
      return cold('--x|');
    }), audio)).toBe('--x#', undefined, broken);
  }));

  it('makes nothing more after an error', marbles(({ hot, expectObservable, flush }) => {
    const made: string[] = [];
    expectObservable(hot('(abc|)').pipe(synthesize((text) => {
      made.push(text);
      return throwError(() => 'error');
    }))).toBe('#');
    flush();
    expect(made).not.toContain('c');
  }));

  it('cancels everything in the making when unsubscribed', marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const voice = cold('-----x|');
    expectObservable(hot('(abc)').pipe(synthesize(() => voice), audio), '^--!').toBe('---');
    expectSubscriptions(voice.subscriptions).toBe(['^--!', '^--!']);
  }));

  it('passes an error of the text on at once', marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
    const voice = cold('-x---x|');
    expectObservable(hot('a--#').pipe(synthesize(() => voice), audio)).toBe('-x-#');
    expectSubscriptions(voice.subscriptions).toBe('^--!');
  }));

  it('skips a piece of which nothing can be heard', marbles(({ hot, cold, expectObservable }) => {
    expectObservable(hot('(abc|)').pipe(synthesize((text) => (text === 'b' ? cold('|') : cold('-x|'))), audio)).toBe('-x-x|');
  }));

  it('speaks a thousand pieces of a synchronous voice in order, without a stack of their size', () => {
    const texts = Array.from({ length: 1_000 }, (_, index) => String(index));
    const heard: string[] = [];
    of(...texts).pipe(synthesize((text) => of(text)), audio).subscribe({ next: (text) => heard.push(text), error: (error: unknown) => { throw error; } });
    expect(heard).toEqual(texts);
  });

  it.each([-1, 0.5, NaN])('refuses to look %d pieces ahead', (ahead) => {
    expect(() => synthesize(() => NEVER, { ahead })).toThrow(new RangeError(`synthesize: ahead must be a whole number of pieces from 0, not ${ahead}.`));
  });

  it('starts no voice once its listener has had enough', () => {
    const made: string[] = [];
    const subscription = concat(of('a', 'b', 'c'), NEVER).pipe(synthesize((text) => new Observable<string>((subscriber) => {
      made.push(text);
      subscriber.next(text);
      return () => made.push(`no ${text}`);
    }))).subscribe({ error: (error: unknown) => { throw error; } });
    expect(made).toEqual(['a', 'b']);
    subscription.unsubscribe();
    expect(made).toEqual(['a', 'b', 'no a', 'no b']);
  });

  laws('synthesize', () => synthesize((text: string) => of(`${text}1`, `${text}2`)), ['a', 'b', 'c']);
});
