import { concatMap, defer, EMPTY, finalize, from, map, mergeMap, switchMap, take, type ObservableInput, type OperatorFunction } from 'rxjs';

/** What an utterance during an answer does to that answer: cancels it, comes to nothing, or waits until it is over. */
export type BargeInPolicy = 'interrupt' | 'ignore' | 'queue';

export interface BargeInOptions<U, I = never> {
  /** @default 'interrupt' */
  readonly policy?: BargeInPolicy;
  /**
   * Whether an utterance counts: its first value says so, its completion without one says no. `answering` tells whether an answer
   * is under way as the utterance begins, so that a "mhm" can be no answer's end and still be a question's answer.
   * @default (utterance) => utterance.confirmed
   */
  readonly counts?: (utterance: U, answering: boolean) => ObservableInput<unknown>;
  /** What is emitted beside the answer for an utterance that counts and is ignored. @default nothing */
  readonly ignored?: (utterance: U) => ObservableInput<I>;
}

/**
 * Answers utterances that count, and lets them barge into the answer before.
 *
 * ```
 * utterances   -x----y-----|
 * confirmed x   -c
 * confirmed y        -c
 * answer x       -a-a--a|
 * answer y            -b-b|
 * said         ---a-a--b-b-|
 * ```
 *
 * Confirmed, not merely opened: a cough must not cut an answer short. The policy is a flattening word: `switchMap` interrupts,
 * an `exhaustMap` that can tell of it ignores, `concatMap` queues. The old answer is unsubscribed before the new one is asked for.
 *
 * @param answer An utterance in, live, from its start; everything that answers it out.
 */
export function bargeIn<U extends { readonly confirmed: ObservableInput<unknown> }, R, I = never>(
  answer: (utterance: U) => ObservableInput<R>,
  options: BargeInOptions<U, I> = {},
): OperatorFunction<U, R | I> {
  const { policy = 'interrupt', counts = ({ confirmed }: U) => confirmed, ignored = (): ObservableInput<I> => EMPTY } = options;

  return (utterances) => defer(() => {
    /** Answers under way: one at most, save for the moment in which one follows another. */
    let answers = 0;
    const answered = (utterance: U): ObservableInput<R> => defer(() => {
      answers++;
      return from(answer(utterance)).pipe(finalize(() => { answers--; }));
    });
    const flattening: Record<BargeInPolicy, OperatorFunction<U, R | I>> = {
      interrupt: switchMap(answered),
      ignore: mergeMap((utterance): ObservableInput<R | I> => answers > 0 ? ignored(utterance) : answered(utterance)),
      queue: concatMap(answered),
    };
    return utterances.pipe(
      mergeMap((utterance) => from(counts(utterance, answers > 0)).pipe(take(1), map(() => utterance))),
      flattening[policy],
    );
  });
}
