import { axisOf } from './axis.js';

/** What stands on a lane at a time (ms): a letter, or with `until` a stretch of the same. */
export interface Mark { readonly at: number; readonly mark: string; readonly until?: number }

export interface TimelineOptions {
  /** Where the axis begins and ends, in ms. @default the first and the last mark */
  readonly from?: number;
  readonly until?: number;
  /** The widest line. @default 100 */
  readonly columns?: number;
}

/** Columns between two labels of the axis, at least. */
const APART = 10;

/**
 * Lanes above one another on one axis of time, to scale, as wide as a line may be.
 *
 * ```
 * heard   --sss--sss------
 * said    -------a---b--|-
 * ms      0         10
 * ```
 *
 * (A column is 1 ms here; it is more where the time is long.) Marks stand where they happened to the column; where two would
 * stand in one, the second stands in the next that is free, unless both are the same.
 */
export function timeline(lanes: Readonly<Record<string, readonly Mark[]>>, options: TimelineOptions = {}): string {
  const { columns = 100 } = options;
  const all = Object.values(lanes).flat();
  const { from = Math.min(...all.map(({ at }) => at)), until = Math.max(...all.map(({ at, until: end = at }) => end)) } = options;
  const names = Math.max(...Object.keys(lanes).map((name) => name.length), 4) + 2;
  const room = Math.max(1, columns - names - 1);
  const step = Math.max(1, (until - from) / room);
  const width = Math.round((until - from) / step) + 1;
  const columnOf = (at: number): number => Math.max(0, Math.min(width - 1, Math.round((at - from) / step)));

  const draw = (marks: readonly Mark[]): string => {
    const line = Array<string>(width).fill('-');
    for (const { at, mark, until: end } of marks) if (end !== undefined) line.fill(mark, columnOf(at), columnOf(end));
    const taken = new Map<number, string>();
    for (const { at, mark, until: end } of marks) {
      if (end !== undefined) continue;
      let column = columnOf(at);
      while (taken.has(column) && taken.get(column) !== mark && column < width - 1) column += 1;
      taken.set(column, mark);
      line[column] = mark;
    }
    return line.join('');
  };

  const every = roundFrom(APART * step);
  const [unit, length] = every >= 1_000 ? ['s', 1_000] : ['ms', 1];
  const ticks = Array.from({ length: Math.floor(((width - 1) * step) / every) + 1 }, (_, n) => ({ column: Math.round((n * every) / step), text: String((n * every) / length) }));
  const lines = Object.entries(lanes).map(([name, marks]) => name.padEnd(names) + draw(marks));
  return [...lines, unit.padEnd(names) + axisOf(ticks.filter(({ column, text }) => names + column + text.length <= columns))].join('\n');
}

/** The first round number that is at least so large: 1, 2, 5, 10, 20, 50 … */
function roundFrom(least: number): number {
  for (let ten = 1; ; ten *= 10) {
    const found = [1, 2, 5].find((number) => number * ten >= least);
    if (found !== undefined) return found * ten;
  }
}
