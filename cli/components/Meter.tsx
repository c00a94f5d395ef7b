import { useTheme } from '../hooks/useTheme.js';
import { Span } from './Line.js';

const FLOOR = -60;
/** dBFS from which on it is loud, and near the end of the scale. */
const [LOUD, CLIPPING] = [-12, -4];

/** How loud it is, from −60 dBFS to 0: `[████████·······] -24 dB`. */
export function Meter({ level, width }: { readonly level: number; readonly width: number }) {
  const { symbols } = useTheme();
  const cells = Math.max(1, width - 9);
  const cell = (decibels: number): number => Math.max(0, Math.min(cells, Math.round((1 - decibels / FLOOR) * cells)));
  const [filled, loud, clipping] = [cell(level), cell(LOUD), cell(CLIPPING)];
  const part = (from: number, to: number): string => symbols.full.repeat(Math.max(0, Math.min(filled, to) - from));
  return (
    <>
      [<Span tone="good">{part(0, loud)}</Span><Span tone="loud">{part(loud, clipping)}</Span><Span tone="clipping">{part(clipping, cells)}</Span>
      <Span tone="quiet">{symbols.empty.repeat(cells - filled)}</Span>]{level <= FLOOR ? ' quiet' : `${String(Math.round(level)).padStart(4)} dB`.slice(0, 7)}
    </>
  );
}
