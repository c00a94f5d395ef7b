import { Subscription } from 'rxjs';
import type { SchedulerAction, SchedulerLike } from 'rxjs';

/** A clock that stands still until it is told what time it is. */
export interface Clock extends SchedulerLike {
  /** Does what is due by then, each at its own time, and stands still there. Never goes back. */
  readonly advance: (to: number) => void;
  /** When the next thing is due; undefined where nothing is. */
  readonly due: () => number | undefined;
}

interface Due { readonly at: number; readonly run: () => void; readonly action: Subscription }

/**
 * Makes a clock whose time is `start`; like all its times, in whole ms. RxJS has one of this kind, `VirtualTimeScheduler`, but what repeats on it becomes a
 * chain that grows with every tick: after hours it could not even be unsubscribed.
 */
export function newClock(start: number): Clock {
  let now = start;
  /** By time; of the same time, those that were asked for first. */
  const waiting: Due[] = [];

  const enqueue = (due: Due): void => {
    const place = waiting.findLastIndex(({ at }) => at <= due.at) + 1;
    waiting.splice(place, 0, due);
  };
  const drop = (action: Subscription): void => {
    const place = waiting.findIndex((due) => due.action === action);
    if (place >= 0) waiting.splice(place, 1);
  };

  return {
    now: () => now,
    due: () => waiting[0]?.at,
    advance: (to) => {
      for (let next = waiting[0]; next !== undefined && next.at <= to; next = waiting[0]) {
        waiting.shift();
        now = Math.max(now, next.at);
        next.run();
      }
      now = Math.max(now, to);
    },
    schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
      const action: SchedulerAction<T> = Object.assign(new Subscription(() => drop(action)), {
        schedule: (again?: T, wait = 0): Subscription => {
          drop(action);
          if (!action.closed && Number.isFinite(wait)) enqueue({ at: now + Math.ceil(Math.max(0, wait)), action, run: () => work.call(action, again) });
          return action;
        },
      });
      return action.schedule(state, delay);
    },
  };
}
