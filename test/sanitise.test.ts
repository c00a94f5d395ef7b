import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitise } from '../src/sanitise.js';

// What a terminal or a reader could be misled by, spelt out apart from the expressions under test.
const harmful = (text: string): string[] => Array.from(text).filter((character) => {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || [0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0xfeff].includes(code)
    || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || (code >= 0xd800 && code <= 0xdfff) || (code >= 0xe0000 && code <= 0xe007f);
});

/** Text made of the pieces that attacks are made of. */
const hostile = fc.array(
  fc.oneof(
    fc.constantFrom('\u001b', '\u001b[', '\u001b]', '\u001b]52;c;', '\u0007', '\u001b\\', '\u009b', '\u009d', '\u0090', '31m', '2J', ';', '\r', '\n', '\b', '\u0000', '\u202e', '\u2066', '\ud83d', '\udc4b'),
    fc.string({ unit: 'binary' }),
    fc.string(),
  ),
).map((pieces) => pieces.join(''));

describe('sanitise', () => {
  it.each([
    ['a colour', 'a\u001b[31mred\u001b[0m b', 'ared b'],
    ['a cleared screen', '\u001b[2J\u001b[Hhi', 'hi'],
    ['a window title', '\u001b]0;owned\u0007hi', 'hi'],
    ['a clipboard write that ends in ST', 'x\u001b]52;c;ZXZpbA==\u001b\\y', 'xy'],
    ['a hyperlink', '\u001b]8;;http://evil\u001b\\click\u001b]8;;\u001b\\', 'click'],
    ['a device control string', '\u001bPq#0;2;0;0;0\u001b\\hi', 'hi'],
    ['an eight-bit CSI', 'a\u009b31mb', 'ab'],
    ['an OSC without an end, of which the text stays', '\u001b]0;title and all', '0;title and all'],
    ['a carriage return', 'safe\rEVIL', 'safe EVIL'],
    ['backspaces', 'abc\b\b\bxyz', 'abcxyz'],
    ['line breaks of every kind', 'a\r\nb\u2028c\u0085d\te', 'a b c d e'],
    ['a direction override', 'user\u202etxt.exe', 'usertxt.exe'],
    ['half of a pair', 'a\ud83d', 'a\ufffd'],
  ])('takes out %s', (_name, dirty, clean) => {
    expect(sanitise(dirty)).toBe(clean);
  });

  it('keeps the writing of the world, and emoji made of several', () => {
    for (const text of ['Grüße, señor', '你好。', 'שלום', 'नमस्ते', 'می‌خواهم', '👩‍👩‍👧 ok', 'a  b']) expect(sanitise(text)).toBe(text);
  });

  it('leaves nothing harmful of any text', () => {
    fc.assert(fc.property(hostile, (text) => {
      expect(harmful(sanitise(text))).toEqual([]);
    }), { numRuns: 2000 });
  });

  it('changes nothing the second time', () => {
    fc.assert(fc.property(hostile, (text) => {
      expect(sanitise(sanitise(text))).toBe(sanitise(text));
    }), { numRuns: 1000 });
  });

  it('takes out nothing of harmless text', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }).filter((text) => harmful(text).length === 0), (text) => {
      expect(sanitise(text)).toBe(text);
    }));
  });
});
