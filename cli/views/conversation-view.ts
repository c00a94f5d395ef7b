import type { Latency } from '../../src/events.js';
import { sanitise } from '../../src/sanitise.js';
import type { AppEvent } from './app-event.js';
import { msOfAudio, noteSaid, type Line } from './transcript.js';
import { waitingFor } from './waiting-for.js';

/** What is known of one conversation, from the server's events about it. Times are clock times in ms. */
export interface ConversationView {
  readonly session: number | undefined;
  /** The client's address as the server knows it. */
  readonly peer: string | undefined;
  /** Whether its reply port is there, so that it would hear an answer. */
  readonly paired: boolean;
  readonly since: number;
  /** Why it ended, where it has. */
  readonly over: string | undefined;
  readonly gate: { readonly open: boolean; readonly reason: string; readonly since: number; /** ms, in all */ readonly dropped: number };
  /** When the watchdog opens the gate, where it counts. */
  readonly opensAt: number | undefined;
  /** Since when somebody speaks, where somebody does. */
  readonly hearing: number | undefined;
  /** What is waited for before it listens again; see `waitingFor`. */
  readonly waiting: string | undefined;
  /** The latest turn. */
  readonly turn: number;
  /** Milliseconds of the answer under way that were handed over, where there are any. */
  readonly spoken: number | undefined;
  /** dBFS, rounded to 2: what is not to be seen is no change. */
  readonly mic: number;
  readonly reply: number;
  /** When each of them was last more than quiet. */
  readonly micAt: number;
  readonly replyAt: number;
  /** Probabilities of speech (0 to 1, rounded to eighths), the newest last. */
  readonly vad: readonly number[];
  /** The newest probability, to two digits, where there is one. */
  readonly speech: number | undefined;
  readonly lines: readonly Line[];
  readonly latency: { readonly turn: number; readonly stages: Latency } | undefined;
  /** Milliseconds from the end of speech to the answer, of the last hundred turns. */
  readonly totals: readonly number[];
  readonly wire: WireView | undefined;
  /** Probability from which a frame counts as speech, where that was changed. */
  readonly threshold: number | undefined;
  /** Where it is recorded, since when, and how many bytes there are of it. */
  readonly recording: { readonly folder: string; readonly since: number; readonly bytes: number } | undefined;
}

/** Bytes over the wire in all and in the last second, and what waits. */
export interface WireView {
  readonly at: number;
  readonly received: number;
  readonly sent: number;
  readonly receivedPerSecond: number;
  readonly sentPerSecond: number;
  /** Bytes of an answer that wait for the client. */
  readonly waiting: number;
  /** ms of microphone audio that wait for the VAD. */
  readonly unheard: number;
}

/** ms without news of a wire, which come every second while something moves, after which nothing does. */
const STILL = 2_500;
/** The floor of a meter, in dBFS. */
export const QUIET = -60;
/** Probabilities that are kept. */
const HISTORY = 64;
const TURNS = 100;
const SECOND = 1_000;
/** ms without a level after which a meter falls. */
const FALLEN = 400;

export function newConversation(session: number | undefined, at: number): ConversationView {
  return {
    session, peer: undefined, paired: false, since: at, over: undefined, gate: { open: true, reason: '', since: at, dropped: 0 }, opensAt: undefined, hearing: undefined, waiting: undefined,
    turn: 0, spoken: undefined, mic: QUIET, reply: QUIET, micAt: at, replyAt: at, vad: [], speech: undefined, lines: [], latency: undefined, totals: [], wire: undefined, threshold: undefined, recording: undefined,
  };
}

/** A conversation after one more event about it. What changes nothing that is shown gives the same object back. */
export function noteConversation(before: ConversationView, event: AppEvent): ConversationView {
  const waiting = waitingFor(before.waiting, event);
  const lines = noteSaid(before.lines, event);
  const view = waiting === before.waiting && lines === before.lines ? before : { ...before, waiting, lines };
  const { at } = event;
  switch (event.type) {
    case 'connected':
      return 'session' in event ? { ...newConversation(event.session, at), peer: sanitise(event.peer), paired: event.paired } : view;
    case 'paired':
      return { ...view, paired: true };
    case 'disconnected':
      return { ...view, over: sanitise(event.reason), recording: undefined, opensAt: undefined, hearing: undefined, spoken: undefined, mic: QUIET, reply: QUIET, speech: undefined };
    case 'gate': {
      const { open, reason, dropped = 0 } = event;
      return {
        ...view, gate: { open, reason: sanitise(reason), since: at, dropped: view.gate.dropped + dropped },
        opensAt: undefined, hearing: undefined, ...(open && { spoken: undefined }),
      };
    }
    case 'watchdog':
      return { ...view, opensAt: event.fired ? undefined : at + event.remaining };
    case 'speech.started':
      return { ...view, turn: event.turn, hearing: at };
    case 'speech.stopped':
      return { ...view, turn: event.turn, hearing: undefined };
    case 'typed':
    case 'transcript':
    case 'reply.started':
      return { ...view, turn: Math.max(view.turn, event.turn) };
    case 'reply.audio':
      return { ...view, spoken: (view.spoken ?? 0) + msOfAudio(event.audio) };
    case 'reply.done':
      return {
        ...view, spoken: undefined,
        ...(event.latency !== undefined && { latency: { turn: event.turn, stages: event.latency }, totals: [...view.totals, event.latency.total].slice(-TURNS) }),
      };
    case 'cancelled':
      return { ...view, spoken: undefined };
    case 'failed':
      return 'turn' in event ? { ...view, spoken: undefined } : view;
    case 'levels':
      // A client's own levels have no session.
      return 'session' in event ? noteLevels(view, event) : view;
    case 'changed': {
      const { thresh } = event.differs;
      return { ...view, threshold: thresh === undefined ? undefined : Number(thresh) };
    }
    case 'recording':
      return { ...view, recording: event.on ? { folder: sanitise(event.folder), since: at - (event.ms ?? 0), bytes: event.bytes ?? 0 } : undefined };
    case 'wire':
      return { ...view, wire: noteWire(view.wire, event) };
    default:
      return view;
  }
}

function noteLevels(view: ConversationView, event: Extract<AppEvent, { type: 'levels' }>): ConversationView {
  const mic = 'mic' in event ? decibels(event.mic.rms) : view.mic;
  const reply = 'reply' in event ? decibels(event.reply.rms) : view.reply;
  const probability = 'mic' in event && 'speech' in event.mic ? event.mic.speech : undefined;
  const speech = probability === undefined ? view.speech : Math.round(probability * 100) / 100;
  const vad = probability === undefined ? view.vad : shifted(view.vad, Math.round(probability * 8) / 8);
  const micAt = 'mic' in event && mic > QUIET ? event.at : view.micAt;
  const replyAt = 'reply' in event && reply > QUIET ? event.at : view.replyAt;
  if (mic === view.mic && reply === view.reply && speech === view.speech && vad === view.vad && micAt === view.micAt && replyAt === view.replyAt) return view;
  return { ...view, mic, reply, speech, vad, micAt, replyAt };
}

/** Since when a tool runs, where one does. */
export const toolSince = ({ lines }: ConversationView): number | undefined => lines.findLast(({ who, mark }) => who === 'tool' && mark === 'partial')?.at;

/** Whether something is shown of it whose seconds count. */
export const isCounting = (view: ConversationView): boolean => view.over === undefined && (!view.gate.open || view.hearing !== undefined || toolSince(view) !== undefined);

/** A conversation whose meters and rates have fallen where nothing has come for a while. */
export function fallenSilent(before: ConversationView, at: number): ConversationView {
  const { wire } = before;
  const isStill = wire !== undefined && at - wire.at > STILL && (wire.receivedPerSecond > 0 || wire.sentPerSecond > 0);
  const view = isStill ? { ...before, wire: { ...wire, receivedPerSecond: 0, sentPerSecond: 0 } } : before;
  const mic = at - view.micAt > FALLEN ? QUIET : view.mic;
  const reply = at - view.replyAt > FALLEN ? QUIET : view.reply;
  return mic === view.mic && reply === view.reply ? view : { ...view, mic, reply };
}

/** dBFS in steps of 2: finer ones only flicker. */
export function decibels(rms = QUIET): number {
  return Math.max(QUIET, Math.min(0, 2 * Math.round((Number.isFinite(rms) ? rms : QUIET) / 2)));
}

/** The history with one more value. A full one of this value only stays as it is. */
function shifted(history: readonly number[], value: number): readonly number[] {
  return history.length === HISTORY && history.every((one) => one === value) ? history : [...history, value].slice(-HISTORY);
}

function noteWire(before: WireView | undefined, { at, received, sent, waiting, unheard }: Extract<AppEvent, { type: 'wire' }>): WireView {
  const elapsed = at - (before?.at ?? at - SECOND);
  // There is no news of a wire that stands still: what is new is of the last second.
  const seconds = Math.max(1, elapsed > 1.5 * SECOND ? SECOND : elapsed) / SECOND;
  const rate = (now: number, then = 0): number => Math.max(0, Math.round((now - then) / seconds));
  return { at, received, sent, waiting, unheard, receivedPerSecond: rate(received, before?.received), sentPerSecond: rate(sent, before?.sent) };
}
