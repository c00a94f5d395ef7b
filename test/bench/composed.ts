import { filter, map, NEVER, Observable, of, toArray } from 'rxjs';

import { bargeIn, chat, chunkify, listenGate, synthesize, transcribe, vadGate } from '../../operators/index.js';
import type { Utterance } from '../../operators/index.js';
import { answer, FRAME_BYTES, MAX_SPEECH, probability, voice, words } from './session.js';
import type { Open, Session } from './session.js';

/** A session from the operators. `sentences` and `paced` are left out: they have rows of their own. */
export const composed: Open = (spoken) => {
  let push: Session['push'] | undefined;
  // An edge of the world, as a socket is one.
  const segments = new Observable<Uint8Array>((subscriber) => { push = (segment) => subscriber.next(segment); });
  const subscription = segments.pipe(
    chunkify(FRAME_BYTES),
    listenGate(NEVER),
    vadGate(() => probability, { maxSpeech: MAX_SPEECH }),
    bargeIn((utterance: Utterance<Uint8Array>) => of(utterance).pipe(
      transcribe((frames) => frames.pipe(toArray(), map((all) => ({ text: words(all), final: true })))),
      filter(({ final }) => final),
      map(({ text }) => text),
      chat(answer, (asked) => asked),
      synthesize(voice),
    )),
  ).subscribe({ next: (said) => spoken(said.audio), error: (error: unknown) => { throw error; } });
  if (push === undefined) throw new Error('The pipeline has not subscribed to its segments.');
  return { push, end: () => subscription.unsubscribe() };
};
