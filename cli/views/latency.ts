import type { Latency } from '../../src/events.js';

export const stages = ['endpoint', 'stt', 'llm', 'clause', 'tts', 'send'] as const;

/** One stage of a waterfall: whole milliseconds, and the cells of its bar. */
export interface Bar {
  readonly stage: (typeof stages)[number];
  readonly ms: number;
  /** Cells before the bar, and of it. */
  readonly offset: number;
  readonly length: number;
}

/** A turn as a waterfall over so many cells. Milliseconds add up to the rounded total, and cells to the width: what is rounded off one stage goes to the next. */
export function waterfall(latency: Latency, width: number): readonly Bar[] {
  const whole = stages.reduce((sum, stage) => sum + latency[stage], 0);
  const cells = (ms: number): number => (whole > 0 ? Math.round((ms / whole) * width) : 0);
  let sum = 0;
  return stages.map((stage) => {
    const before = sum;
    sum += latency[stage];
    return { stage, ms: Math.round(sum) - Math.round(before), offset: cells(before), length: cells(sum) - cells(before) };
  });
}

/** `842 ms = endpoint 320 + stt 138 + …` */
export function latencyLine(latency: Latency): string {
  const bars = waterfall(latency, 0);
  return `${bars.reduce((sum, { ms }) => sum + ms, 0)} ms = ${bars.map(({ stage, ms }) => `${stage} ${ms}`).join(' + ')}`;
}

/** The smallest value that so large a part (0 to 1) of the values does not exceed; undefined of none. */
export function percentile(values: readonly number[], part: number): number | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}
