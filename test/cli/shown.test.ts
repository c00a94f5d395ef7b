import { renderToString } from 'ink';
import { createElement } from 'react';
import { describe, expect, it } from 'vitest';
import { ClientDashboard } from '../../cli/dashboards/ClientDashboard.js';
import { ServerDashboard } from '../../cli/dashboards/ServerDashboard.js';
import type { Controls } from '../../cli/keys.js';
import type { AppEvent } from '../../cli/views/app-event.js';
import { newClientView, noteClient, tickClient } from '../../cli/views/client-view.js';
import { historyOf } from '../../cli/views/history.js';
import { plainLine } from '../../cli/views/plain.js';
import { newServerView, noteServer, tickServer } from '../../cli/views/server-view.js';
import { newUi, type Ui } from '../../cli/views/ui.js';
import { eventSchemas } from '../../src/event-schema.js';
import { at, clientStates, states } from './frames.js';

type Type = keyof typeof eventSchemas;
/** All but how a recording is shown again, which nobody tells. */
type Told = Exclude<AppEvent, { type: 'replay' }>;
const now = at(20_000);
const address = { host: '127.0.0.1', port: 12_345 };
const drops = { playing: 0, offline: 0, unread: 0, excess: 0, tail: 0, cut: 0, unplayed: 0 };

/** One event of each type, in the form in which the one who tells it does, of a session that answers. */
const events: Readonly<Record<Type, object>> = {
  telling: { events: address },
  serving: { recv: { ...address, port: 1 }, send: { ...address, port: 2 } },
  connected: { session: 2, peer: '192.0.2.9:1', paired: true },
  paired: { session: 1, peer: '192.0.2.9:1' },
  listening: { session: 1 },
  gate: { session: 1, open: true, reason: 'the answer was sent' },
  watchdog: { session: 1, remaining: 20_000, fired: false },
  recording: { session: 1, on: true, folder: '/recordings' },
  recorder: { on: true, folder: '/recordings' },
  'speech.started': { session: 1, turn: 2 },
  'speech.stopped': { session: 1, turn: 2, accepted: true, reason: 'silence', length: 900, voiced: 600, lastVoicedAt: now },
  transcript: { session: 1, turn: 2, text: 'and two children', final: true },
  typed: { session: 1, turn: 2 },
  'reply.started': { session: 1, turn: 1 },
  'reply.text': { session: 1, turn: 1, piece: 1, text: 'That is all.' },
  'reply.done': { session: 1, turn: 1, text: 'Two adults: 24 €.', length: 2_100 },
  cancelled: { session: 1, turn: 1, reason: 'asked' },
  changed: { session: 1, differs: { thresh: '0.7' } },
  settings: { settings: [{ name: 'thresh', origin: '0.6', value: '0.7', choices: ['0.6', '0.7'] }] },
  failed: { session: 1, turn: 1, stage: 'llm', kind: 'stage', code: 'x', message: 'it does not answer' },
  'reply.audio': { session: 1, turn: 1, piece: 0, audio: { samples: 16_000, bytes: 32_000, ms: 1_000 } },
  'tool.asked': { session: 1, turn: 1, tools: ['lock'] },
  'tool.decided': { session: 1, turn: 1, tools: ['lock'], decision: 'yes' },
  'tool.called': { session: 1, turn: 1, call: 0, tool: 'lock', args: '{}' },
  'tool.done': { session: 1, turn: 1, call: 0, tool: 'lock', ok: true, ms: 10, result: 'locked' },
  warning: { session: 1, code: 'x', message: 'something is odd' },
  waiting: { peer: '192.0.2.9:1', lacks: 'microphone' },
  disconnected: { session: 1, peer: '127.0.0.1:52108', reason: 'the client left' },
  refused: { peer: '192.0.2.9:1', code: 'busy', reason: 'one client at a time' },
  levels: { session: 1, mic: { rms: -12, peak: -6, speech: 0.5 } },
  wire: { session: 1, received: 900_000, sent: 900_000, waiting: 0, unheard: 0 },
  loading: { stage: 'tts', engine: 'flite' },
  loaded: { stage: 'tts', engine: 'hibari', ms: 100 },
  notice: { message: 'whisper works again.' },
  progress: { message: '12 %' },
  health: { loop: { p99: 9, max: 30 }, cpu: 0.5, memory: 1 },
  connecting: { host: 'other.example.com', sendPort: 1, recvPort: 2, attempt: 0 },
  muted: { by: 'user', muted: true },
  playing: { playing: true },
  underrun: { count: 1, jitter: 225 },
  traffic: { sent: 1, received: 2, dropped: 3, drops, underruns: 4, jitter: 225, buffered: 0 },
  cut: { unheard: 300 },
  device: { device: 'speaker', lost: true, reason: 'The speaker is gone.', retryIn: 250 },
  echo: { before: -22, after: -57 },
  guard: { trusted: true },
  'mic.ended': {},
  'viewer.joined': { peer: '192.0.2.9:1' },
  'viewer.left': { peer: '192.0.2.9:1', reason: 'it left' },
  hello: { version: 1, program: { name: 'x', version: '1' } },
  snapshot: { events: [{ type: 'transcript', session: 1, turn: 1, text: 'something else', final: true, at: now }] },
  dropped: { levels: 3 },
  accepted: { command: 'cancel' },
  error: { code: 'x', message: 'no' },
  watching: { host: 'other.example.com', port: 1 },
  'watch.lost': { host: 'other.example.com', port: 1, reason: 'it is gone', retryIn: 250 },
  unknown: { name: 'mood', line: '{}' },
};
/** The same as a client tells it. */
const ofClient: { readonly [T in Type]?: object } = {
  connected: { local: '127.0.0.1:52108' }, disconnected: { reason: 'it is gone', retryIn: 250 }, levels: { mic: { rms: -12, peak: -6 } },
};
/** What only means something in another state than that of a session that answers. */
const before: { readonly [T in Type]?: readonly AppEvent[] } = {
  listening: [], waiting: states.serving, recorder: states.serving, 'reply.audio': states.speaking.slice(0, -2),
  paired: states.listening.map((event) => (event.type === 'connected' ? { ...event, paired: false } : event)),
  'reply.started': states.thinking,
  'tool.called': states.thinking,
  'viewer.left': [...states.speaking, { type: 'viewer.joined', peer: '192.0.2.9:1', at: at(9_000) }],
  loading: states.serving.slice(0, 2), loaded: states.loaded, progress: states.loaded,
  'speech.stopped': states.hearing, telling: states.serving.slice(0, -2), serving: states.loaded,
};
const beforeClient: { readonly [T in Type]?: readonly AppEvent[] } = {
  connecting: [], connected: clientStates['client-calling']!, loading: [], loaded: states.loaded, progress: [],
  guard: clientStates['client-learning']!, 'mic.ended': clientStates['client-sending']!, paired: clientStates['client-sending']!,
  device: clientStates['client-playing']!, listening: clientStates['client-sending']!, 'speech.started': clientStates['client-interruptible']!.slice(0, -2), typed: clientStates['client-interruptible']!.slice(0, -2),
  'reply.audio': [...clientStates['client-thinking']!, { type: 'reply.text', session: 1, turn: 1, piece: 0, text: 'Two.', at: at(8_000) }],
  'speech.stopped': clientStates['client-hearing']!, snapshot: clientStates['client-sending']!,
};

const fromClient = 'a client tells it, whose own screen shows it';
const tooOften = 'it comes too often to be read as lines';
const ofServer = 'of the server as a whole, not of this conversation';
const ofWay = 'of the way to the events port: where it is lost, the screen says that the server tells nothing';
/** What is not shown in a place, and why. */
const unshown: Readonly<Record<'server' | 'client' | 'plain', { readonly [T in Type]?: string }>> = {
  server: {
    notice: 'it is in the log, one key away',
    hello: 'it says who tells, before there is anything to show',
    accepted: 'what was asked for is seen to happen',
    connecting: fromClient, muted: fromClient, playing: fromClient, underrun: fromClient, traffic: fromClient, cut: fromClient, device: fromClient, echo: fromClient, guard: fromClient, 'mic.ended': fromClient,
  },
  client: {
    wire: 'traffic tells the same, as it is seen from here',
    underrun: 'traffic counts it within a second',
    'viewer.joined': ofServer, 'viewer.left': ofServer, telling: ofServer, waiting: ofServer, health: ofServer,
    hello: ofWay, dropped: ofWay, accepted: ofWay, watching: ofWay, 'watch.lost': ofWay, unknown: ofWay,
  },
  plain: {
    settings: 'a session tells what has changed, when it holds',
    typed: 'its transcript comes next',
    'reply.started': 'the answer comes as a line when it is whole', 'reply.text': 'the answer comes as a line when it is whole', 'reply.audio': tooOften,
    levels: tooOften, wire: tooOften, traffic: tooOften, health: tooOften, playing: 'muted and unmuted say it',
    progress: 'it is on stderr, where each takes the place of the one before',
    hello: 'watching has just said it', snapshot: 'its events are lines, one each',
  },
};

const nothing = () => undefined;
const controls: Controls = { quit: nothing, suspend: nothing, redraw: nothing };
const size = { columns: 120, rows: 40 };
/** What is seen when a key has opened it. */
const uiFor = ({ type }: AppEvent): Ui => (type === 'settings' || type === 'changed' ? { ...newUi, over: 'settings' } : newUi);

function changesServer(event: Told): boolean {
  const draw = (all: readonly AppEvent[]): string =>
    renderToString(createElement(ServerDashboard, { view: tickServer(all.reduce(noteServer, newServerView(at(0))), now + 100), ui: uiFor(event), log: [], size, controls }), { columns: 120 });
  const past = before[event.type] ?? states.speaking;
  return draw(past) !== draw([...past, event]);
}

function changesClient(event: Told): boolean {
  const view = (all: readonly AppEvent[]) => tickClient(all.reduce(noteClient, newClientView(at(0), 0.6)), now + 100);
  const draw = (all: readonly AppEvent[]): string => renderToString(createElement(ClientDashboard, { view: view(all), ui: uiFor(event), log: [], size, controls }), { columns: 120 });
  const past = beforeClient[event.type] ?? clientStates['client-thinking']!;
  return historyOf(view(past), event, {}).length > 0 || draw(past) !== draw([...past, event]);
}

describe('every event there is', () => {
  const shown = { server: changesServer, client: changesClient, plain: (event: Told) => plainLine(event) !== undefined };

  it.each(['server', 'client', 'plain'] as const)('is shown (%s), or there is a reason why not', (place) => {
    const wrong = (Object.keys(eventSchemas) as Type[]).flatMap((type) => {
      const event = { type, ...(place === 'client' ? ofClient[type] ?? events[type] : events[type]), at: now } as Told;
      const isShown = shown[place](event);
      const reason = unshown[place][type];
      return isShown === (reason === undefined) ? [] : [isShown ? `${type} is shown, so this is no reason: ${reason}` : `${type} is not shown`];
    });
    expect(wrong).toEqual([]);
  });

  it('is among those that this test knows, in a form that the schema takes', () => {
    for (const [type, event] of Object.entries(events)) expect(eventSchemas[type as Type].safeParse({ type, ...event, at: now }).error).toBeUndefined();
  });
});
