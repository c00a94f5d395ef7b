import { asyncScheduler, catchError, defer, filter, finalize, map, NEVER, takeUntil, tap, type Observable, type ObservableInput, type SchedulerLike } from 'rxjs';
import { asSpeechError, SpeechError, type Stage } from '../errors.js';

/** One engine of a chain, by the name that the user reads. */
export interface Link<I, O> {
  readonly name: string;
  readonly call: (input: I) => ObservableInput<O>;
}

export type FallbackNews =
  /** One failed, and the next answers in its place; the first is not asked before the others for `rest` ms. */
  | { readonly type: 'taken-over'; readonly from: string; readonly to: string; readonly error: SpeechError; readonly rest: number }
  /** One that had failed answers again. */
  | { readonly type: 'back'; readonly name: string };

export interface FallbackOptions<I, O> {
  readonly stage: Stage;
  /** Whether nobody can take over any more once this has been said. @default anything said is binding */
  readonly binding?: (said: O) => boolean;
  /** Emits when there should have been something binding: the next takes over then. Does not apply to the last. @default never */
  readonly late?: (input: I) => Observable<unknown>;
  /** Milliseconds for which one that failed is not asked before the others; they double while it goes on failing. @default 30000 */
  readonly rest?: number;
  /** The longest such rest. @default 300000 */
  readonly restCap?: number;
  readonly onNews?: (news: FallbackNews) => void;
  readonly scheduler?: SchedulerLike;
}

interface Broken {
  readonly failures: number;
  readonly until: number;
  /** One call, and no second beside it, finds out whether it works again. */
  probed: boolean;
}

/**
 * Several engines as one: the first answers and, where it fails before anything binding was said, the next does, in the
 * same call.
 *
 * ```
 * first   --#
 * second    --a-b|
 * said    ----a-b|
 * ```
 *
 * One that failed rests: calls go to the others first. When its rest is over a single call tries it again. The error of
 * the last that was asked is that of the call. What nobody waits for any more says nothing about the engine.
 */
export function fallback<I, O>(links: readonly Link<I, O>[], options: FallbackOptions<I, O>): (input: I) => Observable<O> {
  const { stage, binding = () => true, late = () => NEVER, rest = 30_000, restCap = 300_000, onNews, scheduler = asyncScheduler } = options;
  const broken = new Map<Link<I, O>, Broken>();

  const awake = (link: Link<I, O>): boolean => {
    const state = broken.get(link);
    return state === undefined || (!state.probed && state.until <= scheduler.now());
  };
  const works = (link: Link<I, O>): void => {
    if (broken.delete(link)) onNews?.({ type: 'back', name: link.name });
  };
  /** How long it rests now. */
  const fails = (link: Link<I, O>): number => {
    const failures = (broken.get(link)?.failures ?? 0) + 1;
    const pause = Math.min(rest * 2 ** (failures - 1), restCap);
    broken.set(link, { failures, until: scheduler.now() + pause, probed: false });
    return pause;
  };

  const ask = (input: I, link: Link<I, O>, [next, ...others]: readonly Link<I, O>[]): Observable<O> => defer(() => {
    let bound = false;
    const tried = broken.get(link);
    if (tried) tried.probed = true;
    const tooLate = next === undefined ? NEVER : defer(() => late(input)).pipe(filter(() => !bound), map(() => {
      throw new SpeechError(`${link.name} took too long.`, { kind: 'stage', stage, code: `${stage}-timeout`, retryable: true });
    }));
    const answer = defer(() => link.call(input)).pipe(
      tap({
        next: (said) => {
          if (bound || !binding(said)) return;
          bound = true;
          works(link);
        },
        complete: () => works(link),
      }),
      takeUntil(tooLate),
    );
    return answer.pipe(
      catchError((thrown: unknown) => {
        const pause = fails(link);
        if (bound || next === undefined) throw thrown;
        const error = asSpeechError(thrown, { kind: 'stage', stage, code: `${stage}-failed` });
        onNews?.({ type: 'taken-over', from: link.name, to: next.name, error, rest: pause });
        return ask(input, next, others);
      }),
      finalize(() => { if (tried) tried.probed = false; }),
    );
  });

  return (input) => defer(() => {
    const [first, ...others] = [...links.filter(awake), ...links.filter((link) => !awake(link))];
    return first === undefined ? NEVER : ask(input, first, others);
  });
}
