import { concat, connect, defer, filter, map, merge, of } from 'rxjs';
import type { Observable } from 'rxjs';
import { synthesize } from '../operators/index.js';
import type { Piece } from './answer.js';
import { SAMPLE_RATE } from './engines.js';
import type { Tts } from './engines.js';
import { SpeechError } from './errors.js';
import type { SessionNews } from './events.js';

/**
 * Speaks an answer: the news of it as they are, and of each piece its text and its samples.
 *
 * ```
 * written  --s-p---q---|
 * tts          -x--   -y-|
 * reply    --s-t-x-u---(yd)|
 * ```
 *
 * (s is news, p and q are pieces, t and u `reply.text`, x and y `reply.audio`, d `reply.done`.) An answer that holds nothing to
 * speak is a failure of the LLM.
 */
export function reply(turn: number, written: Observable<Piece | SessionNews>, tts: Tts): Observable<SessionNews> {
  return defer(() => {
    const pieces: Piece[] = [];
    const spoken = new Set<Piece>();
    let samples = 0;
    const done = (): SessionNews => {
      const said = pieces.filter((piece) => spoken.has(piece) && !piece.filler).map(({ text }) => text);
      if (said.length === 0) throw new SpeechError('The LLM answered with nothing that can be spoken.', { kind: 'stage', stage: 'llm', code: 'llm-empty', retryable: true });
      return { type: 'reply.done', turn, text: said.join(' '), length: (1_000 * samples) / SAMPLE_RATE };
    };
    const told = (one: Piece | SessionNews): SessionNews => {
      if (one.type !== 'piece') return one;
      return { type: 'reply.text', turn, piece: pieces.push(one) - 1, text: one.text, ...(one.filler ? { filler: true } : {}) };
    };

    const all = written.pipe(connect((parts) => merge(
      parts.pipe(map(told)),
      parts.pipe(filter((part) => part.type === 'piece'), map(({ text }) => text), synthesize(tts), map(({ index, audio }): SessionNews => {
        const piece = pieces[index];
        if (piece !== undefined && audio.length > 0) spoken.add(piece);
        samples += audio.length;
        return { type: 'reply.audio', turn, piece: index, audio };
      })),
    )));
    return concat(all, defer(() => of(done())));
  });
}
