import { useTheme } from '../hooks/useTheme.js';
import type { ServerView } from '../views/server-view.js';
import { seconds } from '../views/durations.js';
import { Line, Span } from './Line.js';

const stages = ['vad', 'stt', 'llm', 'tts'] as const;

/** The four engines in a line. */
export function Engines({ engines }: Pick<ServerView, 'engines'>) {
  const { symbols } = useTheme();
  return (
    <Line>
      <Span tone="quiet">engines </Span>
      {stages.map((stage, index) => <Span key={stage} tone={engines[stage]?.ready === true ? 'plain' : 'warning'}>{index === 0 ? '' : ` ${symbols.dot} `}{engines[stage]?.engine ?? `${stage}?`}</Span>)}
    </Line>
  );
}

/** One engine a line, while they are loaded. */
export function Loading({ engines, progress, now }: Pick<ServerView, 'engines' | 'progress' | 'now'>) {
  const { symbols } = useTheme();
  return (
    <>
      {stages.flatMap((stage) => {
        const engine = engines[stage];
        if (engine === undefined) return [];
        const state = engine.ready ? `ready after ${seconds(engine.ms)}` : `loading for ${seconds(now - engine.ms)}`;
        return [<Line key={stage}><Span tone={engine.ready ? 'good' : 'warning'}>{engine.ready ? symbols.up : symbols.down}</Span> {stage.padEnd(5)}{engine.engine.padEnd(16)}<Span tone="quiet">{state}</Span></Line>];
      })}
      {progress !== undefined && <Line tone="warning">{progress}</Line>}
    </>
  );
}
