import type { Observable } from 'rxjs';
import { asSpeechError } from '../../src/errors.js';
import { exitCodeOf } from '../exit.js';

/** What a check has found out about one thing. */
export interface Finding {
  readonly type: 'finding';
  /** For scripts, and stable: the topic, a dot, and what of it. */
  readonly id: string;
  readonly verdict: 'good' | 'caution' | 'bad';
  /** What it means. */
  readonly text: string;
  /** What to do next. */
  readonly advice?: string;
  /** What the program exits with where this is the first that is bad. */
  readonly exit?: number;
  /** The figures behind the text. */
  readonly facts?: Facts;
}

export type Facts = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Something that takes longer than a moment has begun. */
export interface Working { readonly type: 'working'; readonly text: string }

/** Examines one thing on subscription, and completes. */
export type Check = Observable<Finding | Working>;

export function good(id: string, text: string, facts?: Facts): Finding {
  return { type: 'finding', id, verdict: 'good', text, ...(facts && { facts }) };
}

export function caution(id: string, text: string, advice: string, facts?: Facts): Finding {
  return { type: 'finding', id, verdict: 'caution', text, advice, ...(facts && { facts }) };
}

export function bad(id: string, exit: number, text: string, advice: string, facts?: Facts): Finding {
  return { type: 'finding', id, verdict: 'bad', text, advice, exit, ...(facts && { facts }) };
}

/** What was thrown, as a finding: its message, its hint, and the exit code it would end the program with. */
export function failed(id: string, thrown: unknown): Finding {
  const error = asSpeechError(thrown, { kind: 'internal', code: 'internal', hint: 'This is a fault of the program. Please report it.' });
  return bad(id, exitCodeOf(error), error.message, error.hint ?? 'Look into the log of a start with --log_level debug.', { code: error.code });
}

export function working(text: string): Working {
  return { type: 'working', text };
}
