import { defer, map } from 'rxjs';
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Latency, SessionEvent, SessionNews } from './events.js';

interface Marks {
  lastVoiced?: number;
  stopped?: number;
  heard?: number;
  token?: number;
  piece?: number;
  audio?: number;
  sent?: number;
}

/** Adds `latency` to every `reply.done` of a conversation, from the clock times of the turn's earlier events. */
export function withLatency<E extends SessionEvent>(): MonoTypeOperatorFunction<E> {
  return (events) =>
    defer(() => {
      const turns = new Map<number, Marks>();
      return events.pipe(
        map((event) => {
          if (!('turn' in event)) return event;
          const marks = turns.get(event.turn) ?? {};
          turns.set(event.turn, marks);
          note(marks, event);
          if (!ends(event)) return event;
          turns.delete(event.turn);
          const latency = event.type === 'reply.done' ? between(marks) : undefined;
          return latency === undefined ? event : { ...event, latency };
        }),
      );
    });
}

/** True for the event that ends its turn; every turn has exactly one. */
export function ends(event: SessionNews): boolean {
  switch (event.type) {
    case 'reply.done':
    case 'cancelled':
    case 'failed':
      return true;
    case 'speech.stopped':
      return !event.accepted;
    default:
      return false;
  }
}

function note(marks: Marks, event: SessionEvent): void {
  switch (event.type) {
    case 'speech.stopped':
      marks.lastVoiced = event.lastVoicedAt;
      marks.stopped = event.at;
      break;
    case 'typed':
      marks.lastVoiced = event.at;
      marks.stopped = event.at;
      break;
    case 'transcript':
      if (event.final) marks.heard = event.at;
      break;
    case 'reply.started':
      marks.token = event.at;
      break;
    case 'reply.text':
      marks.piece ??= event.at;
      break;
    case 'reply.audio':
      marks.audio ??= event.at;
      marks.sent ??= event.sentAt ?? event.at;
      break;
  }
}

function between({ lastVoiced, stopped, heard, token, piece, audio, sent }: Marks): Latency | undefined {
  if (lastVoiced === undefined || stopped === undefined || heard === undefined) return undefined;
  if (token === undefined || piece === undefined || audio === undefined || sent === undefined) return undefined;
  return {
    endpoint: stopped - lastVoiced,
    stt: heard - stopped,
    llm: token - heard,
    clause: piece - token,
    tts: audio - piece,
    send: sent - audio,
    total: sent - lastVoiced,
  };
}
