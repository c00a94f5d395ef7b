import { alike } from './alike.js';
import { axisOf } from './axis.js';
import { print } from './print.js';

/** What a TestScheduler compares: notifications in time, or subscriptions in time. */
export interface Message { readonly frame: number; readonly notification: { readonly kind: 'N' | 'E' | 'C'; readonly value?: unknown; readonly error?: unknown } }
export interface Subscribed { readonly subscribedFrame: number; readonly unsubscribedFrame: number }

/** All that one stream said, or all subscriptions that it had. */
export type Recording = readonly Message[] | readonly Subscribed[];

/** One line of a diagram: what stands at which virtual millisecond. */
type Lane = ReadonlyMap<number, string>;

/**
 * Two recordings of a TestScheduler as text diagrams on a common time axis, with a legend and the first difference.
 *
 * ```
 * expected  --a--b-|
 * actual    --a---b|
 * ms        0 2  567
 * ```
 *
 * A diagram that fits is valid marble syntax; things at one time stand in brackets, long waits are written as times.
 *
 * A value that is one letter or digit stands for itself; others get a free letter, two that print alike the same one.
 */
export function diagram(expected: Recording, actual: Recording): string {
  const chosen = [expected, actual].filter(isMessages).flatMap((messages) => messages.map(({ notification }) => notification.value));
  const free = ALPHABET.filter((letter) => !chosen.includes(letter));
  const letters = new Map<string, string>();
  const symbol = (value: unknown): string => {
    if (isLetter(value)) return value;
    const text = isMessages(value) ? nested(value) : print(value);
    const letter = letters.get(text) ?? free.shift() ?? '?';
    letters.set(text, letter);
    return letter;
  };
  const [wanted, got] = [lanes(expected, symbol), lanes(actual, symbol)];
  const time = columns([...wanted, ...got]);
  const lines = (name: string, all: readonly Lane[]): string[] => all.map((one, index) => (index === 0 ? name : '').padEnd(LABEL) + drawn(one, time));
  const legend = [...letters].map(([text, letter]) => `${letter} = ${text}`);
  return [...lines('expected', wanted), ...lines('actual', got), 'ms'.padEnd(LABEL) + axis(time), firstDifference(wanted, got), ...legend].join('\n');
}

/**
 * Throws where two recordings of a TestScheduler are not equal, with both as diagrams: `new TestScheduler(sameDrawing)`.
 *
 * @param what What is compared, for the first line of the error.
 * @throws Error whose message is a sentence and the two diagrams.
 */
export function sameDrawing(actual: Recording, expected: Recording, what = 'the stream'): void {
  if (!alike(actual, expected)) throw new Error(`${what} is not as drawn\n\n${diagram(expected, actual)}\n`);
}

const ALPHABET = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');
const LABEL = 10;
const LONGEST_GAP = 60;
const MARKS = { E: '#', C: '|' } as const;

function isLetter(value: unknown): value is string {
  return typeof value === 'string' && /^[\p{L}\p{N}]$/u.test(value);
}

function isMessages(value: unknown): value is readonly Message[] {
  return Array.isArray(value) && value.every((item: unknown) => typeof item === 'object' && item !== null && 'notification' in item);
}

/** An inner stream on one line, for the legend. */
function nested(messages: readonly Message[]): string {
  const inner = (value: unknown): string => (isLetter(value) ? value : isMessages(value) ? nested(value) : print(value));
  const one = said(messages, inner);
  return drawn(one, columns([one]));
}

/** One lane for what was said, or one for each subscription. */
function lanes(recording: Recording, symbol: (value: unknown) => string): readonly Lane[] {
  if (isMessages(recording)) return [said(recording, symbol)];
  return recording.map(({ subscribedFrame, unsubscribedFrame }) => lane([[subscribedFrame, '^'], [unsubscribedFrame, '!']]));
}

function said(messages: readonly Message[], symbol: (value: unknown) => string): Lane {
  return lane(messages.map(({ frame, notification: { kind, value } }) => [frame, kind === 'N' ? symbol(value) : MARKS[kind]]));
}

/** Marks that stand at one time are bracketed; what never happened stands nowhere. */
function lane(marks: readonly (readonly [frame: number, mark: string])[]): Lane {
  const together = new Map<number, string>();
  for (const [frame, mark] of marks) if (frame !== Infinity) together.set(frame, (together.get(frame) ?? '') + mark);
  return new Map([...together].map(([frame, all]) => [frame, all.length > 1 ? `(${all})` : all]));
}

interface Column { readonly frame: number; readonly width: number; readonly wait: string }

/** A column for every time at which something stands in a lane, and what is drawn between it and the next. */
function columns(all: readonly Lane[]): readonly Column[] {
  const frames = inOrder(all);
  return frames.map((frame, index) => {
    const width = Math.max(1, ...all.map((one) => one.get(frame)?.length ?? 0));
    const gap = (frames[index + 1] ?? frame) - frame - width;
    return { frame, width, wait: gap > LONGEST_GAP ? ` ${gap}ms ` : '-'.repeat(Math.max(0, gap)) };
  });
}

function drawn(one: Lane, all: readonly Column[]): string {
  let line = '';
  for (const { frame, width, wait } of all) {
    const marks = one.get(frame) ?? '';
    line += marks;
    if (/[|#!]\)?$/u.test(marks)) break;
    line += '-'.repeat(width - marks.length) + wait;
  }
  return line;
}

/** The times of the columns, save those for which there is no room. */
function axis(all: readonly Column[]): string {
  let column = 0;
  return axisOf(all.map(({ frame, width, wait }) => {
    const label = { column, text: String(frame) };
    column += width + wait.length;
    return label;
  }));
}

function inOrder(all: readonly Lane[]): number[] {
  return [...new Set([0, ...all.flatMap((one) => [...one.keys()])])].sort((a, b) => a - b);
}

function firstDifference(expected: readonly Lane[], actual: readonly Lane[]): string {
  for (const frame of inOrder([...expected, ...actual])) {
    for (const index of [...expected, ...actual].keys()) {
      const [wanted, got] = [expected[index]?.get(frame), actual[index]?.get(frame)];
      if (wanted !== got) return `first difference at ${frame} ms: expected ${wanted ?? 'nothing'}, actual ${got ?? 'nothing'}`;
    }
  }
  return 'they look alike, but are not equal: see the values';
}
