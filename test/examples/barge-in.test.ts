import { delay, filter, from, map, of, toArray, type Observable, type ObservableInput, type OperatorFunction } from 'rxjs';
import { expect, it } from 'vitest';

import { bargeIn, chat, paced, sentences, synthesize, transcribe, vadGate, type Spoken, type Utterance } from '../../operators/index.js';
import { marbles } from '../../operators/testing/index.js';

interface Engines<F, A> {
  readonly vad: () => (frame: F) => number;
  readonly stt: (utterance: Observable<F>) => ObservableInput<{ readonly text: string; readonly final: boolean }>;
  readonly llm: (messages: readonly string[]) => ObservableInput<string>;
  readonly tts: (text: string) => ObservableInput<A>;
}

/** An agent that can be interrupted, and that remembers of its answer only what was heard. `length` of audio is in ms. */
function agent<F, A>({ vad, stt, llm, tts }: Engines<F, A>, length: (audio: A) => number, history: string[]): OperatorFunction<F, Spoken<A>> {
  const answer = (utterance: Utterance<F>): Observable<Spoken<A>> => of(utterance).pipe(
    transcribe(stt),
    filter(({ final }) => final),
    map(({ text }) => text),
    chat(llm, (question) => [...history, question]),
    sentences(),
    synthesize(tts),
    paced(({ audio }) => length(audio), { lead: 100, onCut: ({ last }) => history.push(`${last?.text ?? ''}…`) }),
  );
  // While it answers, "mhm" is no question: it takes 300 ms of speech to interrupt.
  const counts = ({ confirmed, ended }: Utterance<F>, answering: boolean): Observable<unknown> =>
    (answering ? ended.pipe(filter(({ voiced }) => voiced >= 300)) : confirmed);
  return (frames) => frames.pipe(vadGate(vad, { minSpeech: 64, minSilence: 96, preRoll: 0 }), bargeIn(answer, { counts }));
}

it('stops at once when it is interrupted, and remembers what was heard', () => {
  const [history, heard] = [[] as string[], [] as string[]];
  marbles(({ cold, flush }) => {
    const frames = cold(`sssqqq 1s ssqqq 500ms ${'s'.repeat(30)}qqq 9s |`);
    frames.pipe(agent({
      vad: () => (frame) => (frame === 's' ? 1 : 0),
      stt: (utterance) => utterance.pipe(toArray(), map((all) => ({ text: `${all.length} frames?`, final: true }))),
      llm: () => from(['One. ', 'Two. ', 'Three. ', 'Four. ']),
      tts: (text) => of(text).pipe(delay(10)),
    }, () => 1_000, history)).subscribe({ next: ({ audio }) => heard.push(audio), error: (error: unknown) => { throw error; } });
    flush();
  })();
  expect(heard).toEqual(['One.', 'Two.', 'One.', 'Two.', 'Three.', 'Four.']);
  expect(history).toEqual(['Two.…']);
});
