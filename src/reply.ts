import { concat, connect, defer, map, merge, of, take } from 'rxjs';
import type { Observable } from 'rxjs';
import { chat, sentences, synthesize } from '../operators/index.js';
import { SAMPLE_RATE } from './engines.js';
import type { Engines, Message } from './engines.js';
import { SpeechError } from './errors.js';
import type { SessionNews } from './events.js';

/**
 * Answers a question: its text as it is written, cut into what can be spoken, and the samples of each piece.
 *
 * ```
 * llm    --a-b---c-|
 * tts        -x--   -y-|
 * reply  --s-t-x---u---(yd)|
 * ```
 *
 * (s `reply.started`, t and u `reply.text`, x and y `reply.audio`, d `reply.done`.) An answer that holds nothing to speak is
 * a failure of the LLM.
 *
 * @param prompt what the LLM is asked, made of the question when it is asked
 */
export function reply(turn: number, question: string, prompt: (question: string) => readonly Message[], { llm, tts }: Pick<Engines, 'llm' | 'tts'>, language: string): Observable<SessionNews> {
  return defer(() => {
    const spoken: string[] = [];
    let samples = 0;
    const done = (): SessionNews => {
      if (samples === 0) throw new SpeechError('The LLM answered with nothing that can be spoken.', { kind: 'stage', stage: 'llm', code: 'llm-empty', retryable: true });
      return { type: 'reply.done', turn, text: spoken.join(' '), length: (1_000 * samples) / SAMPLE_RATE };
    };

    const written = of(question).pipe(chat(llm, prompt), connect((deltas) => merge(
      deltas.pipe(take(1), map((): SessionNews => ({ type: 'reply.started', turn }))),
      deltas.pipe(sentences({ language }), connect((pieces) => merge(
        pieces.pipe(map((text, piece): SessionNews => ({ type: 'reply.text', turn, piece, text }))),
        pieces.pipe(synthesize(tts), map(({ text, index: piece, audio }): SessionNews => {
          spoken[piece] = text;
          samples += audio.length;
          return { type: 'reply.audio', turn, piece, audio };
        })),
      ))),
    )));
    return concat(written, defer(() => of(done())));
  });
}
