import { asyncScheduler, bufferTime, filter, from, interval, map, merge, mergeMap, Observable, pipe, Subject, Subscription, switchMap, tap, timer } from 'rxjs';
import { chunkify } from '../operators/chunkify.js';
import { levels, type Level } from '../operators/levels.js';
import type { MicSource, SpeakerSink } from './audio/devices.js';
import { bytesToInt16, int16ToBytes } from './audio/pcm.js';
import { createPlayback } from './audio/playback.js';
import { asSpeechError, type ErrorKind, type SpeechError } from './errors.js';
import { dial, type Link } from './transports/dial.js';

export interface ListenAndPlayOptions {
  readonly host: string;
  /** The server's microphone port (its `--recv_port`). */
  readonly sendPort: number;
  /** The server's reply port (its `--send_port`). */
  readonly recvPort: number;
  /** Opened when the server has been reached for the first time, and kept through reconnects. */
  readonly mic: MicSource;
  /** Opened at once. */
  readonly speaker: SpeakerSink;
  /** Goes on sending while it plays, so that the server can be interrupted. Needs headphones. @default false */
  readonly fullDuplex?: boolean;
  /** Tries again, for ever, when the server cannot be reached or is lost. @default true */
  readonly reconnect?: boolean;
  /** Milliseconds of a reply collected before it plays; grows with every underrun. @default 150 */
  readonly jitter?: number;
  /**
   * Milliseconds for which it goes on sending nothing after a reply: sound that is under way through cards and room still
   * comes back through the microphone. @default 200
   */
  readonly echo?: number;
  /** Samples of one microphone block. @default 1024 */
  readonly blockFrames?: number;
  /** While its last value is true, silence is sent instead of what the microphone hears. */
  readonly muted?: Observable<boolean>;
  /** Waits before a reconnect, ms: a random time up to `first`, doubled each time up to `most`. @default 250 and 8000 */
  readonly backoff?: { readonly first: number; readonly most: number };
}

/** What happens at the client. */
export type ClientNews =
  | { readonly type: 'connecting'; readonly host: string; readonly sendPort: number; readonly recvPort: number; readonly attempt: number }
  | { readonly type: 'connected' }
  /** Not reached, or lost. `retryIn` (ms) is there where it will be tried again. */
  | { readonly type: 'disconnected'; readonly reason: string; readonly retryIn?: number }
  /** The server does not hear: the reply is playing, or the user wants it so. */
  | { readonly type: 'muted'; readonly by: 'playback' | 'user'; readonly muted: boolean }
  | { readonly type: 'playing'; readonly playing: boolean }
  /** What the microphone hears, or the speaker plays: each ten times a second while there is any. */
  | { readonly type: 'levels'; readonly mic?: Level; readonly speaker?: Level }
  /** Totals in bytes, once a second where they changed. `dropped` could be neither sent nor kept. */
  | { readonly type: 'traffic'; readonly sent: number; readonly received: number; readonly dropped: number; readonly underruns: number }
  /** The recording is over; the microphone port is half-closed. */
  | { readonly type: 'mic.ended' }
  /** It cannot go on. The stream errors with the same SpeechError right after. */
  | { readonly type: 'failed'; readonly kind: ErrorKind; readonly code: string; readonly message: string; readonly hint?: string };

/** News with the clock time (ms since the epoch) at which it happened. */
export type ClientEvent = ClientNews & { readonly at: number };

/** Bytes of the pieces that replies are made of: 32 ms. A tail that is less (the reference says `END`) is noise. */
const REPLY_BLOCK = 1024;
/** A connection that lasted so many milliseconds was one: the next waits start small again. */
const SETTLED = 2_000;
/** A connection that ends within so many milliseconds, without a byte of reply, was refused. */
const REFUSED = 1_000;

/**
 * The client half of the socket mode: speaks into one port of a server and plays what comes from the other. Half duplex by
 * sending nothing while there is audio to play, and for its echo. Starts on subscription; unsubscribing closes the reply port, then the
 * microphone port, and stops both devices.
 *
 * A microphone that completes ends the audio and not the conversation: the answer is played until the server closes, then
 * it completes. Errors with a SpeechError: of kind `device` from the devices, `config` from a recording, `net` only where it
 * must not reconnect.
 */
export function listenAndPlay(options: ListenAndPlayOptions): Observable<ClientEvent> {
  const { host, sendPort, recvPort, mic, speaker, fullDuplex = false, reconnect = true, blockFrames = 1024, echo = 200 } = options;
  const { first, most } = options.backoff ?? { first: 250, most: 8_000 };
  const blocks = chunkify(blockFrames * 2, { tail: 'pad' });

  return new Observable<ClientEvent>((subscriber) => {
    const all = new Subscription();
    const [micMeter, speakerMeter] = [new Subject<Int16Array>(), new Subject<Int16Array>()];
    const playback = createPlayback({
      ...(options.jitter === undefined ? {} : { jitter: options.jitter }),
      onHeard: (pcm) => speakerMeter.next(pcm),
    });
    let link: Link | undefined;
    let micOpen = false;
    let micEnded = false;
    let userMuted = false;
    let playing = false;
    let deaf = false;
    let echoing: Subscription | undefined;
    let attempt = 0;
    let retry: Subscription | undefined;
    let [sent, received, dropped] = [0, 0, 0];
    let told = '';

    const tell = (news: ClientNews): void => subscriber.next({ ...news, at: Date.now() });

    const fail = (thrown: unknown): void => {
      const error = asSpeechError(thrown, { kind: 'internal', code: 'client-failed' });
      const { kind, code, message, hint } = error;
      tell({ type: 'failed', kind, code, message, ...(hint === undefined ? {} : { hint }) });
      subscriber.error(error);
    };

    const look = (): void => {
      if (playing === playback.pending() > 0) return;
      playing = !playing;
      tell({ type: 'playing', playing });
      if (fullDuplex) return;
      echoing?.unsubscribe();
      if (playing) listen(false);
      else all.add(echoing = timer(echo).subscribe({ next: () => listen(true), error: fail }));
    };

    const listen = (open: boolean): void => {
      if (deaf === !open) return;
      deaf = !open;
      tell({ type: 'muted', by: 'playback', muted: deaf });
    };

    const traffic = (): void => {
      const now = { type: 'traffic', sent, received, dropped, underruns: playback.underruns() } as const;
      if (told !== (told = JSON.stringify(now))) tell(now);
    };

    const leave = (): void => {
      retry?.unsubscribe();
      playback.end();
    };

    const openMic = (): void => {
      micOpen = true;
      all.add(mic.pipe(
        tap((pcm) => micMeter.next(pcm)),
        map(int16ToBytes),
        blocks,
      ).subscribe({
        next: (block) => {
          if (link === undefined || deaf) return;
          if (link.write(userMuted ? new Uint8Array(block.length) : block)) sent += block.length;
          else dropped += block.length;
        },
        error: fail,
        complete: () => {
          micEnded = true;
          tell({ type: 'mic.ended' });
          if (link === undefined) leave();
          else link.endMic();
        },
      }));
    };

    const lost = (reason: string, since: number, error?: SpeechError): void => {
      link = undefined;
      traffic();
      if (micEnded || !reconnect) {
        tell({ type: 'disconnected', reason });
        if (error !== undefined && !micOpen) fail(error);
        else leave();
        return;
      }
      if (asyncScheduler.now() - since > SETTLED) attempt = 0;
      const retryIn = Math.round(Math.random() * Math.min(most, first * 2 ** attempt));
      attempt += 1;
      tell({ type: 'disconnected', reason, retryIn });
      retry = timer(retryIn).subscribe({ next: call, error: fail });
      all.add(retry);
    };

    const call = (): void => {
      tell({ type: 'connecting', host, sendPort, recvPort, attempt });
      let since = Infinity;
      const before = received;
      const ended = (reason: string, error?: SpeechError): void => {
        const lasted = asyncScheduler.now() - since;
        const refused = received === before && lasted >= 0 && lasted < REFUSED;
        lost(refused ? 'the server closed the connection at once: it may be serving another client, or --send_port and --recv_port are crossed' : reason, since, error);
      };
      all.add(dial({ host, sendPort, recvPort }).pipe(
        switchMap((joined) => {
          link = joined;
          since = asyncScheduler.now();
          tell({ type: 'connected' });
          if (!micOpen) openMic();
          return joined.reply;
        }),
        tap((bytes) => {
          received += bytes.length;
        }),
        chunkify(REPLY_BLOCK),
      ).subscribe({
        next: (bytes) => {
          dropped += playback.push(bytesToInt16(bytes)) * 2;
          look();
        },
        complete: () => ended('the server closed the connection'),
        error: (thrown: unknown) => {
          const error = asSpeechError(thrown, { kind: 'internal', code: 'client-failed' });
          ended(error.message, error);
        },
      }));
    };

    all.add(merge(
      micMeter.pipe(loudness, map((mic) => ({ type: 'levels', mic } as const))),
      speakerMeter.pipe(loudness, map((speaker) => ({ type: 'levels', speaker } as const))),
    ).subscribe({ next: tell, error: fail }));
    all.add(interval(1000).subscribe({ next: traffic, error: fail }));
    all.add(options.muted?.subscribe({
      next: (muted) => {
        if (muted !== userMuted) tell({ type: 'muted', by: 'user', muted });
        userMuted = muted;
      },
      error: fail,
    }));
    all.add(speaker(playback.audio).subscribe({
      next: (count) => {
        playback.heard(count);
        look();
      },
      error: fail,
      complete: () => {
        traffic();
        subscriber.complete();
      },
    }));
    if (!subscriber.closed) call();
    return all;
  });
}

/** How loud the last tenth of a second was. */
const loudness = pipe(
  bufferTime<Int16Array>(100),
  filter((frames) => frames.length > 0),
  mergeMap((frames) => from(frames).pipe(levels({ every: frames.length }))),
);
