import type { Latency } from '../../src/events.js';

const stages = ['endpoint', 'stt', 'llm', 'clause', 'tts', 'send'] as const;

/** `842 ms = endpoint 320 + stt 138 + …` in whole ms that add up: what is rounded off one stage goes to the next. */
export function latencyLine(latency: Latency): string {
  let sum = 0;
  const parts = stages.map((stage) => {
    const before = Math.round(sum);
    sum += latency[stage];
    return `${stage} ${Math.round(sum) - before}`;
  });
  return `${Math.round(sum)} ms = ${parts.join(' + ')}`;
}
