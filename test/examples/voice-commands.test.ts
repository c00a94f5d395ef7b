import { concatMap, from, map, toArray, type Observable, type ObservableInput, type OperatorFunction } from 'rxjs';
import { expect, it } from 'vitest';

import { transcribe, vadGate } from '../../operators/index.js';

interface Words { readonly text: string; readonly final: boolean }

/** A command for every utterance that is one, word for word; everything else is let pass. */
function commands<F, C>(vad: () => (frame: F) => number, stt: (utterance: Observable<F>) => ObservableInput<Words>, known: ReadonlyMap<string, C>): OperatorFunction<F, C> {
  return (frames) => frames.pipe(
    vadGate(vad, { preRoll: 200, minSilence: 300 }),
    transcribe(stt),
    concatMap(({ text, final }) => {
      const command = final ? known.get(text.toLowerCase().replace(/[^\p{L}\p{N} ]/gu, '').trim()) : undefined;
      return command === undefined ? [] : [command];
    }),
  );
}

it('does what it is told and nothing else', () => {
  const stt = (utterance: Observable<string>): Observable<Words> => utterance.pipe(toArray(), map((all) => ({ text: `${all.join('').trim()}!`, final: true })));
  const known = new Map([['lightson', true], ['lightsoff', false]]);
  const done: unknown[] = [];
  from(['LightsOn', 'OrNot', 'LightsOff'].map((words) => words + ' '.repeat(20)).join('')).pipe(
    commands(() => (frame) => (frame === ' ' ? 0 : 1), stt, known),
  ).subscribe({ next: (on) => done.push(on), error: (error: unknown) => { throw error; } });
  expect(done).toEqual([true, false]);
});
