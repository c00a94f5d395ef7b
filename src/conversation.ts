import { asyncScheduler, BehaviorSubject, catchError, concat, concatMap, connect, defer, distinctUntilChanged, EMPTY, endWith, finalize, from, identity, interval, map, merge, startWith, switchMap, takeUntil, takeWhile, tap, timer } from 'rxjs';
import type { MonoTypeOperatorFunction, Observable, OperatorFunction, SchedulerLike } from 'rxjs';
import { chunkify } from '../operators/index.js';
import { bytesToInt16, int16ToBytes } from './audio/pcm.js';
import { FRAME_MS, FRAME_SAMPLES } from './engines.js';
import type { Engines, Frame, Vad } from './engines.js';
import { asSpeechError, SpeechError } from './errors.js';
import type { CancelReason, SessionEvent, SessionNews } from './events.js';
import { fullDuplex } from './full-duplex.js';
import { halfDuplex } from './half-duplex.js';
import { metered } from './meters.js';
import type { Levels } from './meters.js';
import { ends } from './metrics.js';
import { session } from './session.js';
import type { SessionOptions } from './session-options.js';
import type { Connection } from './transports/connection.js';

export interface ConversationOptions {
  readonly engines: Engines;
  readonly session?: Omit<SessionOptions, 'listen' | 'onDrop' | 'cancel' | 'hold' | 'scheduler'>;
  /**
   * Listens while it answers, so that an answer can be interrupted: for clients that send nothing of their own voice. Answers are
   * released no more than 400 ms ahead of the ear then, unless `session.lead` says otherwise. @default false
   */
  readonly bargeIn?: boolean;
  /** Of a conversation that does not listen while it answers: ms; 0 switches it off. @default 30_000 */
  readonly watchdog?: number;
  /** Bytes; every reply is zero-padded to a multiple of 2048, the block that stock clients read, or of this where this is one. @default 1024 */
  readonly chunkSize?: number;
  /** Whether it tells how loud it is, ten times a second. @default false */
  readonly levels?: boolean;
  /** ms without a byte of microphone audio after which a client is let go; 0 is never. @default 0 */
  readonly idleTimeout?: number;
  readonly scheduler?: SchedulerLike;
}

/** What has gone over the wire of one client, in bytes: once a second, where it has changed. */
export interface Wire {
  readonly type: 'wire';
  readonly received: number;
  readonly sent: number;
  /** Bytes of an answer that wait for the client to take those before them. */
  readonly waiting: number;
  /** Milliseconds of microphone audio that wait for the VAD. */
  readonly unheard: number;
}

export type ConversationEvent = SessionEvent | Levels | (Wire & { readonly at: number });

/** Bytes of an answer that wait, from which on no more of it is spoken: 4 s. */
const ENOUGH = 128 * 1024;
/** Bytes of which it is told when they wait. Only a single long sentence makes so many. */
const MANY = 512 * 1024;
/** Bytes that nothing but a voice without an end makes. */
const ENDLESS = 16 * 1024 * 1024;
/** Frames that may wait for the VAD, 1 s, before no more of the microphone is read. */
const UNHEARD = 31;
/** Bytes of the block that the reference's desktop client reads; it keeps back what is less. */
const STOCK_BLOCK = 2048;

/** ms that an interruptible answer is ahead of the ear: as much as the jitter buffer of a client may grow to. */
const LEAD = 400;

/** Holds the conversation with one client, half duplex unless it is to barge in, until `gone` emits or both have said everything. `cancel` ends the answer under way. */
export function conversation(connection: Connection, gone: Observable<unknown>, cancel: Observable<CancelReason>, options: ConversationOptions): Observable<ConversationEvent> {
  const { chunkSize = 1024, levels = false, watchdog = 30_000, idleTimeout = 0, bargeIn = false, scheduler = asyncScheduler } = options;
  return defer(() => {
    // Other sizes would need seconds of zeros to become whole blocks of both.
    const block = chunkSize % STOCK_BLOCK === 0 ? chunkSize : STOCK_BLOCK;
    const waiting = new BehaviorSubject(0);
    const reading = readAsTaken(options.engines.vad, connection);
    const engines = { ...options.engines, vad: reading.vad };
    let received = 0;
    let tail = 0;
    /** Turns that have not ended, the one of which audio was made last, and the one of which some was sent. */
    const open = new Set<number>();
    let [made, answered]: (number | undefined)[] = [];
    const at = <N extends SessionNews | Wire>(news: N): N & { readonly at: number } => ({ ...news, at: scheduler.now() });

    function* queue(event: SessionEvent): Generator<SessionEvent> {
      if (event.type === 'reply.audio') {
        made = event.turn;
        const before = waiting.value;
        waiting.next(before + event.audio.byteLength);
        if (waiting.value > ENDLESS) {
          throw new SpeechError(`slow reader: more than ${ENDLESS} bytes of audio wait for it.`, { kind: 'net', code: 'slow-reader', hint: 'The answer is longer than anybody would listen to, or the client does not take it.' });
        }
        if (before <= MANY && waiting.value > MANY) yield at({ type: 'warning', code: 'slow-reader', message: `The client takes its answer slowly: ${waiting.value >> 10} KiB of it wait.` });
      }
      yield event;
    }
    const deliver = (event: SessionEvent): Observable<never> => {
      if (event.type === 'reply.audio') {
        answered = event.turn;
        waiting.next(Math.max(0, waiting.value - event.audio.byteLength));
        return connection.send(int16ToBytes(event.audio));
      }
      if (!ends(event)) return EMPTY;
      const over = connection.sent % block;
      return over !== 0 ? connection.send(new Uint8Array(block - over)) : EMPTY;
    };
    const hold = waiting.pipe(map((bytes) => bytes > ENOUGH), distinctUntilChanged());
    const converse = (using: Engines): OperatorFunction<Frame, SessionEvent> => {
      const said = (steering: SessionOptions) => (frames: Observable<Frame>): Observable<SessionEvent> => frames.pipe(
        session(using, { ...(bargeIn && { lead: LEAD }), ...options.session, ...steering, hold, scheduler }),
        concatMap(queue),
      );
      return bargeIn ? fullDuplex(said, { deliver, cancel, scheduler }) : halfDuplex(said, { deliver, watchdog, cancel, scheduler });
    };
    const heard = connection.audio.pipe(
      idleTimeout === 0 ? identity : givesUpAfter(idleTimeout, scheduler),
      tap((bytes) => { received += bytes.length; }),
      chunkify(FRAME_SAMPLES * 2, { onTail: (bytes) => (tail = bytes) }),
      map(bytesToInt16),
      reading.frames,
      levels ? metered(engines, converse, scheduler) : converse(engines),
      tap((event) => {
        if (event.type === 'speech.started') open.add(event.turn);
        if (!('turn' in event) || !ends(event)) return;
        open.delete(event.turn);
        if (event.turn === made) waiting.next(0);
      }),
      map((event) => (event.type === 'cancelled' && event.turn === answered ? { ...event, sent: connection.sent } : event)),
    );
    const rest = defer(() => (tail === 0 ? EMPTY : from([at({ type: 'warning', code: 'odd-tail', message: `The last ${tail} bytes were less than a frame and were dropped.` })])));
    const left = defer(() => from([...open].map((turn) => at({ type: 'cancelled', turn, reason: 'left' }))));
    const wire = interval(1_000, scheduler).pipe(
      map((): Wire => ({ type: 'wire', received, sent: connection.sent, waiting: waiting.value, unheard: reading.unheard() * FRAME_MS })),
      distinctUntilChanged((one, other) => one.received === other.received && one.sent === other.sent && one.waiting === other.waiting && one.unheard === other.unheard),
      map(at),
    );

    return concat(beside(wire, concat(heard, rest)).pipe(
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

const OVER = Symbol('over');

/** Fails where nothing comes for so long (ms). Before it lets go of what it listens to, so that the reason is the first thing told. */
function givesUpAfter<T>(ms: number, scheduler: SchedulerLike): MonoTypeOperatorFunction<T> {
  const fail = (): never => { throw new SpeechError(`no audio came for ${ms / 1_000} s`, { kind: 'net', code: 'idle', retryable: true }); };
  return connect((values) => merge(values, values.pipe(
    map(() => true),
    startWith(true),
    endWith(false),
    switchMap((goesOn) => (goesOn ? timer(ms, scheduler).pipe(map(fail)) : EMPTY)),
  )));
}

/** Two streams, until the second has completed. */
function beside<A, B>(one: Observable<A>, main: Observable<B>): Observable<A | B> {
  return merge(one, concat(main, [OVER] as const)).pipe(takeWhile((value): value is A | B => value !== OVER));
}

/** Reads a microphone only as fast as the VAD judges what comes. */
function readAsTaken(vad: Vad, connection: Connection): { readonly frames: MonoTypeOperatorFunction<Frame>; readonly vad: Vad; readonly unheard: () => number } {
  let unheard = 0;
  const count = (change: number): void => {
    unheard += change;
    if (change > 0 && unheard === UNHEARD + 1) connection.hold(true);
    if (change < 0 && unheard === UNHEARD) connection.hold(false);
  };
  return {
    frames: tap(() => count(1)),
    vad: () => {
      const judge = vad();
      return (frame) => {
        const speech = judge(frame);
        if (typeof speech !== 'number') return from(speech).pipe(finalize(() => count(-1)));
        count(-1);
        return speech;
      };
    },
    unheard: () => unheard,
  };
}
