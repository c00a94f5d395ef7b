import { catchError, concat, concatMap, EMPTY, ignoreElements, last, map, mergeMap, NEVER, Observable, of, throwError, timer, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { FRAME_SAMPLES, type Frame, type Stt, type Transcript } from '../../src/engines.js';
import { SpeechError } from '../../src/errors.js';
import { collected } from '../../src/engines/stt/collected.js';
import { compute } from './keeps.js';
import { sttContract, type SttSubject } from './stt.js';

const voice = Array.from({ length: 4 }, (_, index): Frame => new Int16Array(FRAME_SAMPLES).fill(index + 1));
let working = 0;
const text = (audio: Int16Array): string => `${audio.length} samples`;
const counted = (audio: Int16Array): Observable<string> => new Observable((subscriber) => {
  working++;
  subscriber.add(() => working--);
  subscriber.add(timer(2).pipe(map(() => text(audio))).subscribe(subscriber));
});
const failed = new SpeechError('The process died.', { kind: 'stage', stage: 'stt', code: 'stt-crashed' });
const sound: SttSubject = { stt: collected(counted), failing: collected(() => throwError(() => failed)), voice, working: () => working, patience: 200 };
const final = (words: string): Transcript => ({ text: words, final: true });

let last_ = '';
const broken: Record<string, Partial<SttSubject>[]> = {
  'gives partials, if any, and then exactly one final transcript': [
    { stt: (utterance) => concat(utterance.pipe(ignoreElements()), of(final('a'), final('b'))) },
    { stt: (utterance) => concat(utterance.pipe(ignoreElements()), of(final('a'), { text: 'a', final: false })) },
    { stt: (utterance) => concat(utterance.pipe(ignoreElements()), of(final('a')), NEVER) },
    { stt: (utterance) => utterance.pipe(map(() => ({ text: 'a', final: false }))) },
  ],
  // As Whisper does it: the text of the utterance before.
  'hears nothing in no frames': [
    { stt: (utterance) => utterance.pipe(toArray(), map((frames) => final(last_ = frames.length > 0 ? 'words' : last_))) },
    { stt: (utterance) => utterance.pipe(last(), map(() => final('words'))) },
  ],
  'takes one utterance after the other': [(() => {
    let calls = 0;
    return { stt: (utterance: Observable<Frame>) => utterance.pipe(toArray(), map(() => final(`words ${calls++}`))) };
  })()],
  'listens from the first moment on': [{ stt: (utterance) => timer(10).pipe(concatMap(() => collected(counted)(utterance))) }],
  'stops working when it has completed': [{
    stt: (utterance) => utterance.pipe(toArray(), map(() => {
      working++;
      setTimeout(() => working--, 400);
      return final('words');
    })),
  }],
  'leaves the event loop free while it works': [{ stt: collected((audio) => timer(2).pipe(map(() => { compute(250); return text(audio); }))) }],
  'says and throws nothing after the unsubscription, and stops working': [{
    stt: (utterance) => new Observable((subscriber) => {
      working++;
      subscriber.add(utterance.pipe(ignoreElements()).subscribe());
      // Nobody is left to catch what a promise rejects with when it is aborted.
      subscriber.add(() => void Promise.reject(new Error('aborted')));
      subscriber.add(() => working--);
    }),
  }, {
    stt: (utterance) => new Observable((subscriber) => {
      utterance.pipe(toArray()).subscribe({
        next: () => {
          working++;
          setTimeout(() => { working--; subscriber.next(final('late')); }, 400);
        },
        error: (error: unknown) => subscriber.error(error),
      });
    }),
  }],
  'passes on an error of the utterance': [{ stt: (utterance) => concat(utterance.pipe(ignoreElements(), catchError(() => EMPTY)), of(final(''))) }],
  'fails with a SpeechError of its stage': [
    { failing: collected(() => throwError(() => new Error('segmentation fault'))) },
    { failing: collected(() => of('as if nothing had happened')) },
    { failing: ((utterance) => utterance.pipe(mergeMap(() => NEVER))) as Stt },
  ],
};

describe('the contract of an STT', () => {
  it.each(Object.keys(sttContract))('"%s" holds for a sound engine', async (promise) => {
    await sttContract[promise]!(sound);
  });
  it.each(Object.keys(sttContract).flatMap((promise) => broken[promise]!.map((engine, index) => [promise, index + 1, engine] as const)))(
    '"%s" fails for an engine that breaks it (%i)', async (promise, _, engine) => {
      await expect(sttContract[promise]!({ ...sound, ...engine })).rejects.toThrow();
      await expect.poll(() => working, { interval: 10 }).toBe(0);
    });
});
