import { BehaviorSubject, defer, first, map, materialize, mergeMap, switchMap, type ObservableInput, type ObservableNotification, type OperatorFunction } from 'rxjs';

import { atOnce } from './atOnce.js';

/** A stretch of audio, with the piece of text it is part of and that piece's place in the answer (from 0). */
export interface Spoken<A> {
  readonly text: string;
  readonly index: number;
  readonly audio: A;
}

export interface SynthesizeOptions {
  /** How many pieces beyond the one being delivered may be in the making. @default 1 */
  readonly ahead?: number;
}

/** What the making of a piece has come to. */
interface Said<A> {
  readonly text: string;
  readonly index: number;
  readonly news: ObservableNotification<A>;
}

/**
 * Speaks pieces of text in their order, making the next while one is delivered.
 *
 * ```
 * texts    abc---------|
 * voice a  --1--2--|
 * voice b   --3-|
 * voice c          -4|
 * spoken   --1--2--34--|
 * ```
 *
 * What is made ahead waits until the pieces before it are complete, and so does its error: what was said well is heard. An
 * error of the texts themselves passes at once. Unsubscribing cancels everything that is in the making.
 *
 * @param tts A piece of text in, stretches of audio out.
 * @throws RangeError at call time where `ahead` is not a whole number from 0.
 */
export function synthesize<A>(tts: (text: string) => ObservableInput<A>, options: SynthesizeOptions = {}): OperatorFunction<string, Spoken<A>> {
  const { ahead = 1 } = options;
  if (!Number.isInteger(ahead) || ahead < 0) throw new RangeError(`synthesize: ahead must be a whole number of pieces from 0, not ${ahead}.`);

  return (texts) => defer(() => {
    /** Index of the piece that is being delivered. */
    const turn = new BehaviorSubject(0);
    /** What pieces have said, by index, and nobody has been given yet. */
    const waiting = new Map<number, Said<A>[]>();

    const deliver = (said: Said<A>, emit: (spoken: Spoken<A>) => void): void => {
      const before = waiting.get(said.index);
      if (before === undefined) waiting.set(said.index, [said]);
      else before.push(said);
      for (let next = waiting.get(turn.value)?.shift(); next !== undefined; next = waiting.get(turn.value)?.shift()) {
        const { text, index, news } = next;
        if (news.kind === 'N') emit({ text, index, audio: news.value });
        else if (news.kind === 'E') throw news.error;
        else {
          waiting.delete(index);
          turn.next(index + 1);
        }
      }
    };

    return texts.pipe(
      mergeMap((text, index) => {
        const made = defer(() => tts(text));
        // Only a piece that has to wait listens for its turn.
        const begun = index <= turn.value + ahead ? made : turn.pipe(first((delivered) => index <= delivered + ahead), switchMap(() => made));
        return begun.pipe(materialize(), map((news) => ({ text, index, news })));
      }),
      atOnce(deliver),
    );
  });
}
