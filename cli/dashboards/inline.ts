import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import type { Output } from '../io.js';

/** In what erases: the row of the cursor; and here the row above, for each row that a line takes too many. */
const ERASED = '\u001b[2K';
const ABOVE = `\u001b[1A${ERASED}`;

/**
 * The stream for rows that are drawn again and again where the cursor is. Terminals break a line in two when they get narrower than it is, and put it
 * together again; Ink erases as many rows as it has written lines, and what is left would go on being read. (xterm cuts lines instead, and loses
 * a row or two above.)
 */
export function inline(stdout: Output): Output {
  let shown: readonly string[] = [];
  const write = (text: string, ...rest: never[]): boolean => {
    const columns = Math.max(1, stdout.columns ?? 80);
    const erases = text.includes(ERASED);
    const tooMany = erases ? shown.reduce((sum, line) => sum + Math.max(0, Math.ceil(stringWidth(line) / columns) - 1), 0) : 0;
    const visible = stripVTControlCharacters(text);
    // Other writes only hide the cursor, or say that what comes is to be shown at once.
    if (erases || visible.trim() !== '') shown = visible.split('\n');
    return stdout.write(`${ABOVE.repeat(tooMany)}${text}`, ...rest);
  };
  return new Proxy(stdout, {
    get: (target, key) => {
      if (key === 'write') return write;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
