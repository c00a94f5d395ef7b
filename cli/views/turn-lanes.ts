import type { ToldEvent } from '../../src/event-schema.js';
import { sanitise } from '../../src/sanitise.js';
import { clock } from './clock.js';
import { latencyLine } from './latency.js';

/** What stands on a lane: a letter at a time (ms), or a stretch of the same. */
interface Mark { readonly at: number; readonly mark: string; readonly until?: number }

/** One turn as it can be drawn. */
export interface TurnLanes {
  /** `turn 2, 12:03:33, 2.4 s` */
  readonly title: string;
  readonly turn: number;
  readonly from: number;
  readonly until: number;
  /** Marks by the name of their lane. */
  readonly lanes: Readonly<Record<string, readonly Mark[]>>;
  /** What the marks mean, and what was said. */
  readonly legend: readonly string[];
}

const lanes = ['speech', 'gate', 'stt', 'llm', 'tts', 'end'] as const;
type Lane = (typeof lanes)[number];
interface Drawn extends Mark { readonly lane: Lane; readonly means?: string }

/** The turns of a conversation, in the order in which they began; what happened between two belongs to the one before. */
export function turnLanes(events: readonly ToldEvent[]): TurnLanes[] {
  const begun = events.filter((event) => event.type === 'speech.started');
  return begun.map((start) => {
    const next = begun.find(({ session, at }) => session === start.session && at > start.at);
    const own = events.filter((event) => ('session' in event ? event.session : undefined) === start.session
      && ('turn' in event ? event.turn === start.turn : (event.type === 'gate' || event.type === 'watchdog') && event.at >= start.at && event.at <= (next?.at ?? Infinity)));
    return lanesOf(start, own);
  });
}

function lanesOf({ turn, session, at: from }: ToldEvent & { readonly type: 'speech.started' }, events: readonly ToldEvent[]): TurnLanes {
  const marks = events.flatMap((event) => marksOf(event, from));
  const open = marks.filter(({ lane, mark }) => lane === 'gate' && mark === 'o').at(0);
  const until = Math.max(from + 1, ...marks.map((mark) => mark.until ?? mark.at));
  const closed = marks.find(({ lane, mark }) => lane === 'gate' && mark === 'c');
  const all: readonly Drawn[] = closed === undefined ? marks : [{ lane: 'gate', at: closed.at, until: open?.at ?? until, mark: '#' }, ...marks];
  const done = events.find((event) => event.type === 'reply.done');
  const meanings = new Map(all.flatMap(({ mark, means }) => (means === undefined ? [] : [[mark, means] as const])));
  return {
    turn,
    title: `${session === undefined ? '' : `session ${session}, `}turn ${turn}, ${clock(from)}, ${((until - from) / 1_000).toFixed(2)} s`,
    from,
    until,
    lanes: Object.fromEntries(lanes.map((name) => [name, all.filter(({ lane }) => lane === name)])),
    legend: [
      ...[...meanings].map(([mark, means]) => `${mark} = ${means}`),
      ...(done?.type === 'reply.done' && done.latency !== undefined ? [latencyLine(done.latency)] : []),
    ],
  };
}

function marksOf(event: ToldEvent, from: number): Drawn[] {
  const { at } = event;
  switch (event.type) {
    case 'speech.started':
      return [];
    case 'speech.stopped':
      return [
        { lane: 'speech', at: from, until: event.lastVoicedAt, mark: '~', means: 'speech' },
        { lane: 'speech', at, mark: event.accepted ? 'e' : 'x', means: event.accepted ? `end of the turn is taken (${event.reason})` : 'too little speech: ignored' },
      ];
    case 'gate':
      return [event.open ? { lane: 'gate', at, mark: 'o', means: `gate opens: ${sanitise(event.reason)}` } : { lane: 'gate', at, mark: 'c', means: 'gate closes (#: not listening)' }];
    case 'transcript':
      return [event.final ? { lane: 'stt', at, mark: 'T', means: `heard "${sanitise(event.text)}"` } : { lane: 'stt', at, mark: 'p', means: 'partial transcript' }];
    case 'reply.started':
      return [{ lane: 'llm', at, mark: 't', means: 'first token' }];
    case 'reply.text':
      return [{ lane: 'llm', at, mark: String((event.piece + 1) % 10), means: `"${sanitise(event.text)}"` }];
    case 'reply.audio':
      return [{ lane: 'tts', at, mark: 'a', means: 'samples handed over' }];
    case 'reply.done':
      return [{ lane: 'end', at, mark: 'D', means: `answered, ${(event.length / 1_000).toFixed(1)} s of speech` }];
    case 'cancelled':
      return [{ lane: 'end', at, mark: 'C', means: `cancelled: ${event.reason}` }];
    case 'failed':
      return 'turn' in event ? [{ lane: 'end', at, mark: 'F', means: `${event.stage} failed: ${sanitise(event.message)}` }] : [];
    case 'watchdog':
      return event.fired ? [{ lane: 'end', at, mark: 'W', means: 'the watchdog gave it up' }] : [];
    default:
      return [];
  }
}
