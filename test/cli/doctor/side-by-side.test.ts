import { defer, EMPTY, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { good, working } from '../../../cli/doctor/finding.js';
import type { Finding, Working } from '../../../cli/doctor/finding.js';
import { sideBySide } from '../../../cli/doctor/side-by-side.js';
import { SpeechError } from '../../../src/errors.js';

type News = Finding | Working;

function started() {
  const [first, second] = [new Subject<News>(), new Subject<News>()];
  const seen: string[] = [];
  const subscription = sideBySide({ first, second }).subscribe({
    next: (news) => seen.push(news.type === 'finding' ? news.id : `(${news.text})`),
    complete: () => seen.push('complete'),
    error: (error: unknown) => seen.push(String(error)),
  });
  return { first, second, seen, subscription };
}

describe('checks side by side', () => {
  it('are told in their order, whichever is the first to be through', () => {
    const { first, second, seen } = started();
    second.next(good('second.a', ''));
    first.next(good('first.a', ''));
    second.complete();
    first.next(good('first.b', ''));
    first.complete();
    expect(seen.filter((news) => !news.startsWith('('))).toEqual(['first.a', 'first.b', 'second.a', 'complete']);
  });

  it('tell at once what they are all busy with, and when one no longer is', () => {
    const { first, second, seen } = started();
    second.next(working('reading'));
    first.next(working('listening'));
    second.complete();
    first.complete();
    expect(seen).toEqual(['(reading)', '(reading · listening)', '(listening)', '()', 'complete']);
  });

  it('go on where one of them errors, which is a finding', () => {
    const { first, second, seen } = started();
    first.error(new SpeechError('lost', { kind: 'device', code: 'device-lost' }));
    second.next(good('second.a', ''));
    second.complete();
    expect(seen.filter((news) => !news.startsWith('('))).toEqual(['first.failed', 'second.a', 'complete']);
  });

  it('are all let go together', () => {
    const { first, second, subscription } = started();
    subscription.unsubscribe();
    expect([first.observed, second.observed]).toEqual([false, false]);
  });

  it('are each made once', () => {
    let times = 0;
    const once = defer(() => {
      times += 1;
      return EMPTY;
    });
    sideBySide({ one: once, two: EMPTY }).subscribe({ error: () => undefined });
    expect(times).toBe(1);
  });
});
