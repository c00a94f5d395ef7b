import { asyncScheduler, concat, defer, EMPTY, from, of, repeat, startWith, switchMap, timer } from 'rxjs';
import type { Observable, SchedulerLike } from 'rxjs';
import type { ToldEvent } from '../../src/event-schema.js';
import type { ReplayNews } from '../views/app-event.js';

/** What can be done to a recording that is shown. */
export type Steering =
  /** Stops it, or has it go on; from the beginning where it was over. */
  | { readonly type: 'pause' }
  /** Goes so many ms on, or back. */
  | { readonly type: 'seek'; readonly by: number }
  /** Makes it so many times faster. */
  | { readonly type: 'speed'; readonly times: number };

/** Clock times (ms) between which a recording is shown. */
export interface Span { readonly from: number; readonly until: number }

/** A recording that is shown again. */
export interface Player {
  /** The time of the recording (clock time in ms): as many times faster as it is shown, and standing still where that does. */
  readonly now: () => number;
  /** Shows it, until it is over and `steering` is. */
  readonly play: (steering: Observable<Steering>) => Observable<ToldEvent | ReplayNews>;
}

/** How slow and how fast it can be made: as `--speed` allows. */
const [SLOWEST, FASTEST] = [0.01, 1_000];

/**
 * Shows the events of a recording again, with the pauses that were between them. News of itself come when it begins, when it is over and whenever
 * it is steered.
 *
 * @param speed how many times faster than it happened; Infinity does not wait
 */
export function newPlayer(name: string, events: readonly ToldEvent[], span: Span, speed: number, scheduler: SchedulerLike = asyncScheduler): Player {
  const times = withoutWayBack(events);
  const first = times[0] ?? 0;
  const until = Math.max(first, Math.min(span.until, times.at(-1) ?? 0));
  const begin = Math.min(until, Math.max(first, span.from));
  const count = times.filter((at) => at <= until).length;
  let next = 0;
  let running = false;
  /** The time of the recording at a time of the world. */
  let mark = { at: begin, since: 0 };

  const now = (): number => {
    if (!running) return mark.at;
    return speed === Infinity ? until : Math.min(until, mark.at + (scheduler.now() - mark.since) * speed);
  };
  const goTo = (at: number): void => {
    mark = { at: Math.min(until, Math.max(first, at)), since: scheduler.now() };
  };
  const jumpTo = (at: number): readonly ToldEvent[] => {
    goTo(at);
    next = times.findIndex((time) => time >= mark.at);
    return events.slice(0, next);
  };
  const news = (past?: readonly ToldEvent[]): ReplayNews => {
    const state = next >= count ? 'over' : running ? 'playing' : 'paused';
    return { type: 'replay', name, state, speed, from: first, until, ...(past && { past }), at: now() };
  };

  function* due(): Generator<ToldEvent> {
    for (let event = events[next]; event !== undefined && next < count && (times[next] ?? 0) <= now(); event = events[next]) {
      next += 1;
      yield event;
    }
  }
  const rest = defer(() => from(due())).pipe(repeat({
    delay: () => (next >= count ? EMPTY : timer(Math.max(1, Math.ceil(((times[next] ?? 0) - now()) / speed)), scheduler)),
  }));
  const over = defer(() => {
    goTo(until);
    running = false;
    // What did not wait is at its end, from where it can be gone back in.
    if (speed === Infinity) speed = 1;
    return of(news());
  });

  const obey = (order: Steering | { readonly type: 'begin' }): readonly ToldEvent[] | undefined => {
    switch (order.type) {
      case 'begin':
        running = true;
        return jumpTo(begin);
      case 'seek':
        running ||= next >= count;
        return jumpTo(now() + order.by);
      case 'speed':
        goTo(now());
        speed = Math.min(FASTEST, Math.max(SLOWEST, speed * order.times));
        return undefined;
      case 'pause':
        if (next >= count) return obey({ type: 'begin' });
        goTo(now());
        running = !running;
        return undefined;
    }
  };

  return {
    now,
    play: (steering) => steering.pipe(
      startWith({ type: 'begin' } as const),
      switchMap((order) => {
        const told = news(obey(order));
        return running && next < count ? concat([told], rest, over) : of(told);
      }),
    ),
  };
}

/** When each event is due. A clock that was set back must not have it wait twice; what has no time comes with what was before it. */
function withoutWayBack(events: readonly ToldEvent[]): readonly number[] {
  let last = events.find(({ at }) => at > 0)?.at ?? 0;
  return events.map(({ at }) => (last = Math.max(last, at)));
}
