import { asyncScheduler, concat, concatMap, defer, EMPTY, filter, from, ignoreElements, NEVER, of, queueScheduler, Subject, subscribeOn, takeUntil, tap } from 'rxjs';
import type { Observable, ObservableInput, OperatorFunction, SchedulerLike } from 'rxjs';
import type { Frame } from './engines.js';
import type { CancelReason, SessionEvent } from './events.js';
import type { Steering } from './half-duplex.js';
import { ends } from './metrics.js';

export interface FullDuplexOptions {
  /** Hands an event to the other side; completes when the kernel has taken its bytes. Called in order, one at a time. */
  readonly deliver: (event: SessionEvent) => ObservableInput<never>;
  /** Ends the answer that is under way, for the reason given. @default never */
  readonly cancel?: Observable<CancelReason>;
  readonly scheduler?: SchedulerLike;
}

/**
 * A conversation that listens while it answers, for clients that keep their own voice out of their microphone. What waits of an
 * answer that was cut is dropped in the moment of the cut, the write that is under way included.
 */
export function fullDuplex(
  converse: (steering: Pick<Steering, 'cancel'>) => OperatorFunction<Frame, SessionEvent>,
  { deliver, cancel = NEVER, scheduler = asyncScheduler }: FullDuplexOptions,
): OperatorFunction<Frame, SessionEvent> {
  return (frames) => defer(() => {
    /** Turns that were cut and of which something may still wait. */
    const stale = new Set<number>();
    const cut = new Subject<number>();

    const handOver = (event: SessionEvent): Observable<SessionEvent> => {
      if (!('turn' in event)) return of(event);
      if (ends(event)) stale.delete(event.turn);
      if (stale.has(event.turn)) return EMPTY;
      const delivered = from(deliver(event)).pipe(ignoreElements(), takeUntil(cut.pipe(filter((turn) => turn === event.turn))));
      return concat(delivered, defer(() => {
        if (event.type !== 'reply.audio') return of(event);
        return stale.has(event.turn) ? EMPTY : of({ ...event, sentAt: scheduler.now() });
      }));
    };

    return frames.pipe(
      converse({ cancel }),
      tap((event) => {
        if (event.type !== 'cancelled' && event.type !== 'failed') return;
        stale.add(event.turn);
        cut.next(event.turn);
      }),
      // Through the queue: thousands of events that have waited together would overflow the stack.
      concatMap((event) => defer(() => handOver(event)).pipe(subscribeOn(queueScheduler))),
    );
  });
}
