import { Line } from './Line.js';

/** The newest lines of the log. */
export function Log({ lines, height }: { readonly lines: readonly string[]; readonly height: number }) {
  if (lines.length === 0) return <Line tone="quiet"> Nothing has been logged yet.</Line>;
  const shown = lines.slice(-height);
  return shown.map((line, index) => <Line key={lines.length - shown.length + index}> {line}</Line>);
}
