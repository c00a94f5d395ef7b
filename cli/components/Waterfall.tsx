import type { Latency } from '../../src/events.js';
import { useTheme } from '../hooks/useTheme.js';
import type { ToneName } from '../theme.js';
import { length } from '../views/durations.js';
import { waterfall } from '../views/latency.js';
import { Line, Span } from './Line.js';

const tones: readonly ToneName[] = ['listening', 'hearing', 'thinking', 'shut', 'speaking', 'good'];
const LABEL = 9;
const NUMBER = 9;

/** The stages of a turn below each other, each where the one before ended: together they are the whole width and the whole time. */
export function Waterfall({ latency, width }: { readonly latency: Latency; readonly width: number }) {
  const { symbols } = useTheme();
  return waterfall(latency, Math.max(1, width - LABEL - NUMBER)).map(({ stage, ms, offset, length: cells }, index) => (
    <Line key={stage}>
      <Span tone="quiet">{stage.padEnd(LABEL)}</Span>{' '.repeat(offset)}
      <Span tone={tones[index] ?? 'plain'}>{symbols.full.repeat(cells)}</Span>
      {' '.repeat(Math.max(0, width - LABEL - NUMBER - offset - cells))}{length(ms).padStart(NUMBER)}
    </Line>
  ));
}

/** The same in one bar, and its numbers in a line. */
export function FlatWaterfall({ latency, width }: { readonly latency: Latency; readonly width: number }) {
  const { symbols } = useTheme();
  const bars = waterfall(latency, Math.max(1, width));
  return (
    <>
      <Line>{bars.map(({ stage, length: cells }, index) => <Span key={stage} tone={tones[index] ?? 'plain'}>{symbols.full.repeat(cells)}</Span>)}</Line>
      <Line>{bars.filter(({ ms }) => ms > 0).map(({ stage, ms }, index) => (
        <Span key={stage} tone={tones[bars.findIndex((bar) => bar.stage === stage)] ?? 'plain'}>{index === 0 ? '' : ' + '}{stage} {ms}</Span>
      ))}</Line>
    </>
  );
}
