import { concat, from, interval, NEVER, Observable, of, tap, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Llm } from '../../src/engines.js';
import { SpeechError } from '../../src/errors.js';
import { compute } from './keeps.js';
import { llmContract, type LlmSubject } from './llm.js';

let working = 0;
/** Work that is counted as long as somebody wants it. */
const counted = (pieces: readonly string[]): Observable<string> => new Observable((subscriber) => {
  working++;
  subscriber.add(() => working--);
  const rest = [...pieces];
  const timer = setInterval(() => {
    const piece = rest.shift();
    if (piece === undefined) subscriber.complete();
    else subscriber.next(piece);
  }, 1);
  subscriber.add(() => clearInterval(timer));
});
const failed = new SpeechError('The server is gone.', { kind: 'stage', stage: 'llm', code: 'llm-unreachable' });
const sound: LlmSubject = { llm: () => counted(['Hel', 'lo']), failing: () => throwError(() => failed), working: () => working, patience: 200 };

/** Goes on whatever becomes of the subscription: a promise chain that nobody can stop. */
const deafToAbort: Llm = () => new Observable((subscriber) => {
  working++;
  const timer = setInterval(() => subscriber.next('more'), 1);
  setTimeout(() => { clearInterval(timer); working--; }, 400);
});

/** Aborting it rejects a promise that nobody looks at. */
const throwsLate = new Observable<string>((subscriber) => {
  subscriber.add(counted(['Hel', 'lo']).subscribe(subscriber));
  subscriber.add(() => void Promise.reject(new Error('aborted')));
});

const broken: Record<string, Partial<LlmSubject>[]> = {
  'answers in pieces of text and completes': [{ llm: () => concat(of('Hello'), NEVER) }, { llm: () => of('Hello', '', '.') }, { llm: () => of() }],
  'answers every subscriber afresh': [(() => { const once = ['Hello'].values(); return { llm: () => from(once) }; })()],
  'stops working when it has completed': [{ llm: () => { working++; setTimeout(() => working--, 400); return of('Hello'); } }],
  'leaves the event loop free while it works': [{ llm: () => counted(['Hel', 'lo']).pipe(tap(() => compute(250))) }],
  'says and throws nothing after the unsubscription, and stops working': [{ llm: deafToAbort }, { llm: () => throwsLate }],
  'stops when it is unsubscribed before the first piece': [{ llm: deafToAbort }, { llm: () => throwsLate }],
  'fails with a SpeechError of its stage': [
    { failing: () => throwError(() => new TypeError('fetch failed')) },
    { failing: () => of('as if nothing had happened') },
    { failing: () => throwError(() => new SpeechError('Wrong stage.', { kind: 'stage', stage: 'stt', code: 'stt-crashed' })) },
    { failing: () => interval(1_000).pipe(() => NEVER) },
  ],
};

describe('the contract of an LLM', () => {
  it.each(Object.keys(llmContract))('"%s" holds for a sound engine', async (promise) => {
    await llmContract[promise]!(sound);
  });
  it.each(Object.keys(llmContract).flatMap((promise) => broken[promise]!.map((engine, index) => [promise, index + 1, engine] as const)))(
    '"%s" fails for an engine that breaks it (%i)', async (promise, _, engine) => {
      await expect(llmContract[promise]!({ ...sound, ...engine })).rejects.toThrow();
      await expect.poll(() => working, { interval: 10 }).toBe(0);
    });
});
