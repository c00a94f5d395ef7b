import type { CancelReason } from '../../src/events.js';
import { sanitise } from '../../src/sanitise.js';
import type { AppEvent } from './app-event.js';
import { cancelWords } from './plain.js';

/** What became of something that was said: it may still change, was said to its end, was cut off, or came to nothing. */
export type Mark = 'partial' | 'whole' | 'cut' | 'failed';

/** Something that was said, or typed, by the user or by the agent. */
export interface Line {
  readonly at: number;
  readonly who: 'user' | 'agent';
  readonly turn: number;
  readonly text: string;
  readonly mark: Mark;
  /** Why it was cut or has failed. */
  readonly note?: string;
  /** Milliseconds from the last voiced sample to the first reply byte. */
  readonly latency?: number;
}

/** Lines that are kept to be shown. */
const MOST = 200;

/** What was said so far, oldest first, after one more event. */
export function noteSaid(lines: readonly Line[], event: AppEvent): readonly Line[] {
  if (!('turn' in event)) return lines;
  const { at, turn } = event;
  switch (event.type) {
    case 'transcript': {
      const text = sanitise(event.text).trim();
      const before = find(lines, 'user', turn);
      if (text === '') return before === undefined ? lines : without(lines, before);
      return put(lines, { at: before?.at ?? at, who: 'user', turn, text, mark: event.final ? 'whole' : 'partial' });
    }
    case 'reply.text': {
      const before = find(lines, 'agent', turn);
      const text = joined(before?.text, event.text);
      return put(lines, { at: before?.at ?? at, who: 'agent', turn, text, mark: 'partial' });
    }
    case 'reply.done':
      return put(lines, {
        at: find(lines, 'agent', turn)?.at ?? at, who: 'agent', turn, text: sanitise(event.text).trim(), mark: 'whole',
        ...(event.latency !== undefined && { latency: event.latency.total }),
      });
    case 'cancelled':
      return cut(lines, turn, event.reason);
    case 'failed':
      return put(lines, {
        at, who: 'agent', turn, text: find(lines, 'agent', turn)?.text ?? '', mark: 'failed', note: sanitise(`${event.stage}: ${event.message}`),
      });
    default:
      return lines;
  }
}

function cut(lines: readonly Line[], turn: number, reason: CancelReason): readonly Line[] {
  const answer = find(lines, 'agent', turn);
  if (answer !== undefined) return answer.mark === 'whole' ? lines : put(lines, { ...answer, mark: 'cut', note: cancelWords[reason] });
  const question = find(lines, 'user', turn);
  if (question === undefined) return lines;
  return put(lines, { ...question, mark: 'cut', note: cancelWords[reason] });
}

const find = (lines: readonly Line[], who: Line['who'], turn: number): Line | undefined => lines.findLast((line) => line.who === who && line.turn === turn);
const without = (lines: readonly Line[], line: Line): readonly Line[] => lines.filter((one) => one !== line);

/** Takes the place of the line of the same speaker and turn, or comes last. */
function put(lines: readonly Line[], line: Line): readonly Line[] {
  const index = lines.findLastIndex(({ who, turn }) => who === line.who && turn === line.turn);
  return index < 0 ? [...lines, line].slice(-MOST) : lines.with(index, line);
}

/** Pieces of a text: cleaned where they are joined, since an escape sequence may be cut in two. */
function joined(before: string | undefined, piece: string): string {
  return sanitise(before === undefined ? piece : `${before} ${piece}`).trim();
}
