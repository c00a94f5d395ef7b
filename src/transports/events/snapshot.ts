import type { LastingEvent, NewsEvent } from '../../event-schema.js';

/** What somebody who comes late has to know. */
export interface Snapshot {
  readonly note: (event: NewsEvent) => void;
  /** The events that make up the present state: of the server, and of each session its gate and its last turn. */
  readonly events: () => LastingEvent[];
}

export function newSnapshot(): Snapshot {
  const server = new Map<string, LastingEvent>();
  const sessions = new Map<number | undefined, Map<string, LastingEvent>>();

  const sessionOf = (number: number | undefined): Map<string, LastingEvent> => {
    const session = sessions.get(number) ?? new Map<string, LastingEvent>();
    sessions.set(number, session);
    return session;
  };
  /** What is told again takes the place of what was told before, and comes last. */
  const keep = (held: Map<string, LastingEvent>, event: LastingEvent, key: string = event.type): void => {
    held.delete(key);
    held.set(key, event);
  };

  return {
    events: () => [...server.values(), ...[...sessions.values()].flatMap((session) => [...session.values()])],
    note: (event) => {
      switch (event.type) {
        case 'telling':
        case 'serving':
        case 'settings':
        case 'recorder':
          keep(server, event);
          break;
        case 'connected':
          if ('session' in event) keep(sessionOf(event.session), event);
          break;
        case 'disconnected':
          if ('session' in event) sessions.delete(event.session);
          break;
        case 'typed':
        case 'speech.started': {
          const session = sessionOf(event.session);
          for (const [key, held] of session) if ('turn' in held) session.delete(key);
          keep(session, event);
          break;
        }
        case 'gate': {
          const session = sessionOf(event.session);
          session.delete('watchdog');
          keep(session, event);
          break;
        }
        case 'reply.text':
          keep(sessionOf(event.session), event, `reply.text ${event.piece}`);
          break;
        case 'failed':
          if ('turn' in event) keep(sessionOf(event.session), event);
          break;
        case 'recording':
        case 'paired':
        case 'listening':
        case 'watchdog':
        case 'speech.stopped':
        case 'transcript':
        case 'reply.started':
        case 'reply.done':
        case 'cancelled':
        case 'changed':
          keep(sessionOf(event.session), event);
          break;
      }
    },
  };
}
