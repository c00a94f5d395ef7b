import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLines } from '../../../src/transports/events/lines.js';

function cut(pieces: readonly Uint8Array[], most: number) {
  const lines: string[] = [];
  let tooLong = 0;
  const push = createLines({ most, onLine: (line) => lines.push(Buffer.from(line).toString('latin1')), onTooLong: () => (tooLong += 1) });
  pieces.forEach(push);
  return { lines, tooLong };
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('lines', () => {
  it.each([
    ['end in LF', 'a\nbc\n\nd', ['a', 'bc', '']],
    ['end in CRLF as well', 'a\r\nb\r\r\n\r\n', ['a', 'b\r', '']],
    ['keep a CR that is no end', 'a\rb\n', ['a\rb']],
    ['keep NUL', 'a\0b\n', ['a\0b']],
  ])('%s', (_what, text, lines) => {
    expect(cut([bytes(text)], 100)).toEqual({ lines, tooLong: 0 });
  });

  it('are the same however the network cuts them', () => {
    const text = fc.array(fc.constantFrom('a', 'b', '\n', '\r\n', '\u00ff', '\0')).map((parts) => bytes(parts.join('')));
    fc.assert(fc.property(text, fc.array(fc.nat(7)), (whole, cuts) => {
      const pieces: Uint8Array[] = [];
      let at = 0;
      for (const length of cuts) pieces.push(whole.subarray(at, (at += length)));
      pieces.push(whole.subarray(at));
      expect(cut(pieces, 1_000)).toEqual(cut([whole], 1_000));
    }));
  });

  it('may be as long as allowed, and not a byte longer, in one piece or byte by byte', () => {
    for (const pieces of [(text: string) => [bytes(text)], (text: string) => Array.from(bytes(text), (byte) => Uint8Array.of(byte))]) {
      expect(cut(pieces(`${'x'.repeat(5_000)}\n`), 5_000)).toEqual({ lines: ['x'.repeat(5_000)], tooLong: 0 });
      expect(cut(pieces(`a\n${'x'.repeat(5_001)}\nb\n`), 5_000)).toEqual({ lines: ['a'], tooLong: 1 });
    }
  });
});
