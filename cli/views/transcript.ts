import { sanitise } from '../../src/sanitise.js';
import type { AppEvent } from './app-event.js';
import { length } from './durations.js';
import { cancelWords } from './plain.js';

/** What became of something that was said: it may still change, was said to its end, was cut off, or came to nothing. */
export type Mark = 'partial' | 'whole' | 'cut' | 'failed';

/** Something that was said, or typed, by the user or by the agent, or that a tool does for it. */
export interface Line {
  readonly at: number;
  readonly who: 'user' | 'agent' | 'tool';
  readonly turn: number;
  /** Which call of the turn a tool answers. */
  readonly call?: number;
  readonly text: string;
  readonly mark: Mark;
  /** How and why it was cut or has failed. */
  readonly note?: string;
  /** Milliseconds of an answer that were handed over. */
  readonly spoken?: number;
  /** Milliseconds from the last voiced sample to the first reply byte, or that a tool took. */
  readonly latency?: number;
}

/** Lines that are kept to be shown. */
const MOST = 200;

/** What was said so far, oldest first, after one more event. */
export function noteSaid(before: readonly Line[], event: AppEvent): readonly Line[] {
  if (!('turn' in event)) return before;
  const { at, turn } = event;
  const lines = event.type === 'reply.done' || event.type === 'cancelled' || event.type === 'failed' ? withoutCalls(before, turn) : before;
  switch (event.type) {
    case 'transcript': {
      const text = sanitise(event.text).trim();
      const said = find(lines, 'user', turn);
      if (text === '') return said === undefined ? lines : without(lines, said);
      return put(lines, { at: said?.at ?? at, who: 'user', turn, text, mark: event.final ? 'whole' : 'partial' });
    }
    case 'reply.text': {
      const said = find(lines, 'agent', turn);
      return put(lines, { ...said, at: said?.at ?? at, who: 'agent', turn, text: joined(said?.text, event.text), mark: 'partial' });
    }
    case 'reply.audio': {
      const said = find(lines, 'agent', turn);
      return said === undefined ? lines : put(lines, { ...said, spoken: (said.spoken ?? 0) + msOfAudio(event.audio) });
    }
    case 'reply.done':
      return put(lines, {
        at: find(lines, 'agent', turn)?.at ?? at, who: 'agent', turn, text: sanitise(event.text).trim(), mark: 'whole',
        ...(event.latency !== undefined && { latency: event.latency.total }),
      });
    case 'cancelled': {
      const line = cancelledLine(lines, event);
      return line === undefined ? lines : put(lines, line);
    }
    case 'failed':
      return put(lines, {
        at, who: 'agent', turn, text: find(lines, 'agent', turn)?.text ?? '', mark: 'failed', note: sanitise(`${event.stage}: ${event.message}`),
      });
    case 'tool.asked':
      return add(lines, { at, who: 'tool', turn, text: `may ${sanitise(event.tools.join(' and '))} be used?`, mark: 'whole' });
    case 'tool.decided':
      return add(lines, { at, who: 'tool', turn, text: `${sanitise(event.tools.join(' and '))} ${{ yes: 'may be used', no: 'may not be used', late: 'may not be used: the yes came too late' }[event.decision]}`, mark: 'whole' });
    case 'tool.called':
      return add(lines, { at, who: 'tool', turn, call: event.call, text: sanitise(`${event.tool} ${event.args}`), mark: 'partial' });
    case 'tool.done': {
      const { call, tool, ok, ms, result } = event;
      const called = find(lines, 'tool', turn, call) ?? { at, who: 'tool', turn, call, text: sanitise(tool) };
      return put(lines, ok
        ? { ...called, text: `${called.text}: ${sanitise(result)}`, mark: 'whole', latency: ms }
        : { ...called, mark: 'failed', note: `after ${length(ms)}: ${sanitise(result)}` });
    }
    default:
      return lines;
  }
}

/** What a cancelled turn leaves behind: its answer as far as that went, or else what was asked, or that something was. */
export function cancelledLine(lines: readonly Line[], { at, turn, reason, heard }: Extract<AppEvent, { type: 'cancelled' }>): Line | undefined {
  const answer = find(lines, 'agent', turn);
  if (answer?.mark === 'whole') return undefined;
  if (answer !== undefined) {
    const far = heard !== undefined ? ` after ${length(heard)}` : answer.spoken !== undefined ? `, ${length(answer.spoken)} sent` : ' unheard';
    return { ...answer, mark: 'cut', note: `cut${far}: ${cancelWords[reason]}` };
  }
  const question = find(lines, 'user', turn);
  if (question === undefined && reason === 'left') return undefined;
  return { at, who: 'user', turn, text: '', ...question, mark: 'cut', note: cancelWords[reason] };
}

const find = (lines: readonly Line[], who: Line['who'], turn: number, call?: number): Line | undefined =>
  lines.findLast((line) => line.who === who && line.turn === turn && line.call === call);
const without = (lines: readonly Line[], line: Line): readonly Line[] => lines.filter((one) => one !== line);
const add = (lines: readonly Line[], line: Line): readonly Line[] => [...lines, line].slice(-MOST);

/** Takes the place of the line of the same speaker and turn, or comes last. */
function put(lines: readonly Line[], line: Line): readonly Line[] {
  const index = lines.findLastIndex(({ who, turn, call }) => who === line.who && turn === line.turn && call === line.call);
  return index < 0 ? add(lines, line) : lines.with(index, line);
}

/** What a tool still does when its turn ends is given up. */
function withoutCalls(lines: readonly Line[], turn: number): readonly Line[] {
  const isOpen = ({ who, turn: of, mark }: Line): boolean => who === 'tool' && of === turn && mark === 'partial';
  return lines.some(isOpen) ? lines.map((line) => (isOpen(line) ? { ...line, mark: 'cut', note: 'given up' } : line)) : lines;
}

/** Milliseconds of audio that an event tells of, by samples or by their number. */
export function msOfAudio(audio: Extract<AppEvent, { type: 'reply.audio' }>['audio']): number {
  return 'ms' in audio ? audio.ms : audio.length / 16;
}

/** Pieces of a text: cleaned where they are joined, since an escape sequence may be cut in two. */
function joined(before: string | undefined, piece: string): string {
  return sanitise(before === undefined ? piece : `${before} ${piece}`).trim();
}
