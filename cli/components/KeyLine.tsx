import { keysFor, type Controls, type Place } from '../keys.js';
import type { Ui } from '../views/ui.js';
import { useTheme } from '../hooks/useTheme.js';
import { Line, Span } from './Line.js';

interface KeyLineProps { readonly ui: Ui; readonly place: Place; readonly controls: Controls; readonly width: number; readonly note?: string | undefined }

/** The keys of use, as many as there is room for, or what is being typed. */
export function KeyLine({ ui, place, controls, width, note }: KeyLineProps) {
  const { symbols } = useTheme();
  if (note !== undefined) return <Line tone="warning"> {note}</Line>;
  if (ui.entry !== undefined) {
    const { purpose, text } = ui.entry;
    // The end of what is typed is what has to be seen.
    return <Line> <Span tone="strong">{purpose === 'ask' ? 'ask' : 'search'} {'>'} </Span>{text.slice(-200)}<Span tone="strong">{symbols.cursor}</Span><Span tone="quiet">   Enter {purpose === 'ask' ? 'asks' : 'searches'}, Esc not</Span></Line>;
  }
  if (ui.over === 'settings') return <Line> <Span tone="quiet">up down chooses  left right changes  c closes</Span></Line>;
  const shown = keysFor(place, controls).flatMap(({ short }) => (short === undefined ? [] : [short]));
  const state = [ui.search === undefined ? undefined : `search "${ui.search}" (Esc ends it)`, ui.scroll > 0 ? `${ui.scroll} back (f follows)` : undefined].filter((one) => one !== undefined);
  // How to get help and how to quit is what has to be there.
  while (shown.length > 2 && [...state, ...shown].join('  ').length >= width) shown.splice(-3, 1);
  return <Line> {state.length > 0 && <Span tone="warning">{state.join('  ')}  </Span>}<Span tone="quiet">{shown.join('  ')}</Span></Line>;
}
