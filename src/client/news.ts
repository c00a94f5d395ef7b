import type { Level } from '../../operators/levels.js';
import type { Echo } from '../audio/echo-levels.js';
import type { ErrorKind } from '../errors.js';

/**
 * Why audio went nowhere. Of the microphone: a reply was `playing`, there was no server (`offline`), or it took none
 * (`unread`). Of a reply: too much of it waited (`excess`), a last piece was no block (`tail`; the reference says `END`), the
 * server took it back (`cut`), or there was no speaker for it (`unplayed`).
 */
export type DropReason = 'playing' | 'offline' | 'unread' | 'excess' | 'tail' | 'cut' | 'unplayed';

/** What happens at the client. */
export type ClientNews =
  | { readonly type: 'connecting'; readonly host: string; readonly sendPort: number; readonly recvPort: number; readonly attempt: number }
  /**
   * `local` is where the microphone is sent from: the server's name for this client. `missed` is what was spoken (ms) while
   * there was no server, where that is anything.
   */
  | { readonly type: 'connected'; readonly local: string; readonly missed?: number }
  /** Not reached, or lost. `retryIn` (ms) is there where it will be tried again. */
  | { readonly type: 'disconnected'; readonly reason: string; readonly retryIn?: number }
  /** The server does not hear: the reply is playing, or the user wants it so. `dropped` (ms) is what it missed by a reply, at its end. */
  | { readonly type: 'muted'; readonly by: 'playback' | 'user'; readonly muted: boolean; readonly dropped?: number }
  | { readonly type: 'playing'; readonly playing: boolean }
  /** The speaker ran dry in the middle of a reply, for the `count`th time; `jitter` ms are collected first from now on. */
  | { readonly type: 'underrun'; readonly count: number; readonly jitter: number }
  /** The server has ended its answer, and what had come of it is heard no more: so many ms. */
  | { readonly type: 'cut'; readonly unheard: number }
  /** A device has gone, and is opened again in `retryIn` ms; or it is back. */
  | { readonly type: 'device'; readonly device: 'microphone' | 'speaker'; readonly lost: true; readonly reason: string; readonly retryIn: number }
  | { readonly type: 'device'; readonly device: 'microphone' | 'speaker'; readonly lost: false }
  /** The microphone hears the speaker: how loud (dBFS) it was for two seconds of a reply, and is without that echo. */
  | ({ readonly type: 'echo' } & Echo)
  /** Whether the microphone can be relied on while something plays, its echo being taken away; not before that is known. Only where answers can be interrupted. */
  | { readonly type: 'guard'; readonly trusted: boolean }
  /** What the microphone hears, or the speaker plays: each ten times a second while there is any. */
  | { readonly type: 'levels'; readonly mic?: Level; readonly speaker?: Level }
  /** Once a second where it changed. */
  | ({ readonly type: 'traffic' } & Traffic)
  /** Audio is being dropped, and why. Once in a connection for each reason. */
  | { readonly type: 'warning'; readonly code: 'server-deaf' | 'too-much-audio'; readonly message: string }
  /** The recording is over; the microphone port is half-closed. */
  | { readonly type: 'mic.ended' }
  /** It cannot go on. The stream errors with the same SpeechError right after. */
  | { readonly type: 'failed'; readonly kind: ErrorKind; readonly code: string; readonly message: string; readonly hint?: string };

/** Totals, in bytes but for the last three. */
export interface Traffic {
  readonly sent: number;
  readonly received: number;
  /** What could be neither sent nor kept: all `drops` but those of half duplex and of cut answers. */
  readonly dropped: number;
  readonly drops: Readonly<Record<DropReason, number>>;
  readonly underruns: number;
  /** Milliseconds that are collected before a reply plays, by now. */
  readonly jitter: number;
  /** Milliseconds of a reply that wait to be heard. */
  readonly buffered: number;
}

/** Bytes that went somewhere, or nowhere: too many to be news, and made into totals. */
export type Fact =
  | { readonly type: 'sent' | 'received'; readonly bytes: number }
  | { readonly type: 'dropped'; readonly reason: DropReason; readonly bytes: number };
