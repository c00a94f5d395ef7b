import { asyncScheduler, concatAll, concatMap, defer, EMPTY, filter, from, ignoreElements, map, Subject, switchMap, take, takeUntil, tap, throwIfEmpty, type ObservableInput, type OperatorFunction, type SchedulerLike } from 'rxjs';

import { openUtterance, type OpenUtterance, type Utterance, type UtteranceEnd } from './utterance.js';

/** An utterance at a pause that may be its end. */
export interface Pause<F> {
  /** Everything so far, pre-roll included. */
  readonly frames: readonly F[];
  /** Speech so far, in ms. */
  readonly voiced: number;
  /** All frames so far, in ms. */
  readonly length: number;
}

export interface VadGateOptions<F> {
  /** Length of one frame, in ms. @default 32 */
  readonly frameLength?: number;
  /** Probability (0 to 1) from which a frame is voiced. @default 0.6 */
  readonly threshold?: number;
  /** Probability below which silence begins. @default threshold - 0.15 */
  readonly endThreshold?: number;
  /** Speech an utterance needs to be accepted, in ms. @default 384 */
  readonly minSpeech?: number;
  /**
   * Silence that ends an utterance, in ms of audio; or a function that is asked at every pause and may change its mind:
   * the last value it emits counts. It is unsubscribed when speech goes on. @default 500
   */
  readonly minSilence?: number | ((pause: Pause<F>) => ObservableInput<number>);
  /** Length at which an utterance is split, in ms, pre-roll included; must be more than `preRoll`. @default Infinity */
  readonly maxSpeech?: number;
  /** Audio from before the first voiced frame that belongs to an utterance, in ms. @default 500 */
  readonly preRoll?: number;
  /** Silence after which a `minSilence` function is asked, in ms. @default 64 */
  readonly pauseAfter?: number;
  /** Silence that ends an utterance until the `minSilence` function has answered, in ms. @default 1_200 */
  readonly maxSilence?: number;
  /** Whose clock tells `lastVoicedAt`. @default asyncScheduler */
  readonly scheduler?: SchedulerLike;
}

/** An utterance in the making, and what is known of it so far. */
interface Window<F> {
  readonly news: OpenUtterance<F>;
  readonly frames: F[];
  /** Speech needed to be accepted: none for what continues an accepted utterance. */
  readonly needed: number;
  voiced: number;
  lastVoicedAt: number;
  /** Length of the running pause, 0 while there is speech. */
  silence: number;
  /** Whether the last frame was below the end threshold. */
  quiet: boolean;
  /** Whether the running pause was asked about. */
  asked: boolean;
  /** Silence that ends the window now. */
  patience: number;
}

/**
 * Opens a window on every utterance: the frames of one stretch of speech, as they come.
 *
 * ```
 * frames      qqqssssqqqqqssqq|
 * utterances  ---x--------y---|
 * in x         qqssssqqq
 * in y                  qqssqq
 * ```
 *
 * (q quiet, s speech; a frame of 1 ms, pre-roll 2, least silence 3.) The window's opening is the news that somebody began to speak, its completion that they stopped; time is counted in
 * frames, as audio may come faster than real time. Trailing silence stays in: speech engines cut off a last word without it.
 * Longer than 60 lines, because hysteresis, pre-roll, splitting and the adaptive end share one state.
 *
 * - Hysteresis as in Silero's own iterator: a window opens at a frame of at least `threshold`; silence begins at a frame
 *   below `endThreshold`, only a frame of at least `threshold` breaks it, and it ends a window only at a frame below
 *   `endThreshold`. A frame in between goes on with what was before it. (Silero counts silence from the end of its first
 *   frame, this counts that frame too: 64 ms are two frames.)
 * - A window of `maxSpeech` is split. Speech that comes back while the pre-roll still holds everything since the split
 *   belongs to the same utterance: no frame is lost or repeated, and where the first part was accepted, so is the next,
 *   from its first frame. No frame is ever in two windows.
 * - The probability may come later; frames keep their order. One that comes at once costs no tick.
 * - When the gate is unsubscribed, an open window falls silent, without completing: nothing came to an end.
 *
 * @param vad Begins to judge a stream: each frame in, its probability of speech (0 to 1) out; the first value counts.
 * @throws RangeError at call time where the options contradict each other.
 */
export function vadGate<F>(vad: () => (frame: F) => number | ObservableInput<number>, options: VadGateOptions<F> = {}): OperatorFunction<F, Utterance<F>> {
  const {
    frameLength = 32, threshold = 0.6, endThreshold = threshold - 0.15, minSpeech = 384, minSilence = 500, maxSpeech = Infinity,
    preRoll = 500, pauseAfter = 64, maxSilence = 1_200, scheduler = asyncScheduler,
  } = options;
  if (!(frameLength > 0)) throw new RangeError(`vadGate: the frame length must be above 0 ms, not ${frameLength}.`);
  if (!(endThreshold <= threshold)) throw new RangeError(`vadGate: the end threshold (${endThreshold}) must not be above the threshold (${threshold}).`);
  if (!(maxSpeech > preRoll)) throw new RangeError(`vadGate: the longest utterance (${maxSpeech} ms) must be longer than its pre-roll (${preRoll} ms).`);
  const adaptive = typeof minSilence === 'function';
  const patience = adaptive ? maxSilence : minSilence;

  return (frames) => defer(() => {
    const judge = vad();
    /** A pause to ask about, or undefined where there is none to ask about any more. */
    const pauses = new Subject<Pause<F> | undefined>();
    let window: Window<F> | undefined;
    let before: F[] = [];
    /** Whether speech would continue the accepted utterance that was split a moment ago. */
    let goesOn = false;
    /** Frames whose probability has yet to come. */
    let waiting = 0;

    const open = (): Window<F> => {
      const opened = { news: openUtterance<F>(), frames: before, needed: goesOn ? 0 : minSpeech, voiced: 0, lastVoicedAt: 0, silence: 0, quiet: false, asked: false, patience };
      before.forEach(opened.news.hear);
      before = [];
      return opened;
    };

    const end = (reason: UtteranceEnd['reason']): void => {
      if (window === undefined) return;
      const { news, voiced, needed, lastVoicedAt, frames: { length } } = window;
      const accepted = voiced >= needed;
      // Everything is settled before anybody is told, who may act on it at once.
      window = undefined;
      goesOn = accepted && reason === 'length';
      news.end({ accepted, reason, voiced, length: length * frameLength, lastVoicedAt });
      // Last, so that whoever was told can take over what the endpoint function had begun.
      pauses.next(undefined);
    };

    const fail = (error: unknown): void => {
      const failed = window;
      window = undefined;
      failed?.news.fail(error);
    };

    const endWhereSilent = (): void => {
      if (window?.quiet === true && window.silence >= window.patience) end('silence');
    };

    /** Takes a judged frame; gives the utterance that it opens, which has its first frames by then. */
    const hear = (frame: F, probability: number, at?: number): ObservableInput<Utterance<F>> => {
      if (window !== undefined) {
        add(window, frame, probability, at);
        return EMPTY;
      }
      if (probability >= threshold) {
        const opened = window = open();
        add(opened, frame, probability, at);
        return [opened.news.utterance];
      }
      before.push(frame);
      if (before.length * frameLength > preRoll) {
        before.shift();
        goesOn = false;
      }
      return EMPTY;
    };

    const add = (now: Window<F>, frame: F, probability: number, at?: number): void => {
      const voiced = probability >= threshold || (now.silence === 0 && probability >= endThreshold);
      now.silence = voiced ? 0 : now.silence + frameLength;
      now.quiet = probability < endThreshold;
      if (voiced) {
        now.voiced += frameLength;
        now.lastVoicedAt = at ?? scheduler.now();
        now.patience = patience;
        if (now.asked) pauses.next(undefined);
        now.asked = false;
      }
      now.frames.push(frame);
      now.news.hear(frame);
      if (now.voiced >= now.needed) now.news.confirm();
      const length = now.frames.length * frameLength;
      if (adaptive && !now.asked && now.silence > 0 && now.silence >= pauseAfter) {
        now.asked = true;
        pauses.next({ frames: now.frames.slice(), voiced: now.voiced, length });
      }
      endWhereSilent();
      if (window === now && length >= maxSpeech) end('length');
    };

    /** Hears a frame at once where its probability is there and no frame waits before it. */
    const hearInTurn = (frame: F): ObservableInput<Utterance<F>> => {
      const probability = waiting === 0 ? judge(frame) : defer(() => later(judge(frame)));
      if (typeof probability === 'number') return hear(frame, probability);
      const at = scheduler.now();
      waiting++;
      return from(probability).pipe(
        take(1),
        throwIfEmpty(() => new Error('vadGate: the VAD completed without a probability for a frame.')),
        concatMap((judged) => {
          waiting--;
          return hear(frame, judged, at);
        }),
      );
    };

    const endpoint = pauses.pipe(
      switchMap((pause) => (pause === undefined || !adaptive ? EMPTY : minSilence(pause))),
      tap((silence) => {
        if (window !== undefined) window.patience = silence;
        endWhereSilent();
      }),
      ignoreElements(),
    );

    const utterances = frames.pipe(
      map(hearInTurn),
      // Nearly every frame opens nothing: to subscribe to that, too, would cost more than all the rest.
      filter((opened) => opened !== EMPTY),
      concatAll(),
      // Nothing ever comes out of the endpoint, so this only ties its life, and its error, to that of the utterances.
      takeUntil(endpoint),
    );
    return utterances.pipe(tap({ error: fail, complete: () => end('source') }));
  });
}

function later(probability: number | ObservableInput<number>): ObservableInput<number> {
  return typeof probability === 'number' ? [probability] : probability;
}
