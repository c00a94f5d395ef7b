import type { ErrorKind, Stage } from './errors.js';

/** Milliseconds of one turn, from the last voiced sample to the first reply byte; the stages add up to `total`. */
export interface Latency {
  /** Last voiced frame → the utterance is taken as ended. */
  readonly endpoint: number;
  /** → the final transcript. */
  readonly stt: number;
  /** → the first token of the answer. */
  readonly llm: number;
  /** → the first piece of text that can be spoken. */
  readonly clause: number;
  /** → the first samples of the reply. */
  readonly tts: number;
  /** → those samples handed to the transport. */
  readonly send: number;
  readonly total: number;
}

/** Why a turn ended without an answer that was heard to its end. */
export type CancelReason =
  /** Speech, but no words in it. */
  | 'no-words'
  /** The user spoke again. */
  | 'interrupted'
  /** Another answer was under way, and the policy is to ignore what is said meanwhile. */
  | 'ignored'
  /** A "mhm" while an answer was under way, which goes on. */
  | 'backchannel'
  /** The answer took longer than the watchdog allows. */
  | 'watchdog'
  /** Somebody who may asked for it. */
  | 'asked'
  /** The client left. */
  | 'left';

// ── the microphone's edge ────────────────────────────────────────────────────────────────────────────────────────────
/** The session hears: it has begun, or the gate has opened again. */
export interface Listening { readonly type: 'listening' }
/** The VAD opened: somebody seems to speak. Every one is followed by exactly one `speech.stopped`. */
export interface SpeechStarted { readonly type: 'speech.started'; readonly turn: number }
/** The window closed. Where `accepted` is false there was too little speech and the turn ends here. */
export interface SpeechStopped {
  readonly type: 'speech.stopped';
  readonly turn: number;
  readonly accepted: boolean;
  /** What ended the window. */
  readonly reason: 'silence' | 'length' | 'source';
  /** Milliseconds of audio in the window. */
  readonly length: number;
  /** Milliseconds of it that were voiced. */
  readonly voiced: number;
  /** Clock time (ms) at which the last voiced frame was heard. */
  readonly lastVoicedAt: number;
}

// ── speech to text ───────────────────────────────────────────────────────────────────────────────────────────────────
/** What was heard; what is not final is replaced by what comes later. An empty final text is an outcome: the turn ends there. */
export interface Transcribed {
  readonly type: 'transcript';
  readonly turn: number;
  readonly text: string;
  readonly final: boolean;
  /** Code of the language that was detected, of a final one; only where it is not known beforehand. */
  readonly language?: string;
}

/** Somebody has typed instead of speaking: a turn begins, and its `transcript` comes next. */
export interface Typed { readonly type: 'typed'; readonly turn: number }

// ── the answer ───────────────────────────────────────────────────────────────────────────────────────────────────────
/** The first token has arrived, or the first thing that is said before it. */
export interface ReplyStarted { readonly type: 'reply.started'; readonly turn: number }
/** A piece of the answer that is about to be spoken, a clause or a sentence; pieces are counted from 0. */
export interface ReplyText {
  readonly type: 'reply.text';
  readonly turn: number;
  readonly piece: number;
  readonly text: string;
  /** True of words that only pass the time while a tool works, and are not the model's. */
  readonly filler?: true;
}
/** Samples of the answer. On the event channels it goes as counts only. */
export interface ReplyAudio {
  readonly type: 'reply.audio';
  readonly turn: number;
  /** Which piece of the answer it is of. */
  readonly piece: number;
  readonly audio: Int16Array;
  /** Clock time (ms) at which the transport had taken the samples, where a transport is joined. */
  readonly sentAt?: number;
}
/** The whole answer was handed over. */
export interface ReplyDone {
  readonly type: 'reply.done';
  readonly turn: number;
  readonly text: string;
  /** Milliseconds of speech. */
  readonly length: number;
  readonly latency?: Latency;
}

// ── tools ────────────────────────────────────────────────────────────────────────────────────────────────────────────
/** The user is asked whether tools that act may be used. */
export interface ToolAsked { readonly type: 'tool.asked'; readonly turn: number; readonly tools: readonly string[] }
/** What the user has said to that: anything but a clear yes, and a yes that comes too late, is a no. */
export interface ToolDecided { readonly type: 'tool.decided'; readonly turn: number; readonly tools: readonly string[]; readonly decision: 'yes' | 'no' | 'late' }
/** The model has called a tool. Followed by its `tool.done`, unless the turn ends before. */
export interface ToolCalled {
  readonly type: 'tool.called';
  readonly turn: number;
  /** Counted from 0 in each turn. */
  readonly call: number;
  readonly tool: string;
  /** JSON as the model has written it, its beginning where it is long. */
  readonly args: string;
}
/** What has come of a call; not `ok` where it was refused or has failed, and `result` says why. */
export interface ToolDone {
  readonly type: 'tool.done';
  readonly turn: number;
  readonly call: number;
  readonly tool: string;
  readonly ok: boolean;
  readonly ms: number;
  /** What the model is told, its beginning where it is long. */
  readonly result: string;
}

// ── how else a turn ends ─────────────────────────────────────────────────────────────────────────────────────────────
export interface Cancelled {
  readonly type: 'cancelled';
  readonly turn: number;
  readonly reason: CancelReason;
  /** Milliseconds of the answer that were heard, where it is released at the pace of the ear (`lead` of `session`). */
  readonly heard?: number;
  /** Where some of the answer was sent: the bytes that the client's reply port had had by then. What comes after is of another answer. */
  readonly sent?: number;
}
export interface Failed {
  readonly type: 'failed';
  readonly turn: number;
  readonly stage: Stage;
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

// ── the listen gate ──────────────────────────────────────────────────────────────────────────────────────────────────
export interface Gate {
  readonly type: 'gate';
  readonly open: boolean;
  /** Plain words: why it closed, or what opened it. */
  readonly reason: string;
  /** Milliseconds of microphone audio dropped while it was closed; on opening only. */
  readonly dropped?: number;
}
/** The watchdog counts down while the gate is closed, and says when it had to open it. */
export interface Watchdog { readonly type: 'watchdog'; readonly remaining: number; readonly fired: boolean }

// ── what is changed meanwhile ────────────────────────────────────────────────────────────────────────────────────────
/** A change holds from here on; see `changes` of `session`. Told of those that say how the conversation differs then. */
export interface Changed { readonly type: 'changed'; readonly differs: Readonly<Record<string, string>> }

// ── everything else a person should know ─────────────────────────────────────────────────────────────────────────────
export interface Warning { readonly type: 'warning'; readonly code: string; readonly message: string }

/** All that happens in one conversation. A turn that began ends with exactly one of `reply.done`, `cancelled`, `failed`,
 *  or with a `speech.stopped` that was not accepted. */
export type SessionNews =
  | Listening | SpeechStarted | SpeechStopped | Transcribed | Typed
  | ReplyStarted | ReplyText | ReplyAudio | ReplyDone
  | ToolAsked | ToolDecided | ToolCalled | ToolDone
  | Cancelled | Failed | Gate | Watchdog | Changed | Warning;

/** News with the clock time (ms since the epoch) at which it happened. */
export type SessionEvent = SessionNews & { readonly at: number };
