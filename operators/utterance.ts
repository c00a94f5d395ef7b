import { AsyncSubject, ReplaySubject, type Observable } from 'rxjs';

/**
 * The frames of one utterance, pre-roll first. Its three streams give late subscribers everything from the start, for as
 * long as somebody holds the utterance. They complete in this order: `confirmed`, the frames, `ended`; so whoever collects the
 * frames has them all when `ended` speaks. An error of the gate's source is an error of all three.
 */
export interface Utterance<F> extends Observable<F> {
  /** Emits once there is enough speech; completes without a value where there never was (a false opening). */
  readonly confirmed: Observable<void>;
  /** Emits how it ended, then completes. */
  readonly ended: Observable<UtteranceEnd>;
}

export interface UtteranceEnd {
  /** Whether there was enough speech. */
  readonly accepted: boolean;
  /** What ended it: silence, its own length, or the end of the source. */
  readonly reason: 'silence' | 'length' | 'source';
  /** Speech in it, in ms. */
  readonly voiced: number;
  /** All frames of it, in ms: pre-roll, speech, pauses, trailing silence. */
  readonly length: number;
  /** Clock time (ms) at which its last voiced frame came. */
  readonly lastVoicedAt: number;
}

/** An utterance as its maker sees it. */
export interface OpenUtterance<F> {
  readonly utterance: Utterance<F>;
  readonly hear: (frame: F) => void;
  readonly confirm: () => void;
  readonly end: (end: UtteranceEnd) => void;
  readonly fail: (error: unknown) => void;
}

/** Begins an utterance. */
export function openUtterance<F>(): OpenUtterance<F> {
  const frames = new ReplaySubject<F>(Infinity);
  const confirmed = new AsyncSubject<void>();
  const ended = new AsyncSubject<UtteranceEnd>();

  return {
    utterance: Object.assign(frames.asObservable(), { confirmed: confirmed.asObservable(), ended: ended.asObservable() }),
    hear: (frame) => frames.next(frame),
    confirm: () => {
      confirmed.next();
      confirmed.complete();
    },
    end: (end) => {
      confirmed.complete();
      frames.complete();
      ended.next(end);
      ended.complete();
    },
    fail: (error) => [confirmed, frames, ended].forEach((part) => part.error(error)),
  };
}
