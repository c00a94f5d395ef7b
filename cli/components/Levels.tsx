import { useTheme } from '../hooks/useTheme.js';
import type { ConversationView } from '../views/conversation-view.js';
import { seconds } from '../views/durations.js';
import { Line, Span } from './Line.js';
import { Meter } from './Meter.js';
import { Sparkline } from './Sparkline.js';

const LABEL = 5;
const TAIL = 8;
/** Columns under which a reason has a line of its own. */
const SLIM = 55;
/** ms after which the watchdog opens the gate, unless it has more time than that. */
const WATCHDOG = 30_000;

interface LevelsProps { readonly view: ConversationView; readonly now: number; readonly width: number; readonly threshold: number }

/** How loud both sides are, what the VAD makes of it, and whether the listen gate is open. */
export function Levels(props: LevelsProps) {
  const { view, width, threshold } = props;
  return (
    <>
      <Line><Span tone="quiet">mic  </Span><Meter level={view.mic} width={width - LABEL} /></Line>
      <Line><Span tone="quiet">tts  </Span><Meter level={view.reply} width={width - LABEL} /></Line>
      <Line><Span tone="quiet">vad  </Span><Sparkline values={view.vad} width={width - LABEL - TAIL} threshold={threshold} />  p={view.speech === undefined ? '-' : view.speech.toFixed(2)}</Line>
      <Gate {...props} />
    </>
  );
}

function Gate({ view: { gate, opensAt }, now, width }: LevelsProps) {
  const { symbols } = useTheme();
  if (gate.open) {
    return (
      <>
        <Line><Span tone="quiet">gate </Span><Span tone="listening">{symbols.listening} OPEN</Span>{gate.reason === '' ? '' : `  ${gate.reason}`}</Line>
        {gate.dropped > 0 && <Line tone="quiet">     {seconds(gate.dropped)} of the microphone unheard so far</Line>}
      </>
    );
  }
  const left = opensAt === undefined ? 0 : Math.max(0, opensAt - now);
  const cells = Math.max(4, Math.min(20, width - LABEL - 30));
  const filled = Math.min(cells, Math.ceil((left / Math.max(WATCHDOG, left)) * cells));
  return (
    <>
      <Line><Span tone="quiet">gate </Span><Span tone="shut">{symbols.shut} CLOSED</Span> {seconds(now - gate.since)}{width < SLIM ? '' : `  ${gate.reason}`}</Line>
      {width < SLIM && <Line tone="quiet">     {gate.reason}</Line>}
      {opensAt !== undefined && <Line><Span tone="quiet">watchdog </Span>[<Span tone="warning">{symbols.left.repeat(filled)}</Span><Span tone="quiet">{symbols.gone.repeat(cells - filled)}</Span>] reopens in {seconds(left)}</Line>}
    </>
  );
}
