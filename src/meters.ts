import { connect, defer, endWith, filter, from, ignoreElements, map, merge, startWith, switchMap, takeUntil, tap, throttleTime } from 'rxjs';
import type { OperatorFunction, SchedulerLike } from 'rxjs';
import { chunkify, levels, paced } from '../operators/index.js';
import type { Level } from '../operators/index.js';
import { bytesToInt16, int16ToBytes } from './audio/pcm.js';
import { FRAME_SAMPLES, SAMPLE_RATE } from './engines.js';
import type { Engines, Frame } from './engines.js';
import type { SessionEvent } from './events.js';

/** How loud a conversation is, about ten times a second: what the microphone brings, and the reply while it is to be heard. */
export interface Levels {
  readonly type: 'levels';
  /** `speech` is the highest probability of speech since the last one. */
  readonly mic?: Level & { readonly speech?: number };
  readonly reply?: Level;
  readonly at: number;
}

/** Frames of one level, and how long they are in ms. */
const FRAMES = 3;
const LENGTH = (1_000 * FRAMES * FRAME_SAMPLES) / SAMPLE_RATE;

/**
 * A conversation with meters beside it. They see the microphone also while the gate is closed, and listen in on the VAD. The
 * reply's follows the clock and not its samples, which may be minutes ahead of it.
 */
export function metered(
  engines: Engines, converse: (engines: Engines) => OperatorFunction<Frame, SessionEvent>, scheduler: SchedulerLike,
): OperatorFunction<Frame, SessionEvent | Levels> {
  return (frames) =>
    defer(() => {
      let speech: number | undefined;
      const heard = (probability: number): void => void (speech = Math.max(speech ?? 0, probability));
      const taken = (): { speech?: number } => {
        const taking = speech === undefined ? {} : { speech };
        speech = undefined;
        return taking;
      };
      const mic = map((level: Level): Levels => ({ type: 'levels', mic: { ...level, ...taken() }, at: scheduler.now() }));
      const reply = map((level: Level): Levels => ({ type: 'levels', reply: level, at: scheduler.now() }));

      return frames.pipe(connect((microphone) => merge(
        microphone.pipe(converse({ ...engines, vad: overheard(engines.vad, heard) }), connect((events) => merge(
          events,
          events.pipe(replyLevels(scheduler), reply, takeUntil(events.pipe(ignoreElements(), endWith(true)))),
        ))),
        // A recording may come much faster than it would be spoken.
        microphone.pipe(levels({ every: FRAMES }), throttleTime(0.8 * LENGTH, scheduler), mic),
      )));
    });
}

/** The levels of answers, each when its turn to be heard has come; those of an answer that was cut short end there. */
function replyLevels(scheduler: SchedulerLike): OperatorFunction<SessionEvent, Level> {
  return (events) => events.pipe(
    filter((event) => event.type === 'cancelled' || event.type === 'failed'),
    startWith(undefined),
    switchMap(() => events.pipe(
      filter((event) => event.type === 'reply.audio'),
      map(({ audio }) => int16ToBytes(audio)),
      chunkify(2 * FRAMES * FRAME_SAMPLES),
      map(bytesToInt16),
      levels({ every: 1 }),
      paced(() => LENGTH, { lead: 0, scheduler }),
    )),
  );
}

/** A VAD of whose judgements somebody else is told, too. */
function overheard(vad: Engines['vad'], told: (speech: number) => void): Engines['vad'] {
  return () => {
    const judge = vad();
    return (frame) => {
      const speech = judge(frame);
      if (typeof speech !== 'number') return from(speech).pipe(tap(told));
      told(speech);
      return speech;
    };
  };
}
