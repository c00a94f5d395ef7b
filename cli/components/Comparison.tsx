import type { Latency } from '../../src/events.js';
import { percentile, stages } from '../views/latency.js';
import type { Trial } from '../views/settings-view.js';
import { Line, Span } from './Line.js';

const NAME = 9;
const NUMBER = 5;

/** How quick the answers were with two settings, or with one: the median and the 95th percentile in ms, the whole first. What there is no room for is not shown. */
export function Comparison({ trials, height }: { readonly trials: readonly Trial[]; readonly height: number }) {
  const [one, other] = trials;
  const rows = (['total', ...stages] as const).slice(0, Math.max(1, height - 1));
  return (
    <>
      <Line><Span tone="quiet">{'p50 p95'.padEnd(NAME)}</Span>{trials.map((trial) => <Span key={trial.letter} tone="strong">{turnsOf(trial).padStart(2 * NUMBER + 2)}</Span>)}</Line>
      {rows.map((stage) => (
        <Line key={stage}>
          <Span tone={stage === 'total' ? 'plain' : 'quiet'}>{stage.padEnd(NAME)}</Span>
          {trials.map((trial) => <Span key={trial.letter}>{' '}{number(trial, stage, 0.5)}<Span tone="quiet">{' '}{number(trial, stage, 0.95)}</Span></Span>)}
          {one !== undefined && other !== undefined && <Difference by={median(other, stage)} from={median(one, stage)} />}
        </Line>
      ))}
    </>
  );
}

const median = ({ turns }: Trial, stage: keyof Latency): number | undefined => percentile(turns.map((turn) => turn[stage]), 0.5);

function number({ turns }: Trial, stage: keyof Latency, part: number): string {
  const value = percentile(turns.map((turn) => turn[stage]), part);
  return (value === undefined ? '-' : String(Math.round(value))).padStart(NUMBER);
}

/** By how much the median of the second is other than that of the first. */
function Difference({ by, from }: { readonly by: number | undefined; readonly from: number | undefined }) {
  if (by === undefined || from === undefined) return null;
  const ms = Math.round(by) - Math.round(from);
  return <Span tone={ms < 0 ? 'good' : ms > 0 ? 'warning' : 'quiet'}>{`${ms > 0 ? '+' : ''}${ms}`.padStart(NUMBER + 1)}</Span>;
}

const turnsOf = ({ letter, turns }: Trial): string => `${letter} ${turns.length} ${turns.length === 1 ? 'turn' : 'turns'}`;
