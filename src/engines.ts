import type { Observable, ObservableInput } from 'rxjs';

/** Samples per second of all audio inside a session and on the wire. */
export const SAMPLE_RATE = 16_000;

/** Samples of one frame: 32 ms, one window of the Silero VAD. */
export const FRAME_SAMPLES = 512;

/** Milliseconds of one frame. */
export const FRAME_MS = (1_000 * FRAME_SAMPLES) / SAMPLE_RATE;

/** How long so many samples take to hear, in ms. */
export function msOf(samples: number): number {
  return (1_000 * samples) / SAMPLE_RATE;
}

/** 512 samples of 16 kHz mono PCM, 32 ms. */
export type Frame = Int16Array;

/** Begins to judge one stream: each frame in order in, the probability of speech (0 to 1) out. */
export type Vad = () => (frame: Frame) => number | ObservableInput<number>;

export interface Transcript {
  readonly text: string;
  /** False for a partial that later ones replace. */
  readonly final: boolean;
  /** Code of the language that is spoken, of a final one whose engine had to find it out. */
  readonly language?: string;
}

/**
 * Speech to text. Frames of one utterance in, live; out come any number of partials, then one final. A batch engine
 * collects the frames until they complete. Unsubscribing cancels the work at once.
 */
export type Stt = (utterance: Observable<Frame>) => ObservableInput<Transcript>;

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** A tool, as a language model is told of it. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the object that it takes. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** That a language model wants a tool to be used. */
export interface ToolCall {
  /** By which the model knows it again. */
  readonly id: string;
  readonly name: string;
  /** JSON as the model has written it: it may be anything. */
  readonly args: string;
}

/** One step of an answer: what was said before tools were called, the calls, and what each has come to. */
export interface ToolRound {
  readonly said: string;
  readonly calls: readonly (ToolCall & { readonly result: string })[];
}

/** What a language model is told of tools. */
export interface Tooling {
  readonly tools: readonly ToolSpec[];
  /** The steps of this answer so far; they follow the last message. */
  readonly rounds: readonly ToolRound[];
  /** Whether it may call any more. */
  readonly more: boolean;
}

/**
 * A language model: the conversation in, pieces of the answer's text out as they arrive and, from one that is told of tools
 * and knows how to use them, calls. Unsubscribing aborts it.
 */
export type Llm = (messages: readonly Message[], tooling?: Tooling) => ObservableInput<string | ToolCall>;

/**
 * Text to speech: one piece of text in (a clause or a sentence), 16 kHz mono PCM out, in chunks of any length, without
 * leading silence. Unsubscribing cancels the work at once.
 */
export type Tts = (text: string) => ObservableInput<Int16Array>;

/** What one conversation is held with. */
export interface Engines {
  readonly vad: Vad;
  readonly stt: Stt;
  readonly llm: Llm;
  readonly tts: Tts;
}

/**
 * An engine as a resource: subscribing loads it, it emits the engine once it is loaded and warm, and unsubscribing frees
 * it (its child process, its memory). It does not complete by itself. An error here means that the engine
 * cannot be had at all; a failure of one call is an error of that call.
 */
export type Loaded<E> = Observable<E>;
