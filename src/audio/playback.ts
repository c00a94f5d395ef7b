import { asyncScheduler, BehaviorSubject, defer, distinctUntilChanged, from, merge, Subject, type Observable, type SchedulerLike, type Subscription } from 'rxjs';
import { SAMPLE_RATE } from '../engines.js';

export interface PlaybackOptions {
  /** Milliseconds collected before a reply begins to play, so that a network that stumbles is not heard. @default 150 */
  readonly jitter?: number;
  /** Samples that may wait to be heard; what comes on top is dropped. @default ten minutes */
  readonly most?: number;
  /** Told what has just been heard. */
  readonly onHeard?: (pcm: Int16Array) => void;
  /** Told what the speaker has been given and is to let be heard next, up to 400 ms before. */
  readonly onNear?: (pcm: Int16Array) => void;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike;
}

/** A reply on its way from the network to a speaker. */
export interface Playback {
  /** What the speaker is to play. A second one that subscribes begins with what the one before it did not let be heard. */
  readonly audio: Observable<Int16Array>;
  /** Takes samples from the network; returns how many of them were dropped. */
  readonly push: (pcm: Int16Array) => number;
  /** The speaker that subscribed last has played so many samples. */
  readonly heard: (count: number) => void;
  /** Forgets what was not heard yet, but for the last samples of it, and returns how many it forgot. The speaker is to be silenced by then. */
  readonly cut: (keep?: number) => number;
  /** There will be no more: plays what is left, and completes `audio`. */
  readonly end: () => void;
  /** Whether there is anything that was not heard yet; begins with what is so now. Changes within `push` and `heard`. */
  readonly playing: Observable<boolean>;
  /** Samples that have come and were not heard yet. */
  readonly pending: () => number;
  /** Milliseconds that are collected before a reply begins to play, by now. */
  readonly jitter: () => number;
  /** How often the speaker ran dry in the middle of a reply. */
  readonly underruns: () => number;
}

const TEN_MINUTES = 600 * SAMPLE_RATE;
/** A voice's first block is often 80 to 120 ms, and on a busy machine the next one is late: this waits for it, and seldom longer. */
const JITTER = 150;
/** Milliseconds of silence after which more audio is a new reply, and not the rest of one that ran dry. */
const SAME_REPLY = 300;
/** Samples of which is told before they are heard: 400 ms, the longest pause of the event loop that takes nothing from an echo canceller. */
const NEAR = 0.4 * SAMPLE_RATE;
const GROWTH = 1.5;
/** Milliseconds the jitter buffer may grow to. */
const MOST_JITTER = 400;
/** Samples heard without running dry, after which the buffer shrinks by a step: 20 s. Silence proves nothing about a network. */
const CALM = 20 * SAMPLE_RATE;

/**
 * Collects a little of each reply before it plays, more after every time that was too little, and again less when it has
 * been enough for a while. A reply that comes faster than it is heard waits for nothing.
 */
export function createPlayback(options: PlaybackOptions = {}): Playback {
  const { jitter: first = JITTER, most = TEN_MINUTES, onHeard, onNear, scheduler = asyncScheduler } = options;
  const audio = new Subject<Int16Array>();
  const playing = new BehaviorSubject(false);
  /** Not given to the speaker yet, and given but not heard. */
  let held: Int16Array[] = [];
  let given: Int16Array[] = [];
  /** Samples of `given` that were told to be near. */
  let near = 0;
  let jitter = first;
  let pending = 0;
  let holding = 0;
  let flowing = false;
  let played = 0;
  let dryAt = -Infinity;
  let underruns = 0;
  let calm = 0;
  let patience: Subscription | undefined;

  const tellNear = (): void => {
    let at = 0;
    for (const pcm of given) {
      if (at >= NEAR) return;
      const piece = pcm.subarray(Math.max(0, near - at), NEAR - at);
      at += pcm.length;
      if (piece.length === 0) continue;
      near += piece.length;
      onNear?.(piece);
    }
  };

  const flow = (): void => {
    patience?.unsubscribe();
    flowing = true;
    const ready = held;
    held = [];
    holding = 0;
    for (const pcm of ready) {
      given.push(pcm);
      audio.next(pcm);
    }
    tellNear();
  };

  const grow = (): void => {
    underruns += 1;
    calm = 0;
    jitter = Math.max(jitter, Math.min(Math.max(jitter, 20) * GROWTH, MOST_JITTER));
  };

  const shrink = (): void => {
    calm = 0;
    jitter = Math.max(first, jitter / GROWTH);
  };

  return {
    audio: defer(() => {
      played = 0;
      near = 0;
      return merge(audio, from([...given]));
    }),
    playing: playing.pipe(distinctUntilChanged()),
    push: (pcm) => {
      if (pcm.length === 0) return 0;
      if (pending + pcm.length > most) return pcm.length;
      if (pending === 0 && scheduler.now() - dryAt < SAME_REPLY) grow();
      pending += pcm.length;
      held.push(pcm);
      holding += pcm.length;
      // Before the speaker gets it: what is being played must never be heard by an open microphone.
      playing.next(true);
      if (flowing || holding >= (jitter * SAMPLE_RATE) / 1000) flow();
      else if (held.length === 1) patience = scheduler.schedule(flow, jitter);
      return 0;
    },
    heard: (count) => {
      for (let fresh = count - played; fresh > 0;) {
        const next = given.shift();
        if (next === undefined) break;
        if (next.length > fresh) given.unshift(next.subarray(fresh));
        const piece = next.subarray(0, fresh);
        fresh -= piece.length;
        played += piece.length;
        pending -= piece.length;
        // What was heard while nobody looked was not told yet.
        if (piece.length > near) onNear?.(piece.subarray(near));
        near = Math.max(0, near - piece.length);
        calm += piece.length;
        if (calm >= CALM) shrink();
        onHeard?.(piece);
      }
      tellNear();
      if (flowing && pending === 0) {
        flowing = false;
        dryAt = scheduler.now();
        playing.next(false);
      }
    },
    cut: (keep = 0) => {
      const kept = last([...given, ...held], keep);
      const dropped = pending - kept.reduce((sum, { length }) => sum + length, 0);
      patience?.unsubscribe();
      given = [];
      held = kept;
      pending -= dropped;
      holding = pending;
      near = 0;
      flowing = false;
      if (pending > 0) patience = scheduler.schedule(flow, jitter);
      playing.next(pending > 0);
      return dropped;
    },
    end: () => {
      flow();
      audio.complete();
    },
    pending: () => pending,
    jitter: () => jitter,
    underruns: () => underruns,
  };
}

/** The last samples of some pieces. */
function last(pieces: readonly Int16Array[], samples: number): Int16Array[] {
  let rest = samples;
  const kept: Int16Array[] = [];
  for (const pcm of [...pieces].reverse()) {
    if (rest <= 0) break;
    const piece = pcm.subarray(Math.max(0, pcm.length - rest));
    rest -= piece.length;
    kept.unshift(piece);
  }
  return kept;
}
