import { concat, from, map, scan, toArray, type Observable, type ObservableInput, type OperatorFunction } from 'rxjs';
import { expect, it } from 'vitest';

import { transcribe, vadGate } from '../../operators/index.js';

interface Words { readonly text: string; readonly final: boolean }

/** What a screen shows: a line for every utterance, the last of which may still change. */
function captioner<F>(vad: () => (frame: F) => number, stt: (utterance: Observable<F>) => ObservableInput<Words>): OperatorFunction<F, string[]> {
  return (frames) => frames.pipe(
    vadGate(vad),
    transcribe(stt),
    scan(({ done }, { text, final }) => ({ lines: [...done, text], done: final && text !== '' ? [...done, text] : done }), { lines: [] as string[], done: [] as string[] }),
    map(({ lines }) => lines.filter((line) => line !== '')),
  );
}

it('shows partials as they come, and keeps finals', () => {
  /** Hears a letter a frame, and knows its capital at the end. */
  const stt = (utterance: Observable<string>): Observable<Words> => {
    const partials = utterance.pipe(scan((word, letter) => word + letter.trim(), ''), map((text) => ({ text, final: false })));
    return concat(partials, utterance.pipe(toArray(), map((all) => ({ text: all.join('').trim().toUpperCase(), final: true }))));
  };
  const screens: string[] = [];
  from(`${' '.repeat(20)}hi${' '.repeat(40)}yo`).pipe(captioner(() => (frame) => (frame === ' ' ? 0 : 1), stt))
    .subscribe({ next: (lines) => screens.push(lines.join('/')), error: (error: unknown) => { throw error; } });
  expect([...new Set(screens)].filter((screen) => screen !== '')).toEqual(['h', 'hi', 'HI', 'HI/y', 'HI/yo', 'HI/YO']);
});
