import { Writable } from 'node:stream';
import type { Output } from '../io.js';

/** What terminals that know it show at once, and others ignore. */
const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';

/**
 * A stream that takes whole pictures and writes to the terminal only the lines that have changed, each at its place. Ink's own way of that leaves a
 * picture that does not fill the terminal a line too low (6.8, `incrementalRendering`), and one that does it clears each time.
 *
 * @param written what is written of what is drawn
 */
export function canvas(stdout: Output, written: (text: string) => string = (text) => text): Writable & { readonly columns: number; readonly rows: number } {
  let shown: readonly string[] = [];
  const paint = (picture: string): void => {
    const lines = written(picture.replace(/\n$/, '')).split('\n');
    const changes = Array.from({ length: Math.max(lines.length, shown.length) }, (_, row) =>
      (lines[row] === shown[row] ? '' : `\u001b[${row + 1};1H${lines[row] ?? ''}\u001b[K`)).join('');
    shown = lines;
    if (changes !== '') stdout.write(`${BEGIN}${changes}${END}`);
  };
  const stream = new Writable({
    decodeStrings: false,
    write: (picture: string | Buffer, _encoding, done) => {
      // An empty one is only the question whether all that came before is written.
      if (picture.length > 0) paint(picture.toString());
      done();
    },
  });
  return Object.defineProperties(stream, {
    columns: { get: () => stdout.columns ?? 80 },
    rows: { get: () => stdout.rows ?? 24 },
  }) as ReturnType<typeof canvas>;
}

/** Ink marks where a line is cut off with a letter that ASCII does not have. */
export const inAscii = (text: string): string => text.replaceAll('…', '~');
