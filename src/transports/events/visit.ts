import { connect } from 'node:net';
import { asyncScheduler, Observable, type Subscriber } from 'rxjs';
import { EVENTS_VERSION, type ToldEvent } from '../../event-schema.js';
import { SpeechError } from '../../errors.js';
import { clamped } from '../clamped.js';
import { createLines } from './lines.js';
import { readEvent } from './read-event.js';

/** Milliseconds a server may take to accept, and then to say hello. */
const CONNECT = 10_000;
const HELLO = 5_000;
const KEEP_ALIVE = 5_000;
/** Bytes that one line of a server may have. */
const LONGEST_LINE = 1_048_576;
/** Bytes of events that are read in a second; a server that has more to tell waits. */
const MOST_PER_SECOND = 2_097_152;

/** An events port that has said hello. */
export interface Visit {
  readonly hello: ToldEvent;
  /** What it tells after that; to be subscribed at once, and once. Completes when the server closes. */
  readonly news: Observable<ToldEvent>;
  /** Sends a line. */
  readonly say: (line: object) => void;
}

/**
 * Connects to an events port, and emits when that has said hello. Completes when the server closes. Errors with a
 * SpeechError of kind `net`: `host-unknown`, `events-unreachable`, `connection-lost`, `refused`, which may pass by themselves;
 * `no-events-port` and `events-version`, which do not.
 */
export function visit(host: string, port: number): Observable<Visit> {
  return new Observable<Visit>((subscriber) => {
    const where = `${host}:${port}`;
    let reached = false;
    let listener: Subscriber<ToldEvent> | undefined;
    let greeted = false;

    const fail = (code: string, message: string, options: { hint?: string; retryable?: boolean; cause?: unknown } = {}): void =>
      subscriber.error(new SpeechError(message, { kind: 'net', code, ...options }));
    const noEvents = (why: string): void =>
      fail('no-events-port', `What answers on ${where} tells no events: ${why}.`, { hint: 'The events port is the one that the server names with --events_port.' });

    const hear = (event: ToldEvent): void => {
      if (greeted) {
        listener?.next(event);
      } else if (event.type === 'error') {
        fail('refused', `The server on ${where} lets nobody more watch: ${event.message}`, { retryable: true });
      } else if (event.type !== 'hello') {
        noEvents('its first line is no hello');
      } else if (event.version !== EVENTS_VERSION) {
        fail('events-version', `The server on ${where} tells events of version ${event.version}; this program knows version ${EVENTS_VERSION}.`, { hint: 'Use the same version of the program on both sides.' });
      } else {
        greeted = true;
        clearTimeout(opening);
        subscriber.next({ hello: event, news: new Observable((subscribed) => void (listener = subscribed)), say: (line) => void socket.write(`${JSON.stringify(line)}\n`) });
      }
    };
    const lines = createLines({
      most: LONGEST_LINE,
      onLine: (line) => {
        if (!subscriber.closed && line.length > 0) hear(readEvent(line, Date.now()));
      },
      onTooLong: () => {
        if (greeted) fail('connection-lost', `The server on ${where} sent a line of more than ${LONGEST_LINE} bytes.`, { retryable: true });
        else noEvents('its first line has no end');
      },
    });

    let opening = setTimeout(() => fail('events-unreachable', `No server answers on ${where} within ${CONNECT / 1_000} s.`, { retryable: true }), CONNECT);
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE });
    const clamp = clamped(socket, MOST_PER_SECOND, (ms, act) => {
      const waiting = asyncScheduler.schedule(act, ms);
      subscriber.add(waiting);
      return waiting;
    }, asyncScheduler);
    socket
      .once('connect', () => {
        reached = true;
        clearTimeout(opening);
        opening = setTimeout(() => noEvents(`it said nothing for ${HELLO / 1_000} s`), HELLO);
      })
      .on('data', (bytes: Buffer) => {
        clamp(bytes.length);
        lines(bytes);
      })
      .once('error', (error) => {
        const code = 'code' in error ? String(error.code) : error.message;
        if (reached) fail('connection-lost', `The connection to ${where} broke (${code}).`, { retryable: true, cause: error });
        else if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') fail('host-unknown', `There is no host named ${host}.`, { hint: 'Check the name after --host, and the network.', retryable: code === 'EAI_AGAIN', cause: error });
        else fail('events-unreachable', `No server tells events on ${where} (${code}).`, { hint: 'Start the server with --events_port. Beyond its own machine it tells them only with --events_host.', retryable: true, cause: error });
      })
      .once('close', () => {
        listener?.complete();
        if (greeted) subscriber.complete();
        else fail('connection-lost', `The server on ${where} closed the connection before it had told anything.`, { retryable: true });
      });

    return () => {
      clearTimeout(opening);
      socket.destroy();
    };
  });
}
