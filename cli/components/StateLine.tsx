import { useTheme } from '../hooks/useTheme.js';
import type { State } from '../views/state.js';
import { Line, Span } from './Line.js';

/** Whether somebody is heard, in a symbol, a word and a colour; and why not, and for how long. */
export function StateLine({ state: { meaning, word, details } }: { readonly state: State }) {
  const { symbols } = useTheme();
  return <Line> <Span tone={meaning}>{symbols[meaning]} {word.toUpperCase()}</Span>{details.map((detail) => `  ${symbols.dot} ${detail}`).join('')}</Line>;
}
