import { useTheme } from '../hooks/useTheme.js';
import { fitting } from './fitting.js';
import type { State } from '../views/state.js';
import { Line, Span } from './Line.js';

interface StateLineProps {
  readonly state: State;
  /** The picture is held still: it may not be so any more. */
  readonly paused: boolean;
  readonly width: number;
}

/** Whether somebody is heard, in a symbol, a word and a colour; and why not, and for how long. */
export function StateLine({ state: { meaning, word, details }, paused, width }: StateLineProps) {
  const { symbols } = useTheme();
  const held = paused ? 'PAUSED  ' : '';
  const said = details.map((detail) => `${symbols.dot} ${detail}`);
  const shown = fitting(said, width - word.length - held.length - 5);
  // The first is what the state means: rather a part of it than nothing.
  return <Line> <Span tone="warning">{held}</Span><Span tone={meaning}>{symbols[meaning]} {word.toUpperCase()}</Span>{(shown.length > 0 ? shown : said.slice(0, 1)).map((one) => `  ${one}`).join('')}</Line>;
}
