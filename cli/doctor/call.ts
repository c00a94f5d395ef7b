import { catchError, concat, defer, EMPTY, endWith, ignoreElements, map, merge, of, ReplaySubject, share, switchMap, takeUntil, tap, timer } from 'rxjs';
import type { Observable } from 'rxjs';
import { inRealTime } from '../../src/audio/clock.js';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { SAMPLE_RATE } from '../../src/engines.js';
import { asSpeechError } from '../../src/errors.js';
import type { SpeechError } from '../../src/errors.js';
import { dial } from '../../src/transports/dial.js';
import type { DialOptions, Link } from '../../src/transports/dial.js';
import { during } from '../commands/life.js';
import { frames, voiced } from '../synthetic-user.js';
import { working } from './finding.js';
import type { Working } from './finding.js';
import type { Arrival } from './answer.js';

export interface CallOptions extends Omit<DialOptions, 'onStray'> {
  /** What is said, without silence at its end. */
  readonly probe: Int16Array;
  readonly timing?: Partial<Timing>;
}

/** All in milliseconds. */
export interface Timing {
  /** Silence before the probe, in which a server that refuses us hangs up. @default 500 */
  readonly settle: number;
  /** The longest wait for the first byte of an answer, from the end of the probe. @default 45_000, longer than the watchdog of a server */
  readonly patience: number;
  /** Quiet after which an answer has ended. @default 3_000 */
  readonly quiet: number;
}

/** What became of a call. Times are in ms of a clock that never goes back. */
export interface Call {
  readonly type: 'call';
  /** Milliseconds until both ports had accepted. */
  readonly joined: number | undefined;
  /** Milliseconds of audio sent, silence included. */
  readonly spoken: number;
  /** When the last voiced sample was sent; undefined where it did not come to that. */
  readonly lastVoiced: number | undefined;
  /** The reply, and how it came. */
  readonly reply: Uint8Array;
  readonly arrivals: readonly Arrival[];
  /** What came on the microphone port, on which a server says nothing. */
  readonly stray: Uint8Array;
  /** The server hung up. */
  readonly hungUp: boolean;
  /** Why it could not be called, or was lost. */
  readonly error: SpeechError | undefined;
}

/** Bytes of a reply that are kept: two minutes. */
const KEPT = 240 * SAMPLE_RATE;
/** Bytes that are kept of what should not be there. */
const STRAY = 256;

/**
 * Calls a server as a client does, says the probe in real time, and hears the answer to its end. Sends nothing more once
 * the answer has begun, and gives up where anything comes on the microphone port. Emits what it is busy with, and last what
 * became of it; it never errors.
 */
export function call({ probe, timing, ...ports }: CallOptions): Observable<Working | Call> {
  const { settle = 500, patience = 45_000, quiet = 3_000 } = timing ?? {};
  return defer(() => {
    const began = performance.now();
    const seen = { joined: undefined as number | undefined, lastVoiced: undefined as number | undefined, spoken: 0, hungUp: false, error: undefined as SpeechError | undefined };
    const arrivals: Arrival[] = [];
    const [reply, stray]: [Uint8Array[], Uint8Array[]] = [[], []];
    const strayed = new ReplaySubject<void>(1);
    const pieces = frames(probe);
    const length = toMs(probe.length);

    const speak = (link: Link): Observable<Working> => {
      const answer = link.reply.pipe(
        tap((bytes) => {
          arrivals.push({ at: performance.now(), bytes: bytes.length });
          keep(reply, bytes, KEPT);
        }),
        share(),
      );
      const speaking = timer(settle).pipe(
        switchMap(() => inRealTime(voiced([...pieces]))),
        tap((frame) => {
          link.write(int16ToBytes(frame));
          seen.spoken += toMs(frame.length);
          // The last frame of the probe is filled up with silence.
          if (seen.lastVoiced === undefined && seen.spoken >= length) seen.lastVoiced = performance.now() - (seen.spoken - length);
        }),
        ignoreElements(),
        takeUntil(answer),
      );
      const progress = concat(of(working('speaking to the server')), timer(settle + length).pipe(map(() => working('waiting for its answer'))));
      const over = merge(
        strayed,
        timer(settle + length + patience).pipe(takeUntil(answer)),
        answer.pipe(switchMap(() => timer(quiet))),
        answer.pipe(ignoreElements(), endWith(undefined), tap(() => (seen.hungUp = true))),
      );
      return merge(answer.pipe(ignoreElements()), speaking, progress).pipe(takeUntil(over));
    };
    return concat(
      dial({
        ...ports,
        onStray: (bytes) => {
          keep(stray, bytes, STRAY);
          strayed.next();
        },
      }).pipe(
        tap(() => (seen.joined = Math.round(performance.now() - began))),
        during(speak),
        catchError((error: unknown) => {
          seen.error = asSpeechError(error, { kind: 'internal', code: 'call-failed' });
          seen.hungUp = seen.joined !== undefined;
          return EMPTY;
        }),
      ),
      defer(() => of<Call>({ type: 'call', ...seen, reply: Buffer.concat(reply), arrivals, stray: Buffer.concat(stray) })),
    );
  });
}

function toMs(samples: number): number {
  return (1000 * samples) / SAMPLE_RATE;
}

function keep(pieces: Uint8Array[], bytes: Uint8Array, most: number): void {
  const room = most - pieces.reduce((sum, { length }) => sum + length, 0);
  if (room > 0) pieces.push(bytes.slice(0, room));
}
