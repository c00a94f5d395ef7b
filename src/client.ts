import {
  asyncScheduler, BehaviorSubject, bufferTime, catchError, combineLatest, concat, concatMap, defer, distinctUntilChanged, EMPTY, endWith, filter, finalize, from, identity, ignoreElements, isObservable,
  map, merge, mergeMap, of, share, skip, startWith, Subject, switchMap, take, takeUntil, takeWhile, tap, throwError, timer, type Observable, type SchedulerLike,
} from 'rxjs';
import { levels, type Level } from '../operators/levels.js';
import { atRate } from './audio/at-rate.js';
import type { MicSource, SpeakerSink } from './audio/devices.js';
import type { EchoCanceller } from './audio/echo-canceller.js';
import { createEchoGuard } from './audio/echo-guard.js';
import { createPlayback } from './audio/playback.js';
import { earpiece, type Cut } from './client/earpiece.js';
import { mouthpiece, type Way } from './client/mouthpiece.js';
import type { ClientNews, Fact } from './client/news.js';
import { reopened } from './client/reopened.js';
import { tallied } from './client/tallied.js';
import { SAMPLE_RATE } from './engines.js';
import { asSpeechError, type SpeechError } from './errors.js';
import { dial, type Link } from './transports/dial.js';
import { redial, type RedialNews, type RedialOptions } from './transports/redial.js';

export type { Cut } from './client/earpiece.js';
export type { ClientNews, DropReason, Traffic } from './client/news.js';

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
  /**
   * Whether it goes on sending while it plays, so that the server can be interrupted. Needs a server that listens while it answers,
   * and headphones or an `echoCanceller`. @default false
   */
  readonly fullDuplex?: boolean | Observable<boolean>;
  /**
   * Takes the echo of what is played out of what is sent. Until it has learned that, which takes some two seconds of playback, nothing is sent
   * while something plays. @default none, as with headphones
   */
  readonly echoCanceller?: EchoCanceller;
  /** Answers that the server has ended, as its event `cancelled` tells: they are silenced at once. @default never */
  readonly cuts?: Observable<Cut>;
  /** Tries again, for ever, when the server cannot be reached or is lost. @default true */
  readonly reconnect?: boolean;
  /** Milliseconds of a reply collected before it plays; grows with every underrun, and shrinks again. @default 150 */
  readonly jitter?: number;
  /**
   * Milliseconds for which it goes on sending nothing after a reply: sound that is under way through cards and room still
   * comes back through the microphone. @default 200
   */
  readonly echo?: number;
  /** Samples of one microphone block. @default 1024 */
  readonly blockFrames?: number;
  /** Samples per second of the microphone audio on the wire; the device's 16 000 are resampled. @default 16_000 */
  readonly sendRate?: number;
  /** Samples per second of the replies on the wire. @default 16_000 */
  readonly recvRate?: number;
  /** While its last value is true, silence is sent instead of what the microphone hears. */
  readonly muted?: Observable<boolean>;
  /** Waits before a reconnect, ms: a `random` part of `first`, doubled each time up to `most`. @default 250 and 8000 */
  readonly backoff?: Pick<RedialOptions, 'first' | 'most' | 'random'>;
  /** Where it emits, a reconnect that waits is tried at once. @default never */
  readonly reconnectNow?: Observable<unknown>;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike;
}

/** News with the clock time (ms since the epoch) at which it happened. */
export type ClientEvent = ClientNews & { readonly at: number };

/** ms until the next try to reach a speaker, from which on an answer is not kept for it. */
const STALE = 2_000;
/** A connection that ends within so many milliseconds, without a byte of reply, was refused. */
const REFUSED = 1_000;
const REFUSAL = 'the server closed the connection at once: it may be serving another client, or --send_port and --recv_port are crossed';

/**
 * The client half of the socket mode: speaks into one port of a server and plays what comes from the other. Half duplex by
 * sending nothing while there is audio to play, and for its echo, unless `fullDuplex`. Starts on subscription; unsubscribing closes the reply port, then the
 * microphone port, and stops both devices.
 *
 * A microphone that completes ends the audio and not the conversation: the answer is played until the server closes, then
 * it completes. A device that is lost is opened again. Errors with a SpeechError: of kind `device` from a device that cannot be opened, `config` from a recording, `net` only where it
 * must not reconnect.
 */
export function listenAndPlay(options: ListenAndPlayOptions): Observable<ClientEvent> {
  const { host, sendPort, recvPort, mic, speaker, fullDuplex = false, reconnect = true, blockFrames = 1024, echo = 200, scheduler = asyncScheduler } = options;
  const toWire = atRate(SAMPLE_RATE, options.sendRate ?? SAMPLE_RATE);
  const fromWire = atRate(options.recvRate ?? SAMPLE_RATE, SAMPLE_RATE);
  const loudness = meter(scheduler);

  return defer(() => {
    const link = new BehaviorSubject<Link | undefined>(undefined);
    const way = new BehaviorSubject<Way>('offline');
    const [spoken, played] = [new Subject<Int16Array>(), new Subject<Int16Array>()];
    const guard = options.echoCanceller === undefined ? undefined : createEchoGuard(options.echoCanceller);
    const playback = createPlayback({
      ...(options.jitter === undefined ? {} : { jitter: options.jitter }),
      onHeard: (pcm) => played.next(pcm),
      ...(guard && { onNear: guard.played }),
      scheduler,
    });
    /** The speaker is to be silent now, and goes on with what is left. */
    const silenced = new Subject<undefined>();
    const devices = new Subject<Extract<ClientNews, { type: 'device' }>>();
    const lost = new Subject<Fact>();
    let [reached, micEnded, replied, userMuted] = [false, false, false, false];

    // The line: dialled, talked on while it lasts, dialled again.
    const talk = (joined: Link): Observable<Fact | ClientNews> => concat(
      defer(function* (): Generator<ClientNews> {
        yield { type: 'connected', local: joined.local };
        reached = true;
        link.next(joined);
      }),
      joined.reply.pipe(earpiece(playback, {
        fromWire,
        cuts: options.cuts ?? EMPTY,
        silence: () => {
          guard?.silenced();
          silenced.next(undefined);
        },
      })),
    );

    function* report(news: Fact | ClientNews | RedialNews): Generator<Fact | ClientNews> {
      if (news.type === 'dialling') {
        replied = false;
        yield { type: 'connecting', host, sendPort, recvPort, attempt: news.attempt };
      } else if (news.type === 'over') {
        const { lasted = Infinity, error, retryIn } = news;
        const refused = lasted < REFUSED && !replied;
        link.next(undefined);
        yield { type: 'disconnected', reason: refused ? REFUSAL : reasonOf(error), ...(retryIn !== undefined && { retryIn }) };
        if (retryIn !== undefined) return;
        if (error !== undefined && !reached) throw asClientError(error);
        playback.end();
      } else {
        replied ||= news.type === 'received';
        yield news;
      }
    }

    const line = redial(dial({ host, sendPort, recvPort, scheduler }), talk, { ...options.backoff, again: () => reconnect && !micEnded, now: options.reconnectNow ?? EMPTY, scheduler }).pipe(
      concatMap(report),
      takeUntil(playback.audio.pipe(ignoreElements(), endWith('over'))),
    );

    // The devices: both are opened once, however often the line breaks.
    const voice = concat(
      link.pipe(
        filter((joined) => joined !== undefined),
        take(1),
        switchMap(() => mic.pipe(reopened({ device: 'microphone', tell: (news) => devices.next(news), scheduler }))),
        guard?.cleaned ?? identity,
        tap((pcm) => spoken.next(pcm)),
        map((pcm) => (userMuted ? new Int16Array(pcm.length) : pcm)),
        mouthpiece(way, { blockFrames, toWire }),
      ),
      defer(function* (): Generator<ClientNews> {
        micEnded = true;
        yield { type: 'mic.ended' };
        if (link.value === undefined) playback.end();
        else link.value.endMic();
      }),
    );
    const spoke = defer(() => speaker(playback.audio)).pipe(
      tap(playback.heard),
      reopened({
        device: 'speaker',
        tell: (news) => {
          devices.next(news);
          guard?.silenced();
          // An answer that cannot be played for so long is of yesterday.
          if (news.lost && news.retryIn >= STALE) lost.next({ type: 'dropped', reason: 'unplayed', bytes: 2 * playback.cut() });
        },
        scheduler,
      }),
      ignoreElements(),
      endWith(undefined),
    );
    const sound = silenced.pipe(startWith(undefined), switchMap(() => spoke));

    // What is played decides where the microphone goes, and so does the line.
    const playing = playback.playing.pipe(skip(1), share());
    const duplex = (isObservable(fullDuplex) ? fullDuplex.pipe(startWith(false)) : of(fullDuplex)).pipe(distinctUntilChanged());
    const open = combineLatest([duplex, guard?.trusted ?? of(true)]).pipe(
      map(([both, trusted]) => both && trusted),
      distinctUntilChanged(),
    );
    const deaf = combineLatest([playing.pipe(startWith(false)), open]).pipe(
      switchMap(([now, hears]) => (hears ? of(false) : now ? of(true) : timer(echo, scheduler).pipe(map(() => false)))),
      startWith(false),
      distinctUntilChanged(),
      skip(1),
      share(),
    );
    const turns = combineLatest([link, deaf.pipe(startWith(false))]).pipe(
      map(([joined, isDeaf]): Way => (joined === undefined ? 'offline' : isDeaf ? 'playing' : joined)),
      distinctUntilChanged(),
      tap((to) => way.next(to)),
      ignoreElements(),
    );

    const muting = (options.muted ?? EMPTY).pipe(
      startWith(false),
      distinctUntilChanged(),
      skip(1),
      tap((muted) => (userMuted = muted)),
    );

    return merge(
      spoken.pipe(loudness, map((level): ClientNews => ({ type: 'levels', mic: level }))),
      played.pipe(loudness, map((level): ClientNews => ({ type: 'levels', speaker: level }))),
      muting.pipe(map((muted): ClientNews => ({ type: 'muted', by: 'user', muted }))),
      playing.pipe(map((now): ClientNews => ({ type: 'playing', playing: now }))),
      turns,
      deaf.pipe(map((muted): ClientNews => ({ type: 'muted', by: 'playback', muted }))),
      guard === undefined ? EMPTY : guard.echo.pipe(map((echo): ClientNews => ({ type: 'echo', ...echo }))),
      guard === undefined ? EMPTY : duplex.pipe(switchMap((both) => (both ? guard.trusted : EMPTY)), map((trusted): ClientNews => ({ type: 'guard', trusted }))),
      devices,
      lost,
      sound,
      voice,
      line,
    ).pipe(
      takeWhile((news) => news !== undefined),
      tallied(playback, scheduler),
      catchError(failure),
      map((news): ClientEvent => ({ ...news, at: scheduler.now() })),
      finalize(playback.end),
    );
  });
}

/** How loud the last tenth of a second was. */
function meter(scheduler: SchedulerLike): (frames: Observable<Int16Array>) => Observable<Level> {
  return (frames) => frames.pipe(
    bufferTime(100, scheduler),
    filter(({ length }) => length > 0),
    mergeMap((some) => from(some).pipe(levels({ every: some.length }))),
  );
}

function reasonOf(error: unknown): string {
  return error === undefined ? 'the server closed the connection' : asClientError(error).message;
}

function failure(thrown: unknown): Observable<ClientNews> {
  const error = asClientError(thrown);
  const { kind, code, message, hint } = error;
  return concat(of<ClientNews>({ type: 'failed', kind, code, message, ...(hint !== undefined && { hint }) }), throwError(() => error));
}

function asClientError(thrown: unknown): SpeechError {
  return asSpeechError(thrown, { kind: 'internal', code: 'client-failed' });
}
