// The states that the golden frames show: a conversation as the server tells it, up to a moment, and how the screen is held.
import type { AppEvent, ReplayNews } from '../../cli/views/app-event.js';
import { newUi, type Ui } from '../../cli/views/ui.js';
import type { ToldEvent } from '../../src/event-schema.js';

/** A moment of 2026-03-01 at 12:03:00 local time, plus so many ms. */
export const at = (ms: number): number => new Date(2026, 2, 1, 12, 3, 0).getTime() + ms;

const latency = { endpoint: 320, stt: 138, llm: 271, clause: 31, tts: 82, send: 0, total: 842 };
const address = (port: number) => ({ host: '127.0.0.1', port });

export const loaded: readonly AppEvent[] = [
  { type: 'loading', stage: 'vad', engine: 'silero', at: at(0) },
  { type: 'loaded', stage: 'vad', engine: 'silero', ms: 200, at: at(200) },
  { type: 'loading', stage: 'stt', engine: 'whisper', at: at(200) },
  { type: 'loading', stage: 'llm', engine: 'embedded', at: at(200) },
  { type: 'loading', stage: 'tts', engine: 'hibari', at: at(200) },
  { type: 'loaded', stage: 'stt', engine: 'whisper', ms: 1_300, at: at(1_500) },
];
export const fetching: readonly AppEvent[] = [
  { type: 'notice', message: 'Fetching Qwen2.5-Coder 0.5B Instruct into /home/user/.cache/speech-to-speech', at: at(0) },
  { type: 'progress', message: '212.4 MB of 491.4 MB (43 %), 9.1 MB/s, 31 s left  qwen2.5-coder-0.5b-instruct-q4_k_m.gguf', at: at(100) },
];
export const serving: readonly AppEvent[] = [
  ...loaded,
  { type: 'loaded', stage: 'llm', engine: 'embedded', ms: 1_900, at: at(2_100) },
  { type: 'loaded', stage: 'tts', engine: 'hibari', ms: 800, at: at(2_100) },
  { type: 'serving', recv: address(12_345), send: address(12_346), at: at(2_100) },
  { type: 'telling', events: address(12_347), at: at(2_100) },
  { type: 'health', loop: { p99: 4, max: 11 }, cpu: 0.38, memory: 612_000_000, files: 41, at: at(2_200) },
];
const levels = (ms: number, mic: number, speech: number): AppEvent => ({ type: 'levels', session: 1, mic: { rms: mic, peak: mic + 6, speech }, at: at(ms) });
const quiet = (from: number, count: number): AppEvent[] => Array.from({ length: count }, (_, n) => levels(from + 100 * n, -58, 0.02));
const loud = (from: number, count: number): AppEvent[] => Array.from({ length: count }, (_, n) => levels(from + 100 * n, -24 - (n % 4), n === 0 ? 0.5 : 0.93));

export const listening: readonly AppEvent[] = [
  ...serving,
  { type: 'connected', session: 1, peer: '127.0.0.1:52108', paired: true, at: at(3_000) },
  { type: 'listening', session: 1, at: at(3_000) },
  ...quiet(3_100, 20),
  { type: 'wire', session: 1, received: 32_000, sent: 0, waiting: 0, unheard: 0, at: at(4_000) },
  { type: 'wire', session: 1, received: 64_000, sent: 0, waiting: 0, unheard: 0, at: at(5_000) },
];
export const hearing: readonly AppEvent[] = [
  ...listening,
  { type: 'speech.started', session: 1, turn: 1, at: at(5_200) },
  ...loud(5_200, 18),
  { type: 'transcript', session: 1, turn: 1, text: 'yes two adults', final: false, at: at(6_800) },
];
const heard = (turn: number, ms: number, text: string): AppEvent[] => [
  { type: 'speech.stopped', session: 1, turn, accepted: true, reason: 'silence', length: 2_900, voiced: 2_100, lastVoicedAt: at(ms - 320), at: at(ms) },
  { type: 'gate', session: 1, open: false, reason: 'you have finished; the answer comes first', at: at(ms) },
  { type: 'watchdog', session: 1, remaining: 30_000, fired: false, at: at(ms) },
  { type: 'transcript', session: 1, turn, text, final: true, at: at(ms + 138) },
];
export const thinking: readonly AppEvent[] = [...hearing, ...heard(1, 7_300, 'Yes, two adults please.'), levels(7_400, -50, 0.04)];
export const speaking: readonly AppEvent[] = [
  ...thinking,
  { type: 'reply.started', session: 1, turn: 1, at: at(7_700) },
  { type: 'reply.text', session: 1, turn: 1, piece: 0, text: 'Two adult tickets are twenty-four euros.', at: at(7_740) },
  { type: 'reply.audio', session: 1, turn: 1, piece: 0, audio: { samples: 33_600, bytes: 67_200, ms: 2_100 }, at: at(7_820) },
  { type: 'levels', session: 1, reply: { rms: -9, peak: -2 }, at: at(7_900) },
];
export const answered: readonly AppEvent[] = [
  ...speaking,
  { type: 'reply.done', session: 1, turn: 1, text: 'Two adult tickets are twenty-four euros.', length: 2_100, latency, at: at(8_000) },
  { type: 'gate', session: 1, open: true, reason: 'the answer was sent', dropped: 700, at: at(8_000) },
  { type: 'wire', session: 1, received: 150_000, sent: 67_584, waiting: 0, unheard: 0, at: at(8_000) },
  ...quiet(8_100, 40),
  { type: 'wire', session: 1, received: 278_000, sent: 67_584, waiting: 0, unheard: 0, at: at(12_000) },
];
export const cut: readonly AppEvent[] = [
  ...answered,
  { type: 'speech.started', session: 1, turn: 2, at: at(12_200) },
  ...heard(2, 14_000, 'Are there any seats left in the front row?'),
  { type: 'reply.started', session: 1, turn: 2, at: at(14_300) },
  { type: 'reply.text', session: 1, turn: 2, piece: 0, text: 'There are three seats left in the front row, one of them is at', at: at(14_400) },
  { type: 'reply.audio', session: 1, turn: 2, piece: 0, audio: { samples: 33_600, bytes: 67_200, ms: 2_100 }, at: at(14_500) },
  { type: 'cancelled', session: 1, turn: 2, reason: 'asked', at: at(15_500) },
  { type: 'gate', session: 1, open: true, reason: 'the turn was cancelled: asked', dropped: 1_500, at: at(15_500) },
  { type: 'speech.started', session: 1, turn: 3, at: at(16_000) },
  { type: 'transcript', session: 1, turn: 3, text: 'actually make it three', final: false, at: at(17_000) },
  ...loud(16_000, 14),
  { type: 'wire', session: 1, received: 362_000, sent: 131_072, waiting: 0, unheard: 0, at: at(16_000) },
  { type: 'wire', session: 1, received: 394_000, sent: 131_072, waiting: 0, unheard: 0, at: at(17_000) },
];
/** Where answers can be interrupted: a tool runs, a "mhm" lets the answer go on, a question ends it, and no words are in what comes next. */
export const tooling: readonly AppEvent[] = [
  ...listening,
  { type: 'speech.started', session: 1, turn: 1, at: at(5_200) },
  { type: 'speech.stopped', session: 1, turn: 1, accepted: true, reason: 'silence', length: 2_900, voiced: 2_100, lastVoicedAt: at(7_000), at: at(7_300) },
  { type: 'transcript', session: 1, turn: 1, text: 'Lock the door. Is it raining?', final: true, at: at(7_400) },
  { type: 'tool.asked', session: 1, turn: 1, tools: ['lock'], at: at(7_600) },
  { type: 'tool.decided', session: 1, turn: 1, tools: ['lock'], decision: 'no', at: at(7_700) },
  { type: 'tool.called', session: 1, turn: 1, call: 0, tool: 'calendar', args: '{"day":"today"}', at: at(7_800) },
  { type: 'tool.done', session: 1, turn: 1, call: 0, tool: 'calendar', ok: false, ms: 400, result: 'HTTP 500', at: at(8_200) },
  { type: 'tool.called', session: 1, turn: 1, call: 1, tool: 'weather', args: '{"city":"Rome"}', at: at(8_300) },
];
export const interrupted: readonly AppEvent[] = [
  ...tooling,
  { type: 'tool.done', session: 1, turn: 1, call: 1, tool: 'weather', ok: true, ms: 1_600, result: 'dry, 21 degrees', at: at(9_900) },
  { type: 'reply.started', session: 1, turn: 1, at: at(10_000) },
  { type: 'reply.text', session: 1, turn: 1, piece: 0, text: 'It is dry in Rome, and will be all day.', at: at(10_100) },
  { type: 'reply.audio', session: 1, turn: 1, piece: 0, audio: { samples: 33_600, bytes: 67_200, ms: 2_100 }, at: at(10_200) },
  { type: 'speech.started', session: 1, turn: 2, at: at(10_400) },
  { type: 'speech.stopped', session: 1, turn: 2, accepted: true, reason: 'silence', length: 700, voiced: 320, lastVoicedAt: at(10_700), at: at(11_000) },
  { type: 'cancelled', session: 1, turn: 2, reason: 'backchannel', at: at(11_000) },
  { type: 'speech.started', session: 1, turn: 3, at: at(11_500) },
  { type: 'cancelled', session: 1, turn: 1, reason: 'interrupted', heard: 1_750, sent: 67_200, at: at(12_000) },
  { type: 'speech.stopped', session: 1, turn: 3, accepted: true, reason: 'silence', length: 900, voiced: 600, lastVoicedAt: at(12_200), at: at(12_500) },
  { type: 'transcript', session: 1, turn: 3, text: '', final: true, at: at(12_700) },
  { type: 'cancelled', session: 1, turn: 3, reason: 'no-words', at: at(12_700) },
];
/** Settings that can be changed, of which two were: answers under A, the first of them under B on the way, and those under C. */
const settings = (thresh: string, speed: string, pending = false): AppEvent => ({
  type: 'settings', at: at(8_500), settings: [
    { name: 'voice', origin: 'slt', value: 'slt', choices: ['slt', 'rms', 'awb', 'kal16'] },
    { name: 'speed', origin: '1', value: speed, choices: ['0.9', '1', '1.1'], ...(pending && { pending: true as const }) },
    { name: 'thresh', origin: '0.6', value: thresh, choices: ['0.55', '0.6', '0.65', '0.7'] },
    { name: 'min_silence_ms', origin: 'adaptive', value: 'adaptive', choices: ['adaptive', '200', '300'] },
    { name: 'speculate', origin: 'on', value: 'on', choices: ['off', 'on'] },
  ],
});
const answers = (first: number, totals: readonly number[]): AppEvent[] => totals.flatMap((total, n): AppEvent[] => [
  { type: 'transcript', session: 1, turn: first + n, text: `Question ${first + n}?`, final: true, at: at(8_500 + 100 * (first + n)) },
  { type: 'reply.done', session: 1, turn: first + n, text: `Answer ${first + n}.`, length: 900, latency: { ...latency, endpoint: total - 522, total }, at: at(8_550 + 100 * (first + n)) },
]);
export const adjusting: readonly AppEvent[] = [...answered, settings('0.6', '1'), ...answers(2, [790, 1_180, 860])];
export const adjusted: readonly AppEvent[] = [
  ...adjusting, settings('0.65', '1'), { type: 'changed', session: 1, differs: { thresh: '0.65' }, at: at(9_000) },
  settings('0.7', '1'), { type: 'changed', session: 1, differs: { thresh: '0.7' }, at: at(9_100) }, ...answers(5, [640, 710]), settings('0.7', '1.1', true),
];
export const unplugged: readonly AppEvent[] = [...answered, { type: 'levels', session: 1, mic: { rms: -60, peak: -60, speech: 0 }, at: at(15_000) }];
export const troubled: readonly AppEvent[] = [
  ...answered,
  { type: 'warning', session: 1, code: 'slow-reader', message: 'The client takes its answer slowly: 640 KiB of it wait.', at: at(9_000) },
  { type: 'failed', session: 1, turn: 1, stage: 'llm', kind: 'stage', code: 'llm-unreachable', message: 'The LLM server does not answer.', hint: 'Start it, or use --llm_backend embedded.', at: at(9_500) },
];
export const wide: readonly AppEvent[] = [
  ...listening,
  { type: 'transcript', session: 1, turn: 1, text: '你好，请问两张成人票多少钱？', final: true, at: at(6_000) },
  { type: 'reply.done', session: 1, turn: 1, text: 'नमस्ते 👩‍👩‍👧 Zwei Erwachsene: 24 € — e\u0301te\u0301 à la carte', length: 900, latency, at: at(7_000) },
];
export const two: readonly AppEvent[] = [
  ...answered,
  { type: 'connected', session: 2, peer: '192.0.2.7:40100', paired: false, at: at(12_000) },
  { type: 'listening', session: 2, at: at(12_000) },
];
export const lengthy: readonly AppEvent[] = [
  ...serving.map((event) => (event.type === 'loaded' || event.type === 'loading' ? { ...event, engine: `${event.engine}-of-a-rather-long-name` } : event)),
  { type: 'connected', session: 12, peer: '[2001:db8:85a3:8d3:1319:8a2e:370:7348]:52108', paired: true, at: at(3_000) },
  { type: 'transcript', session: 12, turn: 341, text: 'https://www.example.com/a/very/long/address/that/nobody/would/ever/say/but/somebody/has/typed.html', final: true, at: at(6_000) },
  { type: 'reply.done', session: 12, turn: 341, text: 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft is one word.', length: 4_000, latency: { ...latency, llm: 12_271, total: 12_842 }, at: at(7_000) },
  { type: 'transcript', session: 12, turn: 342, text: 'and then I went on talking and talking about this and that without ever making a pause so that only the end of it can be seen', final: false, at: at(9_000) },
];
export const gone: readonly AppEvent[] = [...answered, { type: 'disconnected', session: 1, peer: '127.0.0.1:52108', reason: 'the client left', at: at(12_100) }];
export const watched: readonly AppEvent[] = [
  { type: 'watching', host: 'server.example.com', port: 12_347, at: at(0) },
  { type: 'snapshot', events: answered.filter((event) => event.type === 'serving' || event.type === 'connected' && 'session' in event || event.type === 'reply.done'), at: at(10) },
];
export const lost: readonly AppEvent[] = [...watched, { type: 'watch.lost', host: 'server.example.com', port: 12_347, reason: 'The server closed the connection.', retryIn: 2_000, at: at(20) }];

const recording: AppEvent = { type: 'recording', session: 1, on: true, folder: '/home/user/recordings/2026-03-01T120303Z-session-1', at: at(3_000) };
export const recorded: readonly AppEvent[] = [...answered, recording, { ...recording, ms: 5_000, bytes: 312_000, at: at(8_000) }];
export const recordsNext: readonly AppEvent[] = [...serving, { type: 'recorder', on: true, folder: 'recordings', at: at(2_300) }];
const replay = (state: ReplayNews['state'], speed: number, ms: number, past: readonly AppEvent[]): AppEvent => ({
  type: 'replay', name: '2026-03-01T120302Z-session-1', state, speed, from: at(2_000), until: at(70_000), past: past.filter((event) => event.at >= at(3_000)) as readonly ToldEvent[], at: at(ms),
});
export const replaying: readonly AppEvent[] = [replay('playing', 0.5, 7_400, thinking)];
export const replayPaused: readonly AppEvent[] = [replay('paused', 1, 6_900, hearing)];
export const replayOver: readonly AppEvent[] = [replay('over', 1, 70_000, gone)];

export const states = { recorded, 'records-next': recordsNext, replaying, 'replay-paused': replayPaused, 'replay-over': replayOver, loaded, fetching, serving, listening, hearing, thinking, speaking, answered, cut, unplugged, tooling, interrupted, adjusting, adjusted, troubled, wide, two, lengthy, gone, watched, lost };

/** What a client adds to what its server tells. */
export const joined: readonly AppEvent[] = [
  { type: 'connecting', host: 'server.example.com', sendPort: 12_345, recvPort: 12_346, attempt: 0, at: at(2_500) },
  { type: 'connected', local: '127.0.0.1:52108', at: at(3_000) },
];
const ownLevels: readonly AppEvent[] = [
  { type: 'levels', mic: { rms: -24, peak: -18 }, at: at(7_000) },
  { type: 'traffic', sent: 1_240_000, received: 302_000, dropped: 0, drops: { playing: 0, offline: 0, unread: 0, excess: 0, tail: 0, cut: 0, unplayed: 0 }, underruns: 0, jitter: 150, buffered: 0, at: at(7_000) },
];
const own = (events: readonly AppEvent[]): AppEvent[] => events.filter((event) => 'session' in event && event.type !== 'wire');
export const clientStates: Readonly<Record<string, readonly AppEvent[]>> = {
  'client-starting': loaded,
  'client-calling': joined.slice(0, 1),
  'client-sending': [...joined, ...ownLevels],
  'client-hearing': [...joined, ...own(hearing), ...ownLevels],
  'client-thinking': [...joined, ...own(thinking), ...ownLevels],
  'client-playing': [...joined, ...own(answered), ...ownLevels, { type: 'playing', playing: true, at: at(7_900) }, { type: 'muted', by: 'playback', muted: true, at: at(7_900) }, { type: 'levels', speaker: { rms: -9, peak: -2 }, at: at(8_000) }],
  'client-learning': [
    ...joined, ...own(interrupted), ...ownLevels, { type: 'guard', trusted: false, at: at(2_500) }, { type: 'playing', playing: true, at: at(7_900) },
    { type: 'muted', by: 'playback', muted: true, at: at(7_900) }, { type: 'echo', before: -22.4, after: -56.7, at: at(8_000) },
  ],
  'client-tooling': [...joined, ...own(tooling), ...ownLevels],
  'client-interruptible': [...joined, ...own(listening), ...ownLevels, { type: 'guard', trusted: true, at: at(7_950) }, { type: 'playing', playing: true, at: at(7_900) }],
  'client-unplugged': [...joined, ...own(answered), ...ownLevels, { type: 'device', device: 'microphone', lost: true, reason: 'The microphone is gone (arecord ended).', retryIn: 2_000, at: at(12_100) }],
  'client-muted': [...joined, ...own(answered), ...ownLevels, { type: 'muted', by: 'user', muted: true, at: at(9_000) }],
  'client-lost': [...joined, ...own(answered), ...ownLevels, { type: 'disconnected', reason: 'the server closed the connection', retryIn: 2_000, at: at(12_100) }],
  'client-recorded': [...joined, ...own(recorded), ...ownLevels],
  'client-cut': [...joined, ...own(cut), ...ownLevels],
  'client-lengthy': [...joined, ...own(lengthy), ...ownLevels],
  'client-warned': [...joined, ...own(troubled), ...ownLevels],
};

/** How a screen is held that is not as it begins. */
export const held: Readonly<Record<string, Partial<Ui>>> = {
  help: { over: 'help' },
  log: { over: 'log' },
  asking: { entry: { purpose: 'ask', text: 'what time is it in Lis' } },
  settings: { over: 'settings', setting: 1 },
  typing: { entry: { purpose: 'ask', text: 'what is the capital of Italy, and what do you know about the people who live there now, and lived there' } },
  searching: { search: 'adult' },
  paused: { paused: true },
  'panel-3': { panel: 3 },
};
export const ui = (how: Partial<Ui> = {}): Ui => ({ ...newUi, ...how });
