import { NEVER, throwError, timer, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { lanes, marbles } from '../../operators/testing/index.js';
import { SpeechError } from '../../src/errors.js';
import { fallback, type FallbackNews } from '../../src/engines/fallback.js';

const worded = (news: FallbackNews): string =>
  (news.type === 'back' ? `${news.name} is back` : `${news.from} → ${news.to}, rests ${news.rest}: ${news.error.message}`);

/** A chain of engines by their diagrams, one of the list for every call, the last one stays. */
function chain(cold: (marbles: string) => Observable<string>, engines: Readonly<Record<string, readonly string[]>>, options: { late?: number; binding?: (said: string) => boolean } = {}) {
  const news: string[] = [];
  const calls: string[] = [];
  const links = Object.entries(engines).map(([name, diagrams]) => {
    let count = 0;
    return { name, call: () => {
      calls.push(name);
      return cold(diagrams[Math.min(count++, diagrams.length - 1)] ?? '');
    } };
  });
  const { late, binding } = options;
  const ask = fallback<string, string>(links, {
    stage: 'llm', rest: 100, restCap: 400, onNews: (one) => news.push(worded(one)),
    ...(late === undefined ? {} : { late: () => timer(late) }), ...(binding === undefined ? {} : { binding }),
  });
  return { ask, news, calls };
}

describe('fallback', () => {
  it('lets the next answer, in the same call, where the first fails before it has said anything', marbles(({ cold, expectObservable, flush }) => {
    const lane = lanes(`
      first   --#
      second    --a-b|
      said    ----a-b|
    `);
    const { ask, news } = chain(cold, { first: [lane('first')], second: [lane('second').trim()] });
    expectObservable(ask('?')).toBe(lane('said'));
    flush();
    expect(news).toEqual(['first → second, rests 100: error']);
  }));

  it('fails where the first fails after it has begun, and asks the next from then on', marbles(({ cold, expectObservable, flush }) => {
    const { ask, calls, news } = chain(cold, { first: ['-a-#'], second: ['-b|'] });
    expectObservable(ask('?')).toBe('-a-#');
    expectObservable(ask('?'), '----------^').toBe('-----------b|');
    flush();
    expect([calls, news]).toEqual([['first', 'second'], []]);
  }));

  it('does not ask one that rests, tries it with one call when its rest is over, and says that it is back', marbles(({ cold, expectObservable, flush }) => {
    const { ask, calls, news } = chain(cold, { first: ['#', '---a|'], second: ['-b|'] });
    const at = (ms: number, said: string): void => expectObservable(ask('?'), ` ${ms}ms ^`).toBe(`${ms}ms ${said}`);
    at(0, '-b|');
    at(99, '-b|');
    at(100, '---a|');
    at(101, '-b|'); // The trial is under way.
    at(110, '---a|');
    flush();
    expect(calls).toEqual(['first', 'second', 'second', 'first', 'second', 'first']);
    expect(news).toEqual(['first → second, rests 100: error', 'first is back']);
  }));

  it('doubles the rest while the trials fail, up to its cap', marbles(({ cold, expectObservable, flush }) => {
    const { ask, news } = chain(cold, { first: ['#'], second: ['-b|'] });
    for (const ms of [0, 100, 299, 300, 700, 1_100]) expectObservable(ask('?'), ` ${ms}ms ^`).toBe(`${ms}ms -b|`);
    flush();
    expect(news.map((one) => /\d+/.exec(one)?.[0])).toEqual(['100', '200', '400', '400', '400']);
  }));

  it('learns nothing from a call that nobody waits for any more, but that the next may try', marbles(({ cold, expectObservable, flush }) => {
    const { ask, calls, news } = chain(cold, { first: ['#', '---a|'], second: ['-b|'] });
    expectObservable(ask('?')).toBe('-b|');
    expectObservable(ask('?'), '100ms ^-!').toBe('');
    expectObservable(ask('?'), '110ms ^--').toBe('113ms a|');
    flush();
    expect([calls, news.at(-1)]).toEqual([['first', 'second', 'first', 'first'], 'first is back']);
  }));

  it('lets go of one that takes too long, and never of the last', marbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
    const slow = cold('------a|');
    const news: string[] = [];
    const ask = fallback<string, string>([{ name: 'slow', call: () => slow }, { name: 'slower', call: () => cold('---------b|') }], {
      stage: 'llm', rest: 100, late: () => timer(4), onNews: (one) => news.push(worded(one)),
    });
    expectObservable(ask('?')).toBe('-------------b|');
    expectSubscriptions(slow.subscriptions).toBe('^---!');
    flush();
    expect(news).toEqual(['slow → slower, rests 100: slow took too long.']);
  }));

  it('leaves one alone that began in time', marbles(({ cold, expectObservable }) => {
    const { ask } = chain(cold, { first: ['-a-----b|'], second: ['-c|'] }, { late: 4 });
    expectObservable(ask('?')).toBe('-a-----b|');
  }));

  it('takes over after what is not binding', marbles(({ cold, expectObservable }) => {
    const { ask } = chain(cold, { first: ['-a-#'], second: ['-B|'] }, { binding: (said) => said === said.toUpperCase() });
    expectObservable(ask('?')).toBe('-a--B|');
  }));

  it('asks those that rest after the others, and fails with the error of the last', marbles(({ cold, expectObservable, flush }) => {
    const { ask, calls } = chain(cold, { first: ['#', '-a|'], second: ['-b|', '#'], third: ['#'] });
    expectObservable(ask('?')).toBe('-b|');
    expectObservable(ask('?'), '10ms ^').toBe('11ms a|');
    flush();
    expect(calls).toEqual(['first', 'second', 'second', 'third', 'first']);
  }));

  it('fails as it did where there is no other', marbles(({ cold, expectObservable, flush }) => {
    const { ask, news } = chain(cold, { only: ['-#', '-a|'] });
    expectObservable(ask('?')).toBe('-#');
    expectObservable(ask('?'), '--^').toBe('---a|');
    flush();
    expect(news).toEqual(['only is back']);
  }));

  it('takes over from one that throws where it is called', marbles(({ cold, expectObservable }) => {
    const ask = fallback<string, string>([{ name: 'bad', call: () => { throw new Error('at once'); } }, { name: 'good', call: () => cold('-a|') }], { stage: 'tts' });
    expectObservable(ask('?')).toBe('-a|');
  }));

  it('names the stage of what is no SpeechError', () => {
    const errors: SpeechError[] = [];
    const ask = fallback<string, string>(
      [{ name: 'bad', call: () => throwError(() => new Error('oh')) }, { name: 'good', call: () => NEVER }],
      { stage: 'tts', onNews: (news) => { if (news.type === 'taken-over') errors.push(news.error); } },
    );
    ask('?').subscribe().unsubscribe();
    expect(errors).toMatchObject([{ name: 'SpeechError', stage: 'tts', code: 'tts-failed', message: 'oh' }]);
  });
});
