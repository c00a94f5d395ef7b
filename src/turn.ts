import { from, of, type Observable, type Subject } from 'rxjs';
import type { Utterance } from '../operators/index.js';
import type { Offer } from './answer.js';
import { msOf } from './engines.js';
import type { SessionNews } from './events.js';
import { heardOf } from './heard.js';
import type { Judged } from './session-options.js';

/** What is known of one turn while it lasts. */
export interface Turn {
  readonly turn: number;
  readonly window: Utterance<Judged>;
  /** What was typed, where nothing was said. */
  readonly typed?: string;
  /** Of the window: it is an utterance, and no false opening. */
  readonly confirmed: Observable<void>;
  /** Whether it is to be answered, by the policy; a "mhm" during an answer is not. */
  counts: boolean;
  /** What became of the window up to its last pause, how much speech (ms) that was, and what tells it that it counts. */
  guess?: { readonly voiced: number; readonly answer: Observable<SessionNews>; readonly wanted: Subject<void> } | undefined;
  /** Whether it has ended, in whatever way. */
  over: boolean;
  /** Answers that were begun ahead of time. */
  tries: number;
  asked: string;
  /** What the user was asked before it, for leave, and what he is asked in its answer. */
  before?: Offer & { readonly late: boolean };
  offer?: Offer;
  /** The pieces of the answer with the samples that were made of each, and how many pieces were handed over at least in part. */
  readonly pieces: { text: string; samples: number }[];
  begun: number;
  /** What was heard of an answer that was cut, in ms; undefined where nobody can tell. */
  heard?: number;
}

/** A turn whose window has just opened. */
export function newTurn(turn: number, window: Utterance<Judged>): Turn {
  return { turn, window, confirmed: window.confirmed, counts: false, over: false, tries: 0, asked: '', pieces: [], begun: 0 };
}

/** A turn that was typed: an utterance without audio, which is over and counts. */
export function typedTurn(turn: number, typed: string): Turn {
  const ended = of({ accepted: true, reason: 'source' as const, voiced: 0, length: 0, lastVoicedAt: 0 });
  return { ...newTurn(turn, Object.assign(from<Judged[]>([]), { confirmed: of(undefined), ended })), typed };
}

/** Notes what was made of an answer, before it is let out. */
export function noteMade({ pieces }: Turn, event: SessionNews): void {
  // What is not the model's own is heard, and not remembered.
  if (event.type === 'reply.text') pieces[event.piece] = { text: event.filler ? '' : event.text, samples: 0 };
  const piece = event.type === 'reply.audio' ? pieces[event.piece] : undefined;
  if (piece !== undefined && event.type === 'reply.audio') piece.samples += event.audio.length;
}

/** Notes what was told of a turn. */
export function noteTold(turn: Turn, event: SessionNews): void {
  if (event.type === 'transcript' && event.final) turn.asked = event.text.trim();
  else if (event.type === 'reply.audio') turn.begun = event.piece + 1;
}

/** The words of the answer that were said: to the one that was heard last, or, where nobody can tell, to the end of the piece that was begun. */
export function saidOf({ pieces, begun, heard }: Turn): string {
  if (heard === undefined) return pieces.slice(0, begun).map(({ text }) => text).filter((text) => text !== '').join(' ');
  return heardOf(pieces.map(({ text, samples }) => ({ text, length: msOf(samples) })), heard);
}
