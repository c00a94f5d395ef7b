import { Box } from 'ink';
import { CautionLine } from '../components/CautionLine.js';
import { Comparison } from '../components/Comparison.js';
import { Help } from '../components/Help.js';
import { KeyLine } from '../components/KeyLine.js';
import { Line, Span } from '../components/Line.js';
import { Log } from '../components/Log.js';
import { Meter } from '../components/Meter.js';
import { Settings } from '../components/Settings.js';
import { StateLine } from '../components/StateLine.js';
import { useTheme } from '../hooks/useTheme.js';
import type { Controls } from '../keys.js';
import type { ClientView } from '../views/client-view.js';
import { bytes, echoWords, length } from '../views/durations.js';
import { endOf, fitting } from '../components/fitting.js';
import { percentile } from '../views/latency.js';
import { recordingMark } from '../views/recording-mark.js';
import { compared } from '../views/settings-view.js';
import { stateOfClient } from '../views/state.js';
import type { Line as Said } from '../views/transcript.js';
import { undismissed, type Ui } from '../views/ui.js';
import type { Size } from './screen-state.js';

export interface ClientDashboardProps {
  readonly view: ClientView;
  readonly ui: Ui;
  readonly log: readonly string[];
  readonly size: Size;
  readonly controls: Controls;
  readonly note?: string | undefined;
}

/** Rows of what is covered by the list of keys or the log. */
const COVERED = 6;
/** Columns of the settings, and of what is compared beside them. */
const [LIST, TABLE] = [39, 40];

/** The living end of a conversation, at most eight rows: what is over has gone into the terminal's own history. */
export function ClientDashboard({ view, ui, log, size: { columns, rows }, controls, note }: ClientDashboardProps) {
  const stateLine = <StateLine state={stateOfClient(view, view.now, controls.talk !== undefined)} paused={ui.paused} width={columns} />;
  if (columns < 40 || rows < 10) return <Box width={columns} height={1}>{stateLine}</Box>;
  const cautions = undismissed(view.cautions, ui);
  const keyLine = <KeyLine ui={ui} place="client" controls={controls} width={columns} note={note} />;
  if (ui.over !== 'nothing') {
    return (
      <Box flexDirection="column" width={columns}>
        {stateLine}
        <Box flexDirection="column" height={COVERED} overflowY="hidden">
          {ui.over === 'help' && <Help place="client" controls={controls} width={columns} height={COVERED} />}
          {ui.over === 'log' && <Log lines={log} height={COVERED} />}
          {ui.over === 'settings' && <Adjusting view={view} chosen={ui.setting} columns={columns} />}
        </Box>
        {keyLine}
      </Box>
    );
  }
  return (
    <Box flexDirection="column" width={columns}>
      {view.conversation?.lines.filter(({ mark }) => mark === 'partial').slice(-2).map((line) => <Partial key={`${line.who} ${line.turn} ${line.call ?? ''}`} line={line} width={columns} />)}
      {stateLine}
      <Line> <Span tone="quiet">mic </Span><Meter level={view.mic} width={meterWidth(columns)} />  <Span tone="quiet">speaker </Span><Meter level={view.speaker} width={meterWidth(columns)} /></Line>
      <LinkLine view={view} width={columns} />
      {cautions.length > 0 && <CautionLine cautions={cautions} index={ui.caution} width={columns} />}
      {keyLine}
    </Box>
  );
}

/** What can be changed, and beside it how quick the answers are with that and with what was before. */
function Adjusting({ view: { settings }, chosen, columns }: { readonly view: ClientView; readonly chosen: number; readonly columns: number }) {
  const trials = compared(settings);
  return (
    <Box>
      <Box flexDirection="column" width={Math.min(columns, LIST)}><Settings rows={settings.rows} chosen={chosen} height={COVERED} /></Box>
      {columns >= LIST + TABLE && <Box flexDirection="column" width={columns - LIST}><Comparison trials={trials} height={COVERED} /></Box>}
    </Box>
  );
}

const meterWidth = (columns: number): number => Math.min(34, Math.floor((columns - 17) / 2));

/** What is being said: its end is what is new. */
function Partial({ line: { who, text }, width }: { readonly line: Said; readonly width: number }) {
  const { symbols } = useTheme();
  return <Line> <Span tone={who}>{who.padEnd(6)}</Span><Span tone="cut">{symbols.partial}</Span> <Span tone="quiet">{endOf(text, width - 11, symbols.more)}{symbols.more}</Span></Line>;
}

/** Where the server is, what has gone there and come back, and how quick it is. */
function LinkLine({ view: { link, traffic, conversation, echo, now }, width }: { readonly view: ClientView; readonly width: number }) {
  const { symbols } = useTheme();
  const mark = recordingMark(conversation, now);
  const totals = conversation?.totals ?? [];
  const [last, p50] = [conversation?.latency?.stages.total, percentile(totals, 0.5)];
  const where = link.where ?? 'not serving yet';
  const facts = [
    ...(last === undefined || p50 === undefined ? [] : [`answer ${length(last)}, p50 ${length(p50)}`]),
    ...(link.reconnects > 0 ? [`reconnects ${link.reconnects}`] : []),
    ...(echo === undefined ? [] : [`echo ${echoWords(echo)}`]),
    ...(traffic === undefined ? [] : [
      ...(traffic.underruns > 0 ? [`underruns ${traffic.underruns}`] : []), ...(traffic.dropped > 0 ? [`dropped ${bytes(traffic.dropped)}`] : []),
      `sent ${bytes(traffic.sent)}`, `received ${bytes(traffic.received)}`, `buffer ${traffic.jitter} ms`,
    ]),
  ];
  return <Line> {mark === undefined ? '' : <Span tone="bad">{symbols.up} {mark}  </Span>}<Span tone={link.state === 'up' ? 'good' : 'bad'}>{link.state === 'up' ? symbols.up : symbols.down}</Span> {where}<Span tone="quiet">{fitting(facts, width - where.length - 5 - (mark === undefined ? 0 : mark.length + 4)).map((fact) => `  ${fact}`).join('')}</Span></Line>;
}
