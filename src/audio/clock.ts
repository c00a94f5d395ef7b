import { asyncScheduler, concatMap, defer, interval, map, takeWhile, type Observable } from 'rxjs';
import { SAMPLE_RATE } from '../engines.js';

/** Milliseconds after which a gap between two ticks is no late timer but a suspended machine, or a clock that was set. */
const JUMP = 1000;

const TICK = 20;

/**
 * Counts the samples of real time (16 kHz) since it was subscribed, every `every` ms. It is anchored to the clock, so late
 * timers do not add up; it never falls, and a machine that slept does not have the whole night made up for.
 */
export function sampleClock(every: number): Observable<number> {
  return defer(() => {
    let last = asyncScheduler.now();
    let elapsed = 0;
    return interval(every).pipe(map(() => {
      const now = asyncScheduler.now();
      const step = now - last;
      last = now;
      elapsed += step < 0 || step > JUMP ? every : step;
      return Math.floor((elapsed * SAMPLE_RATE) / 1000);
    }));
  });
}

/**
 * Gives out chunks of 16 kHz audio, each as soon as it could have been recorded: when its last sample's time has come.
 * Completes where the chunks do.
 */
export function inRealTime(chunks: Iterator<Int16Array, void>): Observable<Int16Array> {
  return defer(() => {
    let next = chunks.next();
    let given = 0;
    return sampleClock(TICK).pipe(
      concatMap(function* (elapsed) {
        for (; !next.done && given + next.value.length <= elapsed; next = chunks.next()) {
          given += next.value.length;
          yield next.value;
        }
        if (next.done) yield undefined;
      }),
      takeWhile((chunk) => chunk !== undefined),
    );
  });
}
