import { concatMap, from, map, of, toArray, type Observable, type ObservableInput, type OperatorFunction } from 'rxjs';
import { expect, it } from 'vitest';

import { chat, sentences, synthesize, transcribe, vadGate, type Spoken } from '../../operators/index.js';

interface Heard { readonly text: string; readonly final: boolean; readonly language: string }
type Voice<A> = (text: string) => ObservableInput<A>;

/** Answers in the language in which it was asked: other rules for sentences, another voice. */
function polyglot<F, A>(
  vad: () => (frame: F) => number,
  stt: (utterance: Observable<F>) => ObservableInput<Heard>,
  llm: (question: string) => ObservableInput<string>,
  voices: { readonly [language: string]: Voice<A>; readonly en: Voice<A> },
): OperatorFunction<F, Spoken<A>> {
  return (frames) => frames.pipe(
    vadGate(vad),
    transcribe(stt),
    concatMap((heard) => (heard.final && 'language' in heard ? of(heard.text).pipe(
      chat(llm, (question) => question),
      sentences({ language: heard.language }),
      synthesize(voices[heard.language] ?? voices.en),
    ) : [])),
  );
}

it('speaks German with the Germans', () => {
  const said: string[] = [];
  const speech = (letter: string): string => letter.repeat(20) + ' '.repeat(40);
  from(speech('d') + speech('e')).pipe(
    polyglot(() => (frame) => (frame === ' ' ? 0 : 1), (utterance) => utterance.pipe(toArray(), map((frames) => ({ text: 'When?', final: true, language: frames.includes('d') ? 'de' : 'en' }))),
      () => ['Am 3. ', 'Mai. On ', 'May 3. ', 'Good.'], { en: (text) => [`en: ${text}`], de: (text) => [`de: ${text}`] }),
  ).subscribe({ next: ({ audio }) => said.push(audio), error: (error: unknown) => { throw error; } });
  expect(said).toEqual(['de: Am 3. Mai.', 'de: On May 3. Good.', 'en: Am 3.', 'en: Mai.', 'en: On May 3.', 'en: Good.']);
});
