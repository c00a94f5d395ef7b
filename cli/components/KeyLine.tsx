import { keysFor, type Controls, type Place } from '../keys.js';
import { endOf, fitting } from './fitting.js';
import type { Ui } from '../views/ui.js';
import { useTheme } from '../hooks/useTheme.js';
import { Line, Span } from './Line.js';

interface KeyLineProps {
  readonly ui: Ui;
  readonly place: Place;
  readonly controls: Controls;
  readonly width: number;
  readonly note?: string | undefined;
}

/** Keys that are always shown, at the end of the line. */
const LAST = 2;

/** The keys of use, or what is being typed. */
export function KeyLine({ ui, place, controls, width, note }: KeyLineProps) {
  const { symbols } = useTheme();
  if (note !== undefined) return <Line tone="warning"> {note}</Line>;
  if (ui.entry !== undefined) {
    const { purpose, text } = ui.entry;
    const before = `${purpose} > `;
    const after = `   Enter ${purpose === 'ask' ? 'asks' : 'searches'}, Esc not`;
    const room = width - before.length - 3;
    // The end of what is typed is what has to be seen.
    const end = endOf(text, room, symbols.more);
    return <Line> <Span tone="strong">{before}</Span>{end}<Span tone="strong">{symbols.cursor}</Span><Span tone="quiet">{fitting([end, after], room, 0)[1]}</Span></Line>;
  }
  if (ui.over === 'settings') return <Line> <Span tone="quiet">up down chooses  left right changes  c closes</Span></Line>;
  const shown = keysFor(place, controls).flatMap(({ short }) => (short === undefined ? [] : [short]));
  const state = [ui.search === undefined ? undefined : `search "${ui.search}" (Esc ends it)`, ui.scroll > 0 ? `${ui.scroll} back (f follows)` : undefined].filter((one) => one !== undefined);
  const told = state.length > 0 ? `${state.join('  ')}  ` : '';
  const last = shown.slice(-LAST);
  const first = fitting(shown.slice(0, -LAST), width - 3 - told.length - last.join('  ').length);
  return <Line> <Span tone="warning">{told}</Span><Span tone="quiet">{[...first, ...last].join('  ')}</Span></Line>;
}
