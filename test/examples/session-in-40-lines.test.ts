import { catchError, concat, connect, defer, delay, filter, from, map, merge, mergeMap, of, startWith, tap, toArray, type Observable, type ObservableInput, type OperatorFunction } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { bargeIn, chat, sentences, synthesize, transcribe, vadGate, type Utterance } from '../../operators/index.js';
import { marbles } from '../../operators/testing/index.js';

interface Message { readonly role: 'user' | 'assistant'; readonly content: string }
interface Engines<F, A> {
  readonly vad: () => (frame: F) => number;
  readonly stt: (utterance: Observable<F>) => ObservableInput<{ readonly text: string; readonly final: boolean }>;
  readonly llm: (messages: readonly Message[]) => ObservableInput<string>;
  readonly tts: (text: string) => ObservableInput<A>;
}
type News<A> =
  | { readonly type: 'speech.started' | 'speech.stopped' | 'done' }
  | { readonly type: 'heard' | 'failed'; readonly text: string }
  | { readonly type: 'said'; readonly text: string; readonly audio: A };

/** One conversation: frames of one speaker in, everything that happens out. */
function session<F, A>({ vad, stt, llm, tts }: Engines<F, A>): OperatorFunction<F, News<A>> {
  return (frames) => defer(() => {
    /** What was asked, and of the answers what was spoken. */
    const turns: { readonly asked: string; readonly spoken: string[] }[] = [];
    const prompt = (): Message[] => turns.flatMap(({ asked, spoken }): Message[] => [{ role: 'user', content: asked }, { role: 'assistant', content: spoken.join(' ') }])
      .filter(({ content }) => content !== '');

    const hearing = ({ ended }: Utterance<F>): Observable<News<A>> => ended.pipe(
      map((): News<A> => ({ type: 'speech.stopped' })),
      startWith<News<A>>({ type: 'speech.started' }),
    );

    const speaking = (question: string): Observable<News<A>> => of(question).pipe(
      tap((asked) => turns.push({ asked, spoken: [] })),
      chat(llm, prompt),
      sentences(),
      synthesize(tts),
      tap(({ text, index }) => turns.at(-1)?.spoken.splice(index, 1, text)),
      map(({ text, audio }): News<A> => ({ type: 'said', text, audio })),
    );

    const answer = (utterance: Utterance<F>): Observable<News<A>> => of(utterance).pipe(
      transcribe(stt),
      filter(({ text, final }) => final && text !== ''),
      mergeMap(({ text }) => concat(of<News<A>>({ type: 'heard', text }), speaking(text), of<News<A>>({ type: 'done' }))),
      catchError((error: unknown) => of<News<A>>({ type: 'failed', text: String(error) })),
    );

    return frames.pipe(vadGate(vad), connect((utterances) => merge(utterances.pipe(mergeMap(hearing)), utterances.pipe(bargeIn(answer)))));
  });
}

describe('a session in 40 lines', () => {
  const engines = (prompts: string[]): Engines<string, string> => ({
    vad: () => (frame) => (frame === 's' ? 1 : 0),
    stt: (utterance) => utterance.pipe(toArray(), delay(1), map((all) => ({ text: `${all.filter((frame) => frame === 's').length} frames?`, final: true }))),
    llm: (messages) => {
      prompts.push(messages.map(({ content }) => content).join(' / '));
      if (prompts.length === 3) throw new Error('no more');
      return from(['So it is. ', 'Good.']).pipe(mergeMap((text, index) => of(text).pipe(delay(index * 200))));
    },
    tts: (text) => of(String(text.length)),
  });

  it('hears, answers, is interrupted, remembers what was said and survives a failure', () => {
    const [prompts, news] = [[] as string[], [] as string[]];
    marbles(({ cold, flush }) => {
      const turn = (frames: number, silence: string): string => `${'s'.repeat(frames)}${'q'.repeat(30)}${silence}`;
      cold(turn(12, '') + turn(13, ' 1s ') + turn(14, '|')).pipe(session(engines(prompts)))
        .subscribe({ next: (event) => news.push('text' in event ? `${event.type} ${event.text}` : event.type), error: (error: unknown) => { throw error; } });
      flush();
    })();
    expect(news).toEqual([
      'speech.started', 'speech.stopped', 'heard 12 frames?',
      'speech.started', 'speech.stopped', 'heard 13 frames?', 'said So it is.', 'said Good.', 'done',
      'speech.started', 'speech.stopped', 'heard 14 frames?', 'failed Error: no more',
    ]);
    expect(prompts).toEqual(['12 frames?', '12 frames? / 13 frames?', '12 frames? / 13 frames? / So it is. Good. / 14 frames?']);
  });
});
