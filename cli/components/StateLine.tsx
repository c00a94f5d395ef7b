import { useTheme } from '../hooks/useTheme.js';
import type { State } from '../views/state.js';
import { Line, Span } from './Line.js';

interface StateLineProps {
  readonly state: State;
  /** The picture is held still: it may not be so any more. */
  readonly paused: boolean;
}

/** Whether somebody is heard, in a symbol, a word and a colour; and why not, and for how long. */
export function StateLine({ state: { meaning, word, details }, paused }: StateLineProps) {
  const { symbols } = useTheme();
  return <Line> {paused && <Span tone="warning">PAUSED  </Span>}<Span tone={meaning}>{symbols[meaning]} {word.toUpperCase()}</Span>{details.map((detail) => `  ${symbols.dot} ${detail}`).join('')}</Line>;
}
