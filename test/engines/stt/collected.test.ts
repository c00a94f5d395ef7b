import { from, NEVER, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { collected } from '../../../src/engines/stt/collected.js';
import { all } from '../../fixtures/all.js';

describe('collected', () => {
  it('hands the frames over in one piece and in order, once they are complete', async () => {
    const pieces: Int16Array[] = [];
    const frames = new Subject<Int16Array>();
    const stt = collected((audio) => { pieces.push(audio); return of('words'); });
    const heard = all(from(stt(frames)));
    frames.next(Int16Array.of(1, 2));
    frames.next(Int16Array.of(3));
    expect(pieces).toEqual([]);
    frames.complete();
    expect(await heard).toEqual([{ text: 'words', final: true }]);
    expect(pieces).toEqual([Int16Array.of(1, 2, 3)]);
  });

  it('keeps the last text of an engine that says several, and hears nothing where it says none', async () => {
    const frame = of(new Int16Array(512));
    expect(await all(from(collected(() => of('first', 'last'))(frame)))).toEqual([{ text: 'last', final: true }]);
    expect(await all(from(collected(() => of())(frame)))).toEqual([{ text: '', final: true }]);
  });

  it('never asks the engine about nothing', async () => {
    const stt = collected(() => { throw new Error('asked'); });
    expect(await all(from(stt(of())))).toEqual([{ text: '', final: true }]);
    expect(await all(from(stt(of(new Int16Array(0)))))).toEqual([{ text: '', final: true }]);
  });

  it('lets go of the engine when it is unsubscribed', () => {
    const work = new Subject<string>();
    const subscription = from(collected(() => work)(of(new Int16Array(512)))).subscribe({ error: () => undefined });
    expect(work.observed).toBe(true);
    subscription.unsubscribe();
    expect(work.observed).toBe(false);
    const utterance = new Subject<Int16Array>();
    from(collected(() => NEVER)(utterance)).subscribe({ error: () => undefined }).unsubscribe();
    expect(utterance.observed).toBe(false);
  });
});
