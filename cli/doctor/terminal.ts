import { defer, filter, fromEvent, lastValueFrom, map, mergeAll, scan, take, takeUntil, timer } from 'rxjs';
import type { Io } from '../io.js';
import { plainOptions } from '../plain.js';
import { caution, good } from './finding.js';
import type { Check, Finding } from './finding.js';

/** Columns below which the lines of the plain screen are broken in two. */
const WIDE = 80;

/** What the terminal can show: its size, colours, Unicode, and whether it gives a wide character its two cells. */
export function checkTerminal(io: Pick<Io, 'stdin' | 'stdout' | 'env'>): Check {
  return defer(async () => {
    const { stdout, env } = io;
    const { colour, ascii } = plainOptions(io);
    if (stdout.isTTY !== true) return [good('terminal.tty', 'This is no terminal: a line per event is written, without colours.', { tty: false, utf8: !ascii })];
    return [size(stdout), colours(colour, env), ...unicode(ascii, ascii || env['TERM'] === 'dumb' ? undefined : await cellsOf(WIDE_CHARACTER, io))];
  }).pipe(mergeAll());
}

function size({ columns, rows }: Io['stdout']): Finding {
  if (columns === undefined || rows === undefined || columns === 0) return good('terminal.size', 'The terminal does not tell its size.');
  const facts = { columns, rows };
  return columns < WIDE
    ? caution('terminal.size', `The terminal has ${columns} columns: longer lines are broken.`, `Make the window at least ${WIDE} columns wide.`, facts)
    : good('terminal.size', `The terminal has ${columns} columns and ${rows} rows.`, facts);
}

function colours(colour: boolean, env: Io['env']): Finding {
  const why = (env['NO_COLOR'] ?? '') === '' ? `TERM is ${env['TERM'] ?? 'unset'}` : 'NO_COLOR is set';
  return good('terminal.colours', colour ? 'Colours are shown.' : `No colours are shown: ${why}.`, { colours: colour });
}

function unicode(ascii: boolean, cells: number | undefined): Finding[] {
  if (ascii) {
    return [caution('terminal.unicode', 'The locale knows no UTF-8: symbols are drawn in ASCII, and what is said in other letters may be garbled.',
      'Set a UTF-8 locale, for example: export LC_ALL=C.UTF-8', { utf8: false })];
  }
  const facts = { utf8: true, cells };
  if (cells === undefined || cells === 2) return [good('terminal.unicode', `UTF-8 is shown${cells === 2 ? ', wide characters in two cells' : ''}.`, facts)];
  return [caution('terminal.unicode', `The terminal gives a wide character ${cells} cell${cells === 1 ? '' : 's'} instead of two: lines with Chinese, Japanese or Korean may be out of line.`,
    'Choose a font and a locale that know these letters; everything else is as it should be.', facts)];
}

const WIDE_CHARACTER = '語';

/** Milliseconds a terminal has to say where its cursor is; one far away takes a round trip. */
const PATIENCE = 1_000;

/** The cells a terminal moves on for a text, measured by asking it where its cursor is; undefined where it does not say. */
export async function cellsOf(text: string, { stdin, stdout }: Pick<Io, 'stdin' | 'stdout'>): Promise<number | undefined> {
  if (stdin.isTTY !== true || stdin.setRawMode === undefined) return undefined;
  stdin.setRawMode(true);
  const told = fromEvent(stdin, 'data', String).pipe(
    scan((heard, piece) => heard + piece, ''),
    map((heard) => /\u001b\[\d+;(\d+)R/.exec(heard)?.[1]),
    filter((column) => column !== undefined),
    take(1),
    map((column) => Number(column) - 1),
    takeUntil(timer(PATIENCE)),
  );
  const cells = lastValueFrom(told, { defaultValue: undefined });
  stdout.write(`\r${text}\u001b[6n`);
  return cells.finally(() => {
    stdin.pause();
    stdin.setRawMode?.(false);
    stdout.write('\r\u001b[2K');
  });
}
