import {
  asyncScheduler, catchError, concat, connect, defer, EMPTY, filter, finalize, map, mergeMap, NEVER, of, race, ReplaySubject, share, switchMap, take, takeUntil, tap, timer,
} from 'rxjs';
import type { Observable, SchedulerLike } from 'rxjs';
import { chunkify } from '../operators/index.js';
import { bytesToInt16, int16ToBytes } from './audio/pcm.js';
import { FRAME_SAMPLES } from './engines.js';
import type { Engines } from './engines.js';
import { asSpeechError, SpeechError } from './errors.js';
import type { SessionEvent, SessionNews } from './events.js';
import { halfDuplex } from './half-duplex.js';
import { ends } from './metrics.js';
import { session } from './session.js';
import type { SessionOptions } from './session.js';
import type { Address, Connection, DoorNews } from './transports/connection.js';

/** News of the server itself. */
export type DoorEvent =
  | { readonly type: 'serving'; readonly recv: Address; readonly send: Address }
  /** A reply port was opened whose microphone has yet to come. */
  | { readonly type: 'waiting'; readonly peer: string }
  | { readonly type: 'connected'; readonly session: number; readonly peer: string }
  | { readonly type: 'disconnected'; readonly session: number; readonly peer: string; readonly reason: string }
  | { readonly type: 'refused'; readonly peer: string; readonly code: string; readonly reason: string };

/** Everything that happens on a server: news of its doors, and of its conversations with their number. */
export type ServerEvent = (DoorEvent & { readonly at: number }) | (SessionEvent & { readonly session: number });

export interface ServerOptions {
  /** Where clients come from: `listenTcp(…)`. */
  readonly doors: Observable<DoorNews>;
  readonly engines: Engines;
  readonly session?: Omit<SessionOptions, 'listen' | 'onDrop' | 'cancel' | 'scheduler'>;
  /** ms; 0 switches it off. @default 30_000 */
  readonly watchdog?: number;
  /** Bytes; every reply is zero-padded to a multiple of 2048, the block that stock clients read, or of this where this is one. @default 1024 */
  readonly chunkSize?: number;
  /** When it emits, no new turn begins: the server completes once the answer under way has been sent. */
  readonly drain?: Observable<unknown>;
  /** The longest time (ms) to wait for that answer. @default 10_000 */
  readonly drainTimeout?: number;
  readonly scheduler?: SchedulerLike;
}

/** Serves clients until it is unsubscribed or drained: connections, a session each, and the answers back. */
export function serve(options: ServerOptions): Observable<ServerEvent> {
  const { doors, drain = NEVER, drainTimeout = 10_000, scheduler = asyncScheduler } = options;
  return defer(() => {
    let sessions = 0;
    /** Sessions that owe an answer. */
    const answering = new Set<number>();
    const at = (news: DoorEvent): ServerEvent => ({ ...news, at: scheduler.now() });

    const visit = (connection: Connection, news: Observable<DoorNews>): Observable<ServerEvent> => {
      const number = ++sessions;
      const { peer } = connection;
      const gone = news.pipe(
        filter((other) => other.type === 'disconnected'),
        filter((other) => other.connection === connection),
        take(1),
        share({ connector: () => new ReplaySubject(1), resetOnComplete: false, resetOnRefCountZero: false }),
      );
      return concat(
        of(at({ type: 'connected', session: number, peer })),
        conversation(connection, gone, options).pipe(map((event) => ({ ...event, session: number }))),
        gone.pipe(map(({ reason }) => at({ type: 'disconnected', session: number, peer, reason }))),
      );
    };
    const open = (news: DoorNews, all: Observable<DoorNews>): Observable<ServerEvent> => {
      switch (news.type) {
        case 'bound':
          return of(at({ type: 'serving', recv: news.recv, send: news.send }));
        case 'refused':
        case 'waiting':
          return of(at(news));
        case 'connected':
          return visit(news.connection, all);
        case 'disconnected':
          return EMPTY;
      }
    };

    return doors.pipe(
      connect((all) => all.pipe(mergeMap((news) => open(news, all)))),
      tap((event) => {
        if (event.type === 'speech.stopped' && event.accepted) answering.add(event.session);
        else if (event.type === 'disconnected' || ('turn' in event && ends(event))) answering.delete(event.session);
      }),
      connect((events) => {
        const quiet = defer(() => (answering.size === 0 ? of(true) : events.pipe(filter(() => answering.size === 0))));
        return events.pipe(takeUntil(drain.pipe(take(1), switchMap(() => race(quiet, timer(drainTimeout, scheduler))))));
      }),
    );
  });
}

function conversation(connection: Connection, gone: Observable<unknown>, options: ServerOptions): Observable<SessionEvent> {
  const { engines, chunkSize = 1024, scheduler = asyncScheduler } = options;
  return defer(() => {
    // Other sizes would need seconds of zeros to become whole blocks of both.
    const block = chunkSize % STOCK_BLOCK === 0 ? chunkSize : STOCK_BLOCK;
    let tail = 0;
    let waiting = 0;
    let open: number | undefined;
    const at = (news: SessionNews): SessionEvent => ({ ...news, at: scheduler.now() });

    const queue = (event: SessionEvent): void => {
      if (event.type !== 'reply.audio') return;
      waiting += event.audio.byteLength;
      if (waiting > MOST_WAITING) {
        throw new SpeechError(`slow reader: more than ${MOST_WAITING} bytes of audio wait for it.`, { kind: 'net', code: 'slow-reader', hint: 'The answer is longer than anybody would listen to, or the client does not take it.' });
      }
    };
    const deliver = (event: SessionEvent): Observable<never> => {
      if (event.type === 'reply.audio') {
        waiting -= event.audio.byteLength;
        return connection.send(int16ToBytes(event.audio));
      }
      const over = connection.sent % block;
      return ends(event) && over !== 0 ? connection.send(new Uint8Array(block - over)) : EMPTY;
    };
    const heard = connection.audio.pipe(
      chunkify(FRAME_SAMPLES * 2, { onTail: (bytes) => (tail = bytes) }),
      map(bytesToInt16),
      halfDuplex((steering) => (frames) => frames.pipe(session(engines, { ...options.session, ...steering, scheduler }), tap(queue)), { deliver, watchdog: options.watchdog ?? 30_000, scheduler }),
    );
    const rest = defer(() => (tail === 0 ? EMPTY : of(at({ type: 'warning', code: 'odd-tail', message: `The last ${tail} bytes were less than a frame and were dropped.` }))));
    const left = defer(() => (open === undefined ? EMPTY : of(at({ type: 'cancelled', turn: open, reason: 'left' }))));

    return concat(concat(heard, rest).pipe(
      tap((event) => {
        if (event.type === 'speech.started') open = event.turn;
        if (!('turn' in event) || event.turn !== open || !ends(event)) return;
        open = undefined;
        waiting = 0;
      }),
      // The failure of a connection ends that connection; its `disconnected` news carries the reason.
      catchError((error: unknown) => {
        connection.close(asSpeechError(error, { kind: 'internal', code: 'internal' }).message);
        return EMPTY;
      }),
      finalize(() => connection.close('the conversation has ended')),
      takeUntil(gone),
    ), left);
  });
}

/** Bytes of speech that may wait for a client, which is nearly nine minutes of it. */
const MOST_WAITING = 16 * 1024 * 1024;

/** Bytes of the block that the reference's desktop client reads; it keeps back what is less. */
const STOCK_BLOCK = 2048;
