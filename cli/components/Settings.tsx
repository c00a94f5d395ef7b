import { useTheme } from '../hooks/useTheme.js';
import { chosenSetting, type LiveSetting } from '../views/settings-view.js';
import { Line, Span } from './Line.js';

/** Columns of a name, and of a value with its arrows. */
const [NAME, VALUE] = [15, 14];

interface SettingsProps {
  readonly rows: readonly LiveSetting[];
  /** Which is chosen, in steps from the first. */
  readonly chosen: number;
  readonly height: number;
}

/** What can be changed, a line each; of more than there is room for, those around the chosen one. */
export function Settings({ rows, chosen, height }: SettingsProps) {
  const { symbols } = useTheme();
  const setting = chosenSetting(rows, chosen);
  if (setting === undefined) return <Line tone="quiet">There is nothing to be changed yet.</Line>;
  const first = Math.max(0, Math.min(rows.length - height, rows.indexOf(setting) - Math.floor(height / 2)));
  return rows.slice(first, first + height).map((row) => {
    const { name, origin, value, choices, pending } = row;
    const isChosen = row === setting;
    const [less, more] = [choices[0] !== value, choices.at(-1) !== value];
    return (
      <Line key={name}>
        <Span tone={isChosen ? 'focus' : 'quiet'}>{isChosen ? symbols.chosen : ' '} {name.padEnd(NAME)}</Span>
        <Span tone={isChosen ? 'strong' : 'plain'}>{`${isChosen && less ? symbols.less : ' '} ${value} ${isChosen && more ? symbols.further : ' '}`.padEnd(VALUE)}</Span>
        <Span tone="quiet">{pending === true ? 'loading' : value === origin ? '' : `was ${origin}`}</Span>
      </Line>
    );
  });
}
