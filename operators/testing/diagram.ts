import { alike } from './alike.js';
import { print } from './print.js';

/** What a TestScheduler compares: notifications in time, or subscriptions in time. */
export interface Message { readonly frame: number; readonly notification: { readonly kind: 'N' | 'E' | 'C'; readonly value?: unknown; readonly error?: unknown } }
export interface Subscribed { readonly subscribedFrame: number; readonly unsubscribedFrame: number }

/** One line of a diagram: what stands at which virtual millisecond. */
type Lane = Map<number, string>;

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
export function diagram(expected: unknown, actual: unknown): string {
  const letters = new Map<string, string>();
  const symbol = (value: unknown): string => {
    if (typeof value === 'string' && /^[\p{L}\p{N}]$/u.test(value)) return value;
    const text = isMessages(value) ? nested(value) : print(value);
    const taken = new Set(letters.values());
    const letter = letters.get(text) ?? ALPHABET.find((free) => !taken.has(free)) ?? '?';
    letters.set(text, letter);
    return letter;
  };
  // Letters that the test itself chose as values are not given away again.
  for (const value of valuesOf([expected, actual])) if (typeof value === 'string' && value.length === 1) letters.set(value, value);
  const rows = [...lanes('expected', expected, symbol), ...lanes('actual', actual, symbol)];
  const legend = (): string[] => [...letters].filter(([text, letter]) => text !== letter).map(([text, letter]) => `${letter} = ${text}`);
  return [...align(rows), firstDifference(rows), ...legend()].join('\n');
}

/**
 * Throws where two recordings of a TestScheduler are not equal, with both as diagrams: `new TestScheduler(sameDrawing)`.
 *
 * @param what What is compared, for the first line of the error.
 * @throws Error whose message is a sentence and the two diagrams.
 */
export function sameDrawing(actual: unknown, expected: unknown, what = 'the stream'): void {
  if (!alike(actual, expected)) throw new Error(`${what} is not as drawn\n\n${diagram(expected, actual)}\n`);
}

const ALPHABET = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');
const LONGEST_GAP = 60;

function isMessages(value: unknown): value is readonly Message[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null && 'frame' in item && 'notification' in item);
}

function isSubscriptions(value: unknown): value is readonly Subscribed[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'object' && item !== null && 'subscribedFrame' in item);
}

function valuesOf(recordings: readonly unknown[]): unknown[] {
  return recordings.flatMap((recording) => (isMessages(recording) ? recording.map(({ notification }) => notification.value) : []));
}

/** An inner stream on one line, for the legend. */
function nested(messages: readonly Message[]): string {
  const inner = (value: unknown): string => (typeof value === 'string' && value.length === 1 ? value : ` ${isMessages(value) ? nested(value) : print(value)} `);
  const [line = ''] = align(lanes('', messages, inner));
  return line.trim() === '' ? '-' : line.trim();
}

function lanes(name: string, recording: unknown, symbol: (value: unknown) => string): [string, Lane][] {
  if (isSubscriptions(recording)) {
    return recording.map(({ subscribedFrame, unsubscribedFrame }, index) => {
      const both = subscribedFrame === unsubscribedFrame;
      return [index === 0 ? name : '', new Map([[subscribedFrame, both ? '(^!)' : '^'], ...(both || unsubscribedFrame === Infinity ? [] : [[unsubscribedFrame, '!'] as const])])];
    });
  }
  const lane: Lane = new Map();
  for (const { frame, notification } of isMessages(recording) ? recording : []) {
    const mark = { N: () => symbol(notification.value), E: () => '#', C: () => '|' }[notification.kind]();
    lane.set(frame, (lane.get(frame) ?? '') + mark);
  }
  for (const [frame, marks] of lane) if (marks.length > 1) lane.set(frame, `(${marks})`);
  return [[name, lane]];
}

function align(rows: readonly [string, Lane][]): string[] {
  const frames = inOrder(rows);
  const label = Math.max('expected'.length, ...rows.map(([name]) => name.length)) + 2;
  const marksAt = (index: number, lane: Lane): string => lane.get(frames[index] ?? NaN) ?? '';
  const widths = frames.map((_, index) => Math.max(1, ...rows.map(([, lane]) => marksAt(index, lane).length)));
  const waits = frames.map((frame, index) => {
    const gap = (frames[index + 1] ?? frame) - frame - (widths[index] ?? 1);
    return gap > LONGEST_GAP ? ` ${gap}ms ` : '-'.repeat(Math.max(0, gap));
  });

  const lines = rows.map(([name, lane]) => {
    let line = name.padEnd(label);
    let over = false;
    widths.forEach((width, index) => {
      const marks = marksAt(index, lane);
      const rest = over ? ' ' : '-';
      over ||= /[|#!]/u.test(marks);
      const cell = marks === '' ? rest.repeat(width) : marks.padEnd(width, over ? ' ' : '-');
      const wait = waits[index] ?? '';
      line += cell + (over ? ' '.repeat(wait.length) : wait);
    });
    return line.trimEnd();
  });

  let axis = 'ms'.padEnd(label);
  let column = label;
  frames.forEach((frame, index) => {
    if (axis.length <= column) axis = axis.padEnd(column) + String(frame);
    column += (widths[index] ?? 1) + (waits[index] ?? '').length;
  });
  return [...lines, axis];
}

function inOrder(rows: readonly [string, Lane][]): number[] {
  return [...new Set([0, ...rows.flatMap(([, lane]) => [...lane.keys()])])].sort((a, b) => a - b);
}

function firstDifference(rows: readonly [string, Lane][]): string {
  const half = rows.findIndex(([name]) => name === 'actual');
  const expected = rows.slice(0, half).map(([, lane]) => lane);
  const actual = rows.slice(half).map(([, lane]) => lane);
  if (expected.length !== actual.length) return `${actual.length} of ${expected.length} expected`;
  for (const frame of inOrder(rows)) {
    for (const [row, lane] of expected.entries()) {
      const [wanted, got] = [lane.get(frame), actual[row]?.get(frame)];
      if (wanted !== got) return `first difference at ${frame} ms: expected ${wanted ?? 'nothing'}, actual ${got ?? 'nothing'}`;
    }
  }
  return 'they look alike, but are not equal: see the values';
}
