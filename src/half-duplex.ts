import { asyncScheduler, BehaviorSubject, concat, concatMap, defer, EMPTY, endWith, finalize, from, ignoreElements, merge, NEVER, of, queueScheduler, Subject, subscribeOn, takeUntil } from 'rxjs';
import type { Observable, ObservableInput, OperatorFunction, SchedulerLike } from 'rxjs';
import { watchdog } from '../operators/index.js';
import type { WatchdogNews } from '../operators/index.js';
import { SAMPLE_RATE } from './engines.js';
import type { Frame } from './engines.js';
import type { CancelReason, SessionEvent, SessionNews } from './events.js';
import { ends } from './metrics.js';

/** What a half-duplex conversation is steered by: options of `session`. */
export interface Steering {
  readonly listen: Observable<boolean>;
  readonly onDrop: (frame: Frame) => void;
  readonly cancel: Observable<CancelReason>;
}

export interface HalfDuplexOptions {
  /** Hands an event to the other side; completes when the kernel has taken its bytes. Called in order, one at a time. */
  readonly deliver: (event: SessionEvent) => ObservableInput<never>;
  /** The longest time (ms) for which the gate stays closed; 0 switches the watchdog off. @default 30_000 */
  readonly watchdog?: number;
  /** Ends the answer that is under way, for the reason given, and opens the gate. @default never */
  readonly cancel?: Observable<CancelReason>;
  readonly scheduler?: SchedulerLike;
}

/**
 * A conversation that does not listen while it answers, as in the reference.
 *
 * The listen gate closes with the end of an accepted utterance, in the same tick, and opens when the turn has ended and its
 * last byte was taken by the kernel. What is said meanwhile is dropped and counted. The watchdog stands in front of the gate:
 * it cancels a stuck turn, says so, and opens.
 */
export function halfDuplex(
  converse: (steering: Steering) => OperatorFunction<Frame, SessionEvent>,
  { deliver, watchdog: limit = 30_000, cancel: asked = NEVER, scheduler = asyncScheduler }: HalfDuplexOptions,
): OperatorFunction<Frame, SessionEvent> {
  return (frames) =>
    defer(() => {
      const gate = new BehaviorSubject(true);
      const cancel = new Subject<CancelReason>();
      let dropped = 0;
      /** The turn that is owed an answer, and the one whose answer was given up. */
      let owed: number | undefined;
      let stale: { readonly turn: number; readonly reason: CancelReason } | undefined;

      const at = (news: SessionNews): SessionEvent => ({ ...news, at: scheduler.now() });

      function* close(): Generator<SessionEvent> {
        yield at({ type: 'gate', open: false, reason: 'you have finished; the answer comes first' });
        gate.next(false);
      }
      function* open(reason: string): Generator<SessionEvent> {
        if (gate.value) return;
        const missed = Math.round((1_000 * dropped) / SAMPLE_RATE);
        dropped = 0;
        gate.next(true);
        yield at({ type: 'gate', open: true, reason, dropped: missed });
        yield at({ type: 'listening' });
      }

      const delivered = (event: SessionEvent | undefined): Observable<never> =>
        // What the other side does not take must not hold up the news that the turn was cancelled.
        event === undefined ? EMPTY : from(deliver(event)).pipe(ignoreElements(), takeUntil(cancel));

      function* told(event: SessionEvent | undefined): Generator<SessionEvent> {
        if (event === undefined) return;
        yield event.type === 'reply.audio' ? { ...event, sentAt: scheduler.now() } : event;
        if (event.type === 'typed' || (event.type === 'speech.stopped' && event.accepted)) {
          owed = event.turn;
          yield* close();
        } else if ('turn' in event && event.turn === owed && ends(event)) {
          owed = undefined;
          yield* open(endOf(event));
        }
      }

      /** What still waited of an answer that was given up is not sent, and it is not done either. */
      const honest = (event: SessionEvent): SessionEvent | undefined => {
        if (!('turn' in event) || event.turn !== stale?.turn) return event;
        if (event.type === 'reply.done') return at({ type: 'cancelled', turn: event.turn, reason: stale.reason });
        return event.type === 'cancelled' || event.type === 'failed' ? event : undefined;
      };

      const giveUp = (reason: CancelReason, words: string): Iterable<SessionEvent> => {
        stale = owed === undefined ? undefined : { turn: owed, reason };
        cancel.next(reason);
        return open(words);
      };

      const conversation = frames.pipe(
        converse({ listen: gate, onDrop: (frame) => (dropped += frame.length), cancel }),
        // Asked twice: the watchdog may have given it up before its turn came, or while it was being taken. Subscribed on the
        // queue, or what has waited together would be told by one call inside another, and thousands of them overflow the stack.
        concatMap((event) => concat(defer(() => delivered(honest(event))), defer(() => told(honest(event)))).pipe(subscribeOn(queueScheduler))),
        finalize(() => gate.complete()),
      );

      const guard = limit === 0 ? EMPTY : gate.pipe(
        watchdog({ timeout: limit, scheduler }),
        concatMap((news: WatchdogNews) => (news.type === 'counting'
          ? of(at({ type: 'watchdog', remaining: news.remaining, fired: false }))
          : concat(
              of(at({ type: 'watchdog', remaining: 0, fired: true })),
              of(at({ type: 'warning', code: 'watchdog', message: `The answer was not finished ${(news.closedFor / 1_000).toFixed(1)} s after you had spoken. It was cancelled; listening again.` })),
              defer(() => giveUp('watchdog', 'watchdog')),
            ))),
      );
      const given = asked.pipe(
        concatMap((reason) => (owed === undefined ? EMPTY : giveUp(reason, `the turn was cancelled: ${reason}`))),
        takeUntil(gate.pipe(ignoreElements(), endWith(true))),
      );

      return merge(guard, given, conversation);
    });
}

function endOf(event: SessionEvent): string {
  switch (event.type) {
    case 'reply.done':
      return 'the answer was sent';
    case 'failed':
      return `the ${event.stage.toUpperCase()} failed`;
    case 'cancelled':
      return event.reason === 'no-words' ? 'no words were heard' : `the turn was cancelled: ${event.reason}`;
    default:
      return 'the turn has ended';
  }
}
