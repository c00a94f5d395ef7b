import { useTheme } from '../hooks/useTheme.js';
import type { ConversationView } from '../views/conversation-view.js';
import { bytes, uptime } from '../views/durations.js';
import type { ServerView } from '../views/server-view.js';
import { Engines } from './Engines.js';
import { Line, Span } from './Line.js';

/** ms of the microphone that may wait for the VAD without a word. */
const LATE = 200;

/** Letters of a folder's name: its end is what tells it from others. */
const FOLDER = 36;

/** Who is there, and what goes over the wire. */
export function Session({ view, conversation }: { readonly view: ServerView; readonly conversation: ConversationView }) {
  const { symbols } = useTheme();
  const { peer, paired, wire, over, since, turn, recording } = conversation;
  const moving = over === undefined ? wire : undefined;
  const open = (is: boolean): string => (is ? symbols.yes : symbols.no);
  return (
    <>
      <Line><Span tone="quiet">peer    </Span>mic <Span tone={over === undefined ? 'good' : 'bad'}>{open(over === undefined)}</Span>  reply <Span tone={paired && over === undefined ? 'good' : 'bad'}>{open(paired && over === undefined)}</Span>  {peer ?? 'unknown'}</Line>
      {recording === undefined || view.replaying !== undefined
        ? <Line><Span tone="quiet">audio   </Span>16 kHz mono s16le, 512-sample frames</Line>
        : <Line><Span tone="quiet">rec     </Span>{recording.folder.length > FOLDER ? symbols.more : ''}{recording.folder.slice(-FOLDER)}</Line>}
      <Line><Span tone="quiet">in      </Span>{bytes(moving?.receivedPerSecond ?? 0)}/s  {bytes(wire?.received ?? 0)} in all{wire !== undefined && wire.unheard > LATE ? <Span tone="warning">  {Math.round(wire.unheard)} ms wait for the VAD</Span> : ''}</Line>
      <Line><Span tone="quiet">out     </Span>{bytes(moving?.sentPerSecond ?? 0)}/s  {bytes(wire?.sent ?? 0)} in all{wire !== undefined && wire.waiting > 0 ? <Span tone="warning">  {bytes(wire.waiting)} queued</Span> : ''}</Line>
      {view.replaying === undefined && <Engines engines={view.engines} />}
      <Line><Span tone="quiet">since   </Span>{uptime(view.now - since)}  turn {turn}{over === undefined ? '' : <Span tone="warning">  gone: {over}</Span>}</Line>
    </>
  );
}
