import type { ServerView } from '../views/server-view.js';
import { bytes } from '../views/durations.js';
import { Line, Span } from './Line.js';

/** A loop that is later than this (ms) is late enough to be heard. */
const LATE = 20;

/** How the program does, in lines of one thing each. */
export function Health({ view: { health, engines, viewers, served, missed, replaying } }: { readonly view: ServerView }) {
  if (health === undefined) return <Line tone="quiet">{replaying === undefined ? 'The server does not tell yet.' : 'The recording does not tell.'}</Line>;
  const { loop, cpu, memory, files } = health;
  return (
    <>
      <Line><Span tone="quiet">loop </Span>p99 <Span tone={loop.p99 > LATE ? 'warning' : 'plain'}>{Math.round(loop.p99)} ms</Span>  max {Math.round(loop.max)} ms</Line>
      <Line><Span tone="quiet">cpu  </Span>{Math.round(cpu * 100)} %  <Span tone="quiet">rss </Span>{bytes(memory)}{files === undefined ? '' : <><Span tone="quiet">  fds </Span>{files}</>}</Line>
      {(['stt', 'llm', 'tts'] as const).map((stage) => <EngineLine key={stage} stage={stage} engine={engines[stage]} />)}
      <Line><Span tone="quiet">served </Span>{served}<Span tone="quiet">  viewers </Span>{viewers}</Line>
      {missed > 0 && <Line tone="warning">{missed} events not shown</Line>}
    </>
  );
}

function EngineLine({ stage, engine }: { readonly stage: string; readonly engine: ServerView['engines']['stt'] }) {
  if (engine === undefined) return null;
  return <Line><Span tone="quiet">{stage.padEnd(5)}</Span><Span tone={engine.ready ? 'good' : 'warning'}>{engine.ready ? 'ready' : 'loading'}</Span> {engine.engine}</Line>;
}

/** The same in one line. */
export function HealthLine({ health }: Pick<ServerView, 'health'>) {
  if (health === undefined) return null;
  const { loop, cpu, memory, files } = health;
  return <Line tone="quiet"> loop p99 {Math.round(loop.p99)} ms  cpu {Math.round(cpu * 100)} %  rss {bytes(memory)}{files === undefined ? '' : `  fds ${files}`}</Line>;
}
