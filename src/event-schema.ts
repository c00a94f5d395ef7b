import { z } from 'zod';
import type { ReplyAudio } from './events.js';

/**
 * The version of the events, which `hello` names. Within one, new types of events and new optional fields may come; nothing
 * goes, and nothing changes its meaning.
 */
export const EVENTS_VERSION = 1;

const count = z.int().min(0);
const ms = z.number();
const words = z.string();

const stage = z.enum(['vad', 'stt', 'llm', 'tts']);
const address = z.object({ host: words, port: count });
const level = z.object({ rms: z.number(), peak: z.number() });
const failure = { kind: z.enum(['net', 'device', 'stage', 'config', 'model', 'internal']), code: words, message: words, hint: words.exactOptional() };
const latency = z.object({ endpoint: ms, stt: ms, llm: ms, clause: ms, tts: ms, send: ms, total: ms });

/** An event of the type; `at` is its clock time in ms. */
const event = <const T extends string, S extends z.core.$ZodLooseShape>(type: T, about: string, shape: S) =>
  z.object({ type: z.literal(type), ...shape, at: ms }).describe(about);
/** An event of a conversation, which has a number where there may be several. */
const said = <const T extends string, S extends z.core.$ZodLooseShape>(type: T, about: string, shape: S) =>
  event(type, about, { session: count.exactOptional(), ...shape });

/** What the present state of a server is made of, and so goes into a snapshot. */
const lasting = {
  telling: event('telling', 'The events port is open.', { events: address }),
  serving: event('serving', 'Both audio ports are open: the microphone\'s (recv) and the one for replies (send).', { recv: address, send: address }),
  connected: z.union([
    event('connected', 'A client has come; its peer is the address of its microphone socket, and where it is paired its reply port is there, too. `interruptible` says that this server listens while it answers.', { session: count, peer: words, paired: z.boolean(), interruptible: z.literal(true).exactOptional() }),
    event('connected', 'Told by a client: it has reached the server, from this address of its own; `missed` is ms of speech that were lost before.', { local: words, missed: ms.exactOptional() }),
  ]),
  paired: event('paired', 'The reply port of a client has come after its microphone.', { session: count, peer: words }),
  listening: said('listening', 'It hears: the conversation has begun, or the gate has opened.', {}),
  gate: said('gate', 'The listen gate has opened or closed; `dropped` is ms of microphone audio that was not heard meanwhile.', { open: z.boolean(), reason: words, dropped: ms.exactOptional() }),
  watchdog: said('watchdog', 'The gate is closed and opens in so many ms whatever happens, or had to be opened (fired).', { remaining: ms, fired: z.boolean() }),
  recorder: event('recorder', 'What is said is recorded from now on, into folders in that one of the server, or is not any more.', { on: z.boolean(), folder: words }),
  recording: event('recording', 'What is said in this session is recorded into that folder of the server, or is not any more, and why. `ms` and `bytes` are how much there is of it; where it is still on it has only grown.', {
    session: count, on: z.boolean(), folder: words, reason: words.exactOptional(), ms: ms.exactOptional(), bytes: count.exactOptional(),
  }),
  'speech.started': said('speech.started', 'Somebody seems to speak.', { turn: count }),
  'speech.stopped': said('speech.stopped', 'The speech has ended. Where it is not accepted there was too little of it, and the turn ends here.', {
    turn: count, accepted: z.boolean(), reason: z.enum(['silence', 'length', 'source']), length: ms, voiced: ms, lastVoicedAt: ms,
  }),
  transcript: said('transcript', 'What was heard; a final one replaces those before it, and names the language where that had to be detected.', { turn: count, text: words, final: z.boolean(), language: words.exactOptional() }),
  typed: said('typed', 'Somebody has typed instead of speaking: a turn begins, and its transcript comes next.', { turn: count }),
  'reply.started': said('reply.started', 'The first token of the answer has arrived.', { turn: count }),
  'reply.text': said('reply.text', 'A piece of the answer, about to be spoken; a filler passes the time while a tool works, and is not the model\'s.', { turn: count, piece: count, text: words, filler: z.literal(true).exactOptional() }),
  'reply.done': said('reply.done', 'The whole answer was handed over; `length` is ms of speech.', { turn: count, text: words, length: ms, latency: latency.exactOptional() }),
  cancelled: said('cancelled', 'The turn has ended without an answer that was heard to its end. `heard` is ms of it that were heard, where that is known. Where something of it was sent, `sent` is how many bytes the reply port had had by then, and what comes after is of another answer.', { turn: count, reason: z.enum(['no-words', 'interrupted', 'ignored', 'backchannel', 'watchdog', 'asked', 'left']), heard: ms.exactOptional(), sent: count.exactOptional() }),
  changed: said('changed', 'What was to change in this conversation holds from here on: all that is different from how the program was started, by the name of its setting.', { differs: z.record(words, words) }),
  settings: event('settings', 'What can be changed while the program runs: how it was at the start, how it is wanted now, and what it can be; pending is what has yet to be loaded for it.', {
    settings: z.array(z.object({ name: words, origin: words, value: words, choices: z.array(words).readonly(), pending: z.literal(true).exactOptional() })).readonly(),
  }),
  failed: z.union([
    said('failed', 'A stage has failed, and with it the turn.', { turn: count, stage, ...failure }),
    event('failed', 'Told by a client: it cannot go on.', failure),
  ]),
};

const lastingEvent = z.union(Object.values(lasting));

/** Every event there is, by its type, as `--ui json` prints it and the events port sends it. */
export const eventSchemas = {
  ...lasting,
  'reply.audio': said('reply.audio', 'Samples of the answer, of which only the amount is told.', {
    turn: count, piece: count, audio: z.object({ samples: count, bytes: count, ms }), sentAt: ms.exactOptional(),
  }),
  'tool.asked': said('tool.asked', 'The user is asked whether tools that act may be used.', { turn: count, tools: z.array(words).readonly() }),
  'tool.decided': said('tool.decided', 'What the user has said to that; no is anything but a clear yes.', { turn: count, tools: z.array(words).readonly(), decision: z.enum(['yes', 'no', 'late']) }),
  'tool.called': said('tool.called', 'The model has called a tool, with JSON that may be cut.', { turn: count, call: count, tool: words, args: words }),
  'tool.done': said('tool.done', 'What has come of a call after so many ms; where it is not ok, the result says why. It may be cut.', {
    turn: count, call: count, tool: words, ok: z.boolean(), ms, result: words,
  }),
  warning: said('warning', 'What a person should know.', { code: words, message: words }),

  waiting: event('waiting', 'One half of a client is there, and what it lacks has not come.', { peer: words, lacks: z.enum(['microphone', 'reply']) }),
  disconnected: z.union([
    event('disconnected', 'A client has gone.', { session: count, peer: words, reason: words }),
    event('disconnected', 'Told by a client: it has not reached the server or has lost it, and tries again in `retryIn` ms.', { reason: words, retryIn: ms.exactOptional() }),
  ]),
  refused: event('refused', 'Somebody was turned away.', { peer: words, code: words, reason: words }),
  levels: z.union([
    event('levels', 'How loud (dBFS) the microphone of a session is, how probably that is speech (0 to 1), and how loud its reply.', {
      session: count, mic: level.extend({ speech: z.number().exactOptional() }).exactOptional(), reply: level.exactOptional(),
    }),
    event('levels', 'Told by a client: how loud (dBFS) its microphone and its speaker are.', { mic: level.exactOptional(), speaker: level.exactOptional() }),
  ]),

  wire: event('wire', 'Bytes that went over the wire of a session and that wait for it, and ms of its microphone that wait for the VAD.', {
    session: count, received: count, sent: count, waiting: count, unheard: ms,
  }),

  loading: event('loading', 'An engine is being loaded.', { stage, engine: words }),
  loaded: event('loaded', 'An engine is ready, after so many ms.', { stage, engine: words, ms }),
  notice: event('notice', 'What a person may want to know.', { message: words }),

  progress: event('progress', 'How far something is that takes its time; it takes the place of the one before.', { message: words }),
  health: event('health', 'How the program does: ms by which its event loop was late (99th percentile, and most) and part of a core that it took since the last one; bytes of memory, and open files where that can be told.', {
    loop: z.object({ p99: ms, max: ms }), cpu: z.number(), memory: count, files: count.exactOptional(),
  }),

  connecting: event('connecting', 'Told by a client: it calls the server.', { host: words, sendPort: count, recvPort: count, attempt: count }),
  muted: event('muted', 'Told by a client: whether it sends silence, or nothing, instead of what its microphone hears; `dropped` is ms that were not sent meanwhile.', { by: z.enum(['playback', 'user']), muted: z.boolean(), dropped: ms.exactOptional() }),
  playing: event('playing', 'Told by a client: whether a reply is being played.', { playing: z.boolean() }),
  underrun: event('underrun', 'Told by a client: its speaker has run dry in a reply, for the so-manieth time, and `jitter` ms are collected first from now on.', { count, jitter: ms }),
  traffic: event('traffic', 'Told by a client: bytes so far, and where those went that were dropped; how often the speaker has run dry; ms that are collected before a reply plays, and that wait.', {
    sent: count, received: count, dropped: count, drops: z.object({ playing: count, offline: count, unread: count, excess: count, tail: count, cut: count.default(0), unplayed: count.default(0) }),
    underruns: count, jitter: ms, buffered: ms,
  }),
  cut: event('cut', 'Told by a client: the server has ended its answer, of which so many ms had come and are heard no more.', { unheard: ms }),
  device: z.union([
    event('device', 'Told by a client: a device has gone, and is opened again in `retryIn` ms.', { device: z.enum(['microphone', 'speaker']), lost: z.literal(true), reason: words, retryIn: ms }),
    event('device', 'Told by a client: that device is back.', { device: z.enum(['microphone', 'speaker']), lost: z.literal(false) }),
  ]),
  echo: event('echo', 'Told by a client: its microphone hears its speaker. How loud (dBFS) it was for two seconds of a reply, and is without that echo.', { before: z.number(), after: z.number() }),
  guard: event('guard', 'Told by a client whose answers can be interrupted: whether the echo of what it plays is known to be taken away, so that its microphone is sent while it plays.', { trusted: z.boolean() }),
  'mic.ended': event('mic.ended', 'Told by a client: its recording is over.', {}),

  'viewer.joined': event('viewer.joined', 'Somebody watches through the events port.', { peer: words }),
  'viewer.left': event('viewer.left', 'Somebody watches no more.', { peer: words, reason: words }),

  hello: event('hello', 'The first line of the events port.', {
    version: count, program: z.object({ name: words, version: words }), ports: z.object({ recv: count, send: count }).exactOptional(),
  }),
  snapshot: event('snapshot', 'The second line: the events of the past that make up the present state, with their own times.', { events: z.array(lastingEvent).readonly() }),
  dropped: event('dropped', 'So many levels were not told to this viewer, who is slow.', { levels: count }),
  accepted: event('accepted', 'The viewer\'s command is done.', { command: words }),
  error: event('error', 'What this viewer has sent, or that it came, is refused.', { code: words, message: words }),

  watching: event('watching', 'Told by a viewer: it has reached an events port.', { host: words, port: count }),
  'watch.lost': event('watch.lost', 'Told by a viewer: it has not reached the events port or has lost it, and tries again in `retryIn` ms.', { host: words, port: count, reason: words, retryIn: ms }),
  unknown: event('unknown', 'Told by a viewer: an event that it does not know or cannot read, and how it begins.', { name: words, line: words }),
};

/** An event as it is printed and sent: like the one that happened, but for samples, which are counts. */
export type ToldEvent = { [T in keyof typeof eventSchemas]: z.infer<(typeof eventSchemas)[T]> }[keyof typeof eventSchemas];

/** An event as it happens, samples and all. */
export type NewsEvent = ToldEvent | (ReplyAudio & { readonly at: number; readonly session?: number });

/** An event of the past that still tells something of the present. */
export type LastingEvent = z.infer<(typeof eventSchemas)['snapshot']>['events'][number];

/** The JSON Schema (draft 2020-12) of one line of events. Made for readers: it allows fields that it does not know. */
export function eventsJsonSchema(): object {
  const about = z.registry<z.core.GlobalMeta>();
  for (const [type, schema] of Object.entries(eventSchemas)) {
    about.add(schema, { ...schema.meta(), id: type });
    if ('options' in schema) for (const option of schema.options) about.add(option, option.meta() ?? {});
  }
  const any = z.union(Object.values(eventSchemas));
  return { title: `speech-to-speech-rx events, version ${EVENTS_VERSION}`, ...z.toJSONSchema(any, { io: 'input', metadata: about }) };
}
