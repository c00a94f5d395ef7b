import { concatMap, delay, filter, from, map, of, takeLast, toArray, zip, type Observable, type ObservableInput, type OperatorFunction } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { transcribe, vadGate, type UtteranceEnd } from '../../operators/index.js';
import { marbles } from '../../operators/testing/index.js';

interface Note extends Pick<UtteranceEnd, 'lastVoicedAt' | 'voiced'> { readonly text: string }

/** Writes down all that is said, however long it goes on and however slow the engine is, and never answers. */
function notes<F>(vad: () => (frame: F) => number, stt: (utterance: Observable<F>) => ObservableInput<{ readonly text: string; readonly final: boolean }>): OperatorFunction<F, Note> {
  return (frames) => frames.pipe(
    vadGate(vad, { minSilence: 800, maxSpeech: 30_000 }),
    // One after the other: a new utterance waits with all its frames, instead of superseding the one before.
    concatMap((utterance) => zip(utterance.ended, of(utterance).pipe(transcribe(stt), takeLast(1)))),
    filter(([{ accepted }, { text }]) => accepted && text !== ''),
    map(([{ lastVoicedAt, voiced }, { text }]) => ({ text, lastVoicedAt, voiced })),
  );
}

describe('a note taker', () => {
  const vad = () => (frame: string): number => (frame === 's' ? 1 : 0);

  it('loses nothing, though its engine is slower than the speakers', () => {
    const written: Note[] = [];
    marbles(({ cold, flush }) => {
      cold(`${'s'.repeat(20)}${'q'.repeat(40)}`.repeat(3) + '|').pipe(
        notes(vad, (utterance) => utterance.pipe(toArray(), delay(500), map((frames) => ({ text: `${frames.length} frames`, final: true })))),
      ).subscribe({ next: (note) => written.push(note), error: (error: unknown) => { throw error; } });
      flush();
    })();
    expect(written.map(({ text, voiced }) => [text, voiced])).toEqual([['45 frames', 640], ['60 frames', 640], ['60 frames', 640]]);
    expect(written.map(({ lastVoicedAt }) => lastVoicedAt)).toEqual([19, 79, 139]);
  });

  it('splits a speech that does not end', () => {
    let written = 0;
    from('s'.repeat(2_000)).pipe(notes(vad, (utterance) => utterance.pipe(toArray(), map((frames) => ({ text: String(frames.length), final: true })))))
      .subscribe({ next: ({ text }) => { written += Number(text); }, error: (error: unknown) => { throw error; } });
    expect(written).toBe(2_000);
  });
});
