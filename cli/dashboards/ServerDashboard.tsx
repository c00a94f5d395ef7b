import { Box } from 'ink';
import { CautionLine, rowsOfCaution } from '../components/CautionLine.js';
import { Comparison } from '../components/Comparison.js';
import { Loading } from '../components/Engines.js';
import { Health, HealthLine } from '../components/Health.js';
import { Help } from '../components/Help.js';
import { KeyLine } from '../components/KeyLine.js';
import { Levels } from '../components/Levels.js';
import { Line, Span } from '../components/Line.js';
import { Log } from '../components/Log.js';
import { Panel } from '../components/Panel.js';
import { Session } from '../components/Session.js';
import { Settings } from '../components/Settings.js';
import { StateLine } from '../components/StateLine.js';
import { Transcript } from '../components/Transcript.js';
import { FlatWaterfall, Waterfall } from '../components/Waterfall.js';
import { useTheme } from '../hooks/useTheme.js';
import type { Controls } from '../keys.js';
import type { ConversationView } from '../views/conversation-view.js';
import { clock } from '../views/clock.js';
import { length, seconds, stopwatch, uptime } from '../views/durations.js';
import { fitting } from '../components/fitting.js';
import { percentile } from '../views/latency.js';
import { recordingMark } from '../views/recording-mark.js';
import type { ServerView } from '../views/server-view.js';
import { compared, differsWords } from '../views/settings-view.js';
import { stateOf, stateOfReplay, type State } from '../views/state.js';
import { undismissed, type Ui } from '../views/ui.js';
import type { Size } from './screen-state.js';

export interface ServerDashboardProps {
  readonly view: ServerView;
  readonly ui: Ui;
  readonly log: readonly string[];
  /** Of the terminal. */
  readonly size: Size;
  readonly controls: Controls;
  /** Probability from which a frame counts as speech. @default 0.6 */
  readonly threshold?: number | undefined;
  /** In place of the keys. */
  readonly note?: string | undefined;
}

/** The conversation that is to be shown: the newest, or one so many before it. */
export function shownConversation({ conversations }: ServerView, { session }: Pick<Ui, 'session'>): ConversationView | undefined {
  return conversations[Math.max(0, conversations.length - 1 - session)];
}

/** A server at a glance, on a whole terminal but for its last row. */
export function ServerDashboard(props: ServerDashboardProps) {
  const { view, ui, log, size: { columns, rows }, controls, threshold, note } = props;
  const conversation = shownConversation(view, ui);
  const isReplay = view.replaying !== undefined;
  const place = isReplay ? 'replay' : 'server';
  const isStarting = !isReplay && view.serving === undefined && conversation === undefined;

  const height = Math.max(1, rows - 1);
  const state = isStarting ? starting(view) : isReplay ? stateOfReplay(view, conversation, threshold) : stateOf(conversation, view.now, threshold);
  const stateLine = <StateLine state={state} paused={ui.paused} width={columns} />;
  if (columns < 60 || rows < 15) return <Box width={columns} height={1}>{stateLine}</Box>;

  const cautions = undismissed(view.cautions, ui);
  const warned = { cautions, index: ui.caution, width: columns };
  const room = height - 3 - rowsOfCaution(warned);
  return (
    <Box flexDirection="column" width={columns} height={height} overflowY="hidden">
      {view.replaying === undefined ? <Header view={view} mark={recordingMark(conversation, view.now, view.records)} width={columns} /> : <ReplayHeader now={view.now} {...view.replaying} />}
      {stateLine}
      {cautions.length > 0 && <CautionLine {...warned} />}
      <Box flexDirection="column" height={room} overflowY="hidden">
        {ui.over === 'help' && <Help place={place} controls={controls} width={columns} height={room} />}
        {ui.over === 'log' && <Log lines={log} height={room} />}
        {(ui.over === 'nothing' || ui.over === 'settings') && <Panels {...props} conversation={conversation} width={columns} height={room} />}
      </Box>
      <KeyLine ui={ui} place={place} controls={controls} width={columns} note={note} />
    </Box>
  );
}

interface PanelsProps extends ServerDashboardProps { readonly conversation: ConversationView | undefined; readonly width: number; readonly height: number }

function Panels(props: PanelsProps) {
  const { view, ui, conversation, width, height } = props;
  if (ui.over === 'settings') return <Adjusting {...props} />;
  if (conversation === undefined) {
    if (view.replaying !== undefined) return <Panel digit={1} title="Nobody is connected" width={width} height={height} />;
    return (
      <Panel digit={1} title={view.watching?.lost !== undefined ? 'Not connected' : view.serving === undefined ? 'Getting ready' : 'Nobody is connected'} width={width} height={height}>
        <Loading engines={view.engines} progress={view.progress} now={view.now} />
        {view.serving !== undefined && <Waiting view={view} />}
        {view.watching?.lost !== undefined && <Line>It is tried again by itself. The server has to run with --events_port.</Line>}
      </Panel>
    );
  }
  const shown = { ...props, conversation };
  if (ui.panel > 0) return <One {...shown} panel={ui.panel} width={width} height={height} />;
  if (width >= 100 && height >= 24) return <Wide {...shown} />;
  return <Narrow {...shown} />;
}

/** What can be changed, and how quick the answers are with what was: beside each other where there is room, and the transcript below. */
function Adjusting({ view: { settings }, ui, conversation, width, height }: PanelsProps) {
  const trials = compared(settings);
  const now = trials.at(-1);
  const wide = width >= 90;
  const [left, right] = wide ? [46, width - 46] : [width, width];
  const list = Math.min(height, wide ? 10 : 2 + Math.max(1, settings.rows.length));
  const table = wide ? list : Math.min(10, Math.max(0, height - list));
  const rest = height - list - (wide ? 0 : table);
  return (
    <>
      <Box flexDirection={wide ? 'row' : 'column'}>
        <Panel digit="c" title="Settings" aside={now === undefined ? '' : `now ${now.letter}`} width={left} height={list} focused><Settings rows={settings.rows} chosen={ui.setting} height={list - 2} /></Panel>
        {table >= 4 && <Panel title={trials.map(({ letter, differs }) => `${letter}: ${differsWords(differs)}`).join('  against  ')} width={right} height={table}><Comparison trials={trials} height={table - 2} /></Panel>}
      </Box>
      {rest >= 4 && conversation !== undefined && <Panel digit={4} title="Transcript" width={width} height={rest}><Transcript lines={conversation.lines} width={width - 4} height={rest - 2} /></Panel>}
    </>
  );
}

type Shown = PanelsProps & { readonly conversation: ConversationView };

/** All five, two beside each other. */
function Wide({ width, height, ...rest }: Shown) {
  const [left, top, middle] = [Math.floor(width / 2), 8, 8];
  const side = 36;
  return (
    <>
      <Box>
        <One {...rest} panel={1} width={left} height={top} />
        <One {...rest} panel={2} width={width - left} height={top} />
      </Box>
      <One {...rest} panel={3} width={width} height={middle} />
      <Box>
        <One {...rest} panel={4} width={width - side} height={height - top - middle} />
        <One {...rest} panel={5} width={side} height={height - top - middle} />
      </Box>
    </>
  );
}

/** What matters most, below each other; what has no room is a key away. */
function Narrow({ width, height, ...rest }: Shown) {
  const { view, conversation } = rest;
  const levels = Math.min(7, Math.max(0, height - 4));
  const turn = height >= 18 ? 4 : 0;
  const health = height >= 14 ? 1 : 0;
  return (
    <>
      {levels >= 6 && <One {...rest} panel={2} width={width} height={levels} />}
      {turn > 0 && (
        <Panel digit={3} title={turnTitle(conversation)} aside={aside(conversation)} width={width} height={turn}>
          {conversation.latency === undefined ? <NoTurn /> : <FlatWaterfall latency={conversation.latency.stages} width={width - 4} />}
        </Panel>
      )}
      <One {...rest} panel={4} width={width} height={height - (levels >= 6 ? levels : 0) - turn - health} />
      {health > 0 && <HealthLine health={view.health} />}
    </>
  );
}

function One({ panel, view, ui, conversation, threshold = 0.6, width, height }: Omit<Shown, 'log' | 'size' | 'controls'> & { readonly panel: number }) {
  const frame = { digit: panel, width, height, focused: ui.panel === panel };
  const inner = width - 4;
  switch (panel) {
    case 1:
      return <Panel {...frame} title={`Session ${conversation.session ?? ''}`.trim()} aside={among(view, conversation)}><Session view={view} conversation={conversation} /></Panel>;
    case 2:
      return <Panel {...frame} title="Levels and listen gate"><Levels view={conversation} now={view.now} width={inner} threshold={conversation.threshold ?? threshold} /></Panel>;
    case 3:
      return (
        <Panel {...frame} title={turnTitle(conversation)} aside={aside(conversation)}>
          {conversation.latency === undefined ? <NoTurn /> : <Waterfall latency={conversation.latency.stages} width={inner} />}
        </Panel>
      );
    case 4:
      return <Panel {...frame} title={view.conversations.length < 2 ? 'Transcript' : `Transcript of session ${conversation.session ?? ''}`} aside={among(view, conversation)}><Transcript lines={conversation.lines} width={inner} height={height - 2} scroll={ui.scroll} search={ui.search} /></Panel>;
    default:
      return <Panel {...frame} title="Health"><Health view={view} /></Panel>;
  }
}

const turnTitle = ({ latency }: ConversationView): string => (latency === undefined ? 'Last turn' : `Last turn #${latency.turn}  first audio ${length(latency.stages.total)} after the last word`);
const NoTurn = () => <Line tone="quiet">No turn has been answered yet.</Line>;

function aside({ totals }: ConversationView): string {
  const [p50, p95] = [percentile(totals, 0.5), percentile(totals, 0.95)];
  return p50 === undefined || p95 === undefined ? '' : `p50 ${Math.round(p50)}  p95 ${Math.round(p95)}  of ${totals.length}`;
}

function among({ conversations }: ServerView, conversation: ConversationView): string {
  return conversations.length < 2 ? '' : `${conversations.indexOf(conversation) + 1} of ${conversations.length}, left right`;
}

function Header({ view, mark, width }: { readonly view: ServerView; readonly mark: string | undefined; readonly width: number }) {
  const { symbols } = useTheme();
  const { serving, events, watching, conversations } = view;
  const there = conversations.filter(({ over }) => over === undefined).length;
  const tone = watching?.lost !== undefined ? 'bad' : serving === undefined ? 'warning' : 'good';
  const word = watching?.lost !== undefined ? 'NO SERVER' : serving === undefined ? (watching === undefined ? 'STARTING' : 'WATCHING') : watching === undefined ? 'SERVING' : 'WATCHING';
  const ports = serving === undefined ? [] : [`mic:${serving.recv.port}`, `tts:${serving.send.port}`, ...(events === undefined ? [] : [`events:${events.port}`])];
  const facts = [watching?.where ?? serving?.recv.host ?? '', ...ports, `sess ${there}`, `up ${uptime(view.now - view.since)}`].filter((fact) => fact !== '');
  const shown = fitting(facts, width - word.length - 23 - (mark === undefined ? 0 : mark.length + 4));
  return <Line> <Span tone="strong">speech-to-speech</Span>  <Span tone={tone}>{serving === undefined ? symbols.down : symbols.up} {word}</Span>{mark === undefined ? '' : <Span tone="bad">  {symbols.up} {mark}</Span>}  {shown.join('  ')}</Line>;
}

/** Where in a recording this is, and how fast it goes on. */
function ReplayHeader({ now, name, state, speed, from, until }: NonNullable<ServerView['replaying']> & Pick<ServerView, 'now'>) {
  const { symbols } = useTheme();
  const word = { playing: 'REPLAY', paused: 'PAUSED', over: 'OVER' }[state];
  const facts = [`${stopwatch(now - from)} of ${stopwatch(until - from)}`, `speed ${Number(speed.toFixed(2))}`, name];
  return <Line> <Span tone="strong">speech-to-speech</Span>  <Span tone={state === 'playing' ? 'good' : 'warning'}>{state === 'playing' ? symbols.speaking : symbols.shut} {word}</Span>  {facts.join('  ')}</Line>;
}

/** The state of a server that does not serve yet, or that cannot be reached. */
function starting({ now, watching, progress, engines }: ServerView): State {
  if (watching?.lost !== undefined) {
    const again = watching.retryAt === undefined ? [] : [`trying again in ${seconds(watching.retryAt - now)}, r at once`];
    return { meaning: 'trouble', word: 'no server', details: [watching.lost, ...again] };
  }
  const loading = Object.entries(engines).filter(([, engine]) => !engine.ready).map(([stage, { engine }]) => `${stage} ${engine}`);
  const details = progress !== undefined ? [progress] : loading.length > 0 ? [`loading ${loading.join(', ')}`] : [];
  return { meaning: 'idle', word: 'getting ready', details };
}

function Waiting({ view: { serving, half } }: { readonly view: ServerView }) {
  if (serving === undefined) return null;
  return (
    <>
      {half !== undefined && <Line tone="warning">{half.peer} opened the reply port at {clock(half.at)}; its microphone has not come</Line>}
      <Line> </Line>
      <Line>A client sends its microphone to port {serving.recv.port} and takes its answers from port {serving.send.port}:</Line>
      <Line> </Line>
      <Line tone="strong">  listen-and-play --host {/^(0\.0\.0\.0|::)$/.test(serving.recv.host) ? 'THIS-MACHINE' : serving.recv.host} --send_port {serving.recv.port} --recv_port {serving.send.port}</Line>
    </>
  );
}
