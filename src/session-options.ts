import { filter, scan } from 'rxjs';
import type { Observable, ObservableInput, SchedulerLike } from 'rxjs';
import { vadGate } from '../operators/index.js';
import type { BargeInPolicy, Utterance, VadGateOptions } from '../operators/index.js';
import { FRAME_MS } from './engines.js';
import type { Engines, Frame } from './engines.js';
import type { CancelReason } from './events.js';
import { limited, LIMITS, type Limits } from './limited.js';
import type { Tool } from './tools.js';

export interface SessionOptions {
  /** The system prompt. @default '' */
  readonly system?: string;
  /** Turns of the conversation that the LLM is reminded of. @default 30 */
  readonly chatSize?: number;
  /** Tokens of a prompt, about; the oldest turns go where it would be longer. @default 3_000 */
  readonly chatTokens?: number;
  /** Language of the answers, for cutting them into sentences (BCP 47). @default 'en' */
  readonly language?: string;
  /** When speech begins and ends; times in ms. Without `minSilence` the endpoint is adaptive: see endpointing.ts. */
  readonly speech?: SpeechOptions;
  /**
   * Prepares the answer while the speaker pauses, and throws it away where he goes on: the answer is ready when the turn is
   * over, at the price of some that are made in vain (at most three a turn). Needs the adaptive endpoint. @default false
   */
  readonly speculate?: boolean;
  /** What speech during an answer does to it: it interrupts, is ignored, or waits for its turn. @default 'interrupt' */
  readonly policy?: BargeInPolicy;
  /** What the LLM may call. Those that act are not run before the user has said yes. @default none */
  readonly tools?: readonly Tool[];
  /**
   * Whether what is said during an answer counts, or is a "mhm" that lets it go on: the first value says that it counts, its
   * completion without one that it does not. @default 480 ms of speech
   */
  readonly interrupts?: (utterance: Utterance<Judged>) => ObservableInput<unknown>;
  /**
   * Releases an answer no earlier than so many ms before it can be heard. What is not released can still be taken back, and the
   * history of an interrupted answer ends where the listener was. @default Infinity: at once
   */
  readonly lead?: number;
  /** The longest wait (ms) for a transcript after the end of speech, for the first token, for the next one, and for samples. */
  readonly limits?: Partial<Limits>;
  /**
   * What changes while the session runs. It holds from the next turn on: not before nobody speaks and no answer is under way.
   * What contradicts itself is refused with a warning, and all stays as it was. @default never
   */
  readonly changes?: Observable<SessionChange>;
  /** While its last value is true nothing more of an answer is spoken: what was, has yet to be taken. @default never */
  readonly hold?: Observable<boolean>;
  /** Whether it listens. What is said while the last value is false is dropped. @default always */
  readonly listen?: Observable<boolean>;
  /** Told of every frame that was dropped. */
  readonly onDrop?: (frame: Frame) => void;
  /** What is typed instead of said: each is a turn without audio, which interrupts as speech does. Heard while there are frames. @default never */
  readonly typed?: Observable<string>;
  /** Ends the turn that is under way, for the reason given. @default never */
  readonly cancel?: Observable<CancelReason>;
  readonly scheduler?: SchedulerLike;
}

export interface SpeechOptions extends Pick<VadGateOptions<unknown>, 'threshold' | 'endThreshold' | 'minSpeech' | 'maxSpeech' | 'preRoll'> {
  readonly minSilence?: number;
}

/** New values of some options, `speech` as a whole, and engines in place of those before: another voice, or another language to hear, is another engine. */
export interface SessionChange
  extends Pick<SessionOptions, 'system' | 'chatSize' | 'chatTokens' | 'language' | 'speech' | 'speculate' | 'tools' | 'policy' | 'interrupts' | 'lead' | 'limits'>,
  Partial<Pick<Engines, 'stt' | 'llm' | 'tts'>> {
  /** All that is different then from how it began, by name: told as `changed` when it holds. @default nothing is told */
  readonly differs?: Readonly<Record<string, string>>;
}

/** A frame with its probability of speech. */
export interface Judged { readonly frame: Frame; readonly speech: number }

/** Speech (ms) that interrupts an answer: "mhm" and "yeah" are shorter. */
const INTERRUPTION = 480;
export type Settled = ReturnType<typeof settled>;

/** Options with nothing left open. @throws RangeError where they contradict each other */
export function settled(options: SessionChange & Engines, scheduler: SchedulerLike) {
  const { system = '', chatSize = 30, chatTokens = 3_000, language = 'en', policy = 'interrupt', speculate = false, tools = [], lead = Infinity, limits } = options;
  const speech = { minSpeech: 384, threshold: 0.6, ...options.speech };
  const { interrupts = speaksFor(INTERRUPTION, speech.threshold) } = options;
  vadGate(() => () => 0, speech);
  const stages = limited(options, { ...LIMITS, ...limits }, scheduler);
  return { options, system, bounds: { turns: chatSize, tokens: chatTokens }, language, policy, speculate, tools, lead, speech, interrupts, stages };
}

/** Whether an utterance holds at least so much speech, as soon as it does. */
function speaksFor(ms: number, threshold: number): (utterance: Utterance<Judged>) => Observable<unknown> {
  return (utterance) => utterance.pipe(
    scan((voiced, { speech }) => (speech >= threshold ? voiced + FRAME_MS : voiced), 0),
    filter((voiced) => voiced >= ms),
  );
}
