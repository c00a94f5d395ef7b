import { concat, from, map, of, throwError, toArray, type Observable } from 'rxjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { chunkify, type ChunkifyOptions } from '../operators/index.js';
import { lanes, marbles } from '../operators/testing/index.js';
import { laws } from './helpers/laws.js';

/** What a synchronous stream has emitted by the time it completes. */
function all<T>(stream: Observable<T>): T[] {
  let emitted: T[] | undefined;
  stream.pipe(toArray()).subscribe({ next: (values) => { emitted = values; }, error: (error: unknown) => { throw error; } });
  if (emitted === undefined) throw new Error('The stream has not completed at once.');
  return emitted;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const chunks = (segments: Uint8Array[], size: number, options?: ChunkifyOptions): number[][] =>
  all(from(segments).pipe(chunkify(size, options))).map((chunk) => [...chunk]);

describe('chunkify', () => {
  it('cuts segments of any length into exact chunks', marbles(({ hot, expectObservable }) => {
    const lane = lanes(`
      segments  --3---2-9--1-|
      chunks    ------4-(44)-|
    `);
    const segments = hot(lane('segments')).pipe(map((length) => new Uint8Array(Number(length))));
    expectObservable(segments.pipe(chunkify(4), map((chunk) => String(chunk.length)))).toBe(lane('chunks'));
  }));

  it('gives the same chunks however the bytes were cut', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.integer({ min: 1, max: 16 }), (segments, size) => {
      const whole = segments.flatMap((segment) => [...segment]);
      const expected = Array.from({ length: Math.floor(whole.length / size) }, (_, index) => whole.slice(index * size, (index + 1) * size));
      expect(chunks(segments, size)).toEqual(expected);
    }));
  });

  it('drops the tail and tells its length', () => {
    const tails: number[] = [];
    expect(chunks([bytes(1, 2, 3, 4, 5)], 4, { onTail: (length) => tails.push(length) })).toEqual([[1, 2, 3, 4]]);
    expect(tails).toEqual([1]);
  });

  it('fills the tail up with zeros, and not with bytes of an earlier chunk', () => {
    expect(chunks([bytes(9, 9, 9), bytes(9, 9, 9), bytes(9)], 4, { tail: 'pad' })).toEqual([[9, 9, 9, 9], [9, 9, 9, 0]]);
    expect(chunks([bytes(7, 8, 9), bytes(1, 2)], 4, { tail: 'pad' })).toEqual([[7, 8, 9, 1], [2, 0, 0, 0]]);
  });

  it('keeps the tail as it is', () => {
    expect(chunks([bytes(1, 2, 3, 4, 5)], 4, { tail: 'keep' })).toEqual([[1, 2, 3, 4], [5]]);
  });

  it('makes no tail where the bytes come out even, and has none to tell of', () => {
    const tails: number[] = [];
    expect(chunks([bytes(1, 2), bytes(3, 4)], 4, { tail: 'pad', onTail: (length) => tails.push(length) })).toEqual([[1, 2, 3, 4]]);
    expect(tails).toEqual([]);
  });

  it.each(['drop', 'pad', 'keep'] as const)('tells the length of its tail whatever becomes of it (%s)', (tail) => {
    const tails: number[] = [];
    chunks([bytes(1, 2, 3), bytes(4, 5), bytes(6)], 4, { tail, onTail: (length) => tails.push(length) });
    expect(tails).toEqual([2]);
  });

  it('copies only what no segment holds in one piece', () => {
    const segments = [bytes(1, 2, 3), bytes(4, 5, 6, 7, 8, 9), bytes(10, 11, 12)];
    const copied = all(from(segments).pipe(chunkify(4))).filter(({ buffer }) => segments.every((segment) => segment.buffer !== buffer));
    expect(copied.map((chunk) => [...chunk])).toEqual([[1, 2, 3, 4], [9, 10, 11, 12]]);
  });

  it('takes segments without a byte', () => {
    expect(chunks([bytes(), bytes(1), bytes(), bytes(2), bytes()], 2, { tail: 'keep' })).toEqual([[1, 2]]);
  });

  it('makes no tail of what came before an error', () => {
    const emitted: unknown[] = [];
    concat(of(bytes(1, 2)), throwError(() => new Error('reset'))).pipe(chunkify(4, { tail: 'pad' }))
      .subscribe({ next: (chunk) => emitted.push(chunk), error: (error: unknown) => emitted.push(String(error)) });
    expect(emitted).toEqual(['Error: reset']);
  });

  it('hands out views of a segment where it can, and never touches a chunk again', () => {
    const segment = bytes(1, 2, 3, 4, 5, 6);
    const [first, second] = all(from([segment, bytes(7, 8, 9, 10), bytes(11, 12)]).pipe(chunkify(4)));
    expect(first?.buffer).toBe(segment.buffer);
    expect([...second!]).toEqual([5, 6, 7, 8]);
  });

  it.each([0, -1, 1.5, NaN])('refuses a size of %d', (size) => {
    expect(() => chunkify(size)).toThrow(new RangeError(`chunkify: the size must be a whole number of bytes above 0, not ${size}.`));
  });

  laws('chunkify', () => chunkify(2), [bytes(1), bytes(2, 3, 4), bytes(5)], [bytes(1, 2, 3)]);
  for (const tail of ['pad', 'keep'] as const) laws(`chunkify with the option ${tail}`, () => chunkify(4, { tail }), [bytes(1), bytes(2, 3, 4), bytes(5)]);
});
