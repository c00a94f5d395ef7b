import { defer, Observable, take, type OperatorFunction } from 'rxjs';
import type { RunHelpers, TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';

import { marbles } from './marbles.js';

/** Makes an operator anew. */
export type Make<T> = () => OperatorFunction<T, unknown>;

/** One law as a check, which throws where the operator breaks it. `sample`: source values at which the operator emits something. */
export type Law = <T>(make: Make<T>, sample: readonly T[]) => void;

/** What somebody was told, and how many virtual ms after subscribing. */
type Heard = readonly [after: number, news: 'next' | 'error' | 'complete', value?: unknown];

/** Subscribes `at` a virtual time, for good or until a later one; what it hears goes into the returned list. */
function listen(scheduler: TestScheduler, stream: Observable<unknown>, at: number, until = Infinity): Heard[] {
  const heard: Heard[] = [];
  scheduler.schedule(() => {
    const tell = (news: Heard[1], value?: unknown): void => { heard.push([scheduler.now() - at, news, value instanceof Observable ? '(a stream)' : value]); };
    const subscription = stream.subscribe({
      next: (value) => tell('next', value),
      error: (error: unknown) => tell('error', error),
      complete: () => tell('complete'),
    });
    if (until !== Infinity) scheduler.schedule(() => subscription.unsubscribe(), until - at);
  }, at);
  return heard;
}

function inVirtualTime(test: Parameters<typeof marbles>[0]): void {
  marbles(test)();
}

/** A cold source that emits the sample, a value every other ms from 1 ms on, and then goes on as `end` says. */
function spread<T>({ cold }: RunHelpers, sample: readonly T[], end: '-' | '-|' | '-#', error?: unknown): ReturnType<typeof cold<T>> {
  const letters = Array.from('abcdefghijklmnopqrstuvwxyz').slice(0, sample.length);
  expect(letters.length, 'a sample has at most 26 values').toBe(sample.length);
  const values = Object.fromEntries(letters.map((letter, index) => [letter, sample[index] as T]));
  return cold<T>(letters.map((letter) => `-${letter}`).join('') + end, values, error);
}

export const completesOnEmpty: Law = (make) => inVirtualTime(({ cold, expectObservable }) => {
  expectObservable(cold<never>('---|').pipe(make())).toBe('---|');
});

export const staysSilentOnNever: Law = (make) => inVirtualTime(({ cold, expectObservable }) => {
  expectObservable(cold<never>('-').pipe(make()), '^ 100s !').toBe('-');
});

export const passesErrorsOn: Law = (make, sample) => {
  const broken = new Error('broken on purpose');
  for (const values of [[], sample]) {
    inVirtualTime((helpers, scheduler) => {
      const heard = listen(scheduler, spread(helpers, values, '-#', broken).pipe(make()), 0);
      helpers.flush();
      expect(heard.at(-1)).toStrictEqual([2 * values.length + 1, 'error', broken]);
      expect(heard.at(-1)?.[2], 'the error itself, not a copy').toBe(broken);
      expect(heard.filter(([, news]) => news !== 'next')).toHaveLength(1);
    });
  }
};

export const letsGo: Law = (make, sample) => {
  for (let leave = 0; leave <= 2 * sample.length + 1; leave++) {
    inVirtualTime((helpers, scheduler) => {
      const source = spread(helpers, sample, '-');
      const heard = listen(scheduler, source.pipe(make()), 0, leave);
      helpers.flush();
      expect(source.subscriptions.map(({ unsubscribedFrame }) => unsubscribedFrame), `subscriptions of the source after leaving at ${leave} ms`)
        .toEqual(source.subscriptions.map(() => leave));
      expect(heard.filter(([at]) => at > leave), `news after leaving at ${leave} ms`).toEqual([]);
    });
  }
};

/** Far more than any operator needs to emit something. */
const ENDLESS = 5_000;

export const stopsASynchronousSource: Law = (make, sample) => {
  let pulled = 0;
  const endless = defer(function* () {
    for (; pulled < ENDLESS; pulled++) yield sample[pulled % sample.length] as (typeof sample)[number];
  });
  const heard: unknown[] = [];
  endless.pipe(make(), take(2)).subscribe({ next: (value) => heard.push(value), error: (error: unknown) => { throw error; } });
  expect(heard, 'a sample must make the operator emit').toHaveLength(2);
  expect(pulled, 'values pulled from a source that had been let go').toBeLessThan(ENDLESS);
};

export const startsAfresh: Law = (make, sample) => inVirtualTime((helpers, scheduler) => {
  const stream = spread(helpers, sample, '-|').pipe(make());
  const first = listen(scheduler, stream, 0);
  const beside = listen(scheduler, stream, sample.length);
  const after = listen(scheduler, stream, 1_000_000);
  helpers.flush();
  expect(first.filter(([, news]) => news === 'next'), 'a sample must make the operator emit').not.toHaveLength(0);
  expect(beside, 'a second subscriber beside the first').toEqual(first);
  expect(after, 'a subscriber after the first has completed').toEqual(first);
});

/** What every operator of this house keeps. */
export const LAWS: Readonly<Record<string, Law>> = {
  'completes on empty': completesOnEmpty,
  'stays silent on never': staysSilentOnNever,
  'passes errors on': passesErrorsOn,
  'lets go when unsubscribed': letsGo,
  'stops a synchronous source': stopsASynchronousSource,
  'starts afresh for every subscriber': startsAfresh,
};

/**
 * The six laws as tests of one operator.
 *
 * @param make Makes the operator, with engines that answer at once.
 * @param samples Values of a source at which it emits something; each law is tried with each.
 */
export function laws<T>(name: string, make: Make<T>, ...samples: readonly (readonly T[])[]): void {
  describe(`${name} keeps the laws`, () => {
    for (const [title, law] of Object.entries(LAWS)) {
      it(title, () => {
        expect(samples, 'the laws need a sample').not.toHaveLength(0);
        for (const sample of samples) law(make, sample);
      });
    }
  });
}
