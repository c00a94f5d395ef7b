import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { inline } from '../../cli/dashboards/inline.js';

/** A terminal of so many columns, and what is written to it. */
function terminal(columns: number) {
  const written: string[] = [];
  const stream = Object.assign(new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      written.push(text);
      done();
    },
  }), { isTTY: true, columns });
  return { stream, written };
}

const erase = (rows: number): string => '\u001b[2K\u001b[1A'.repeat(rows);
const ups = (text: string): number => text.split('\u001b[1A').length - 1;
const picture = `${'m'.repeat(95)}\n\u001b[32m${'你'.repeat(30)}\u001b[39m\nshort\n`;

describe('rows that are drawn again where the cursor is', () => {
  it('are erased as they are written, while the terminal is as wide', () => {
    const { stream, written } = terminal(100);
    const rows = inline(stream);
    rows.write(picture);
    rows.write(`${erase(3)}${picture}`);
    expect(written).toEqual([picture, `${erase(3)}${picture}`]);
  });

  it.each([[50, 2], [30, 4], [95, 0], [94, 1]])('are erased as a terminal of %s columns has broken them: %s rows more', (columns, more) => {
    const { stream, written } = terminal(100);
    const rows = inline(stream);
    rows.write(picture);
    stream.columns = columns;
    rows.write('\u001b[?2026h');
    rows.write(erase(3));
    expect(ups(written.at(-1)!)).toBe(3 + more);
    // They are gone now.
    rows.write('what is said, and is longer than any row is\n');
    rows.write('ok\n');
    rows.write(`${erase(1)}ok\n`);
    expect(ups(written.at(-1)!)).toBe(1);
  });
});
