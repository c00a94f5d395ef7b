import { defer, NEVER, Observable, take, type OperatorFunction } from 'rxjs';
import type { RunHelpers, TestScheduler } from 'rxjs/testing';

import { sameDrawing, type Message } from './diagram.js';
import { marbles } from './marbles.js';

/** Makes an operator anew. */
export type Make<T> = () => OperatorFunction<T, unknown>;

/** One law as a check, which throws where the operator breaks it. `sample`: source values at which the operator emits something. */
export type Law = <T>(make: Make<T>, sample: readonly T[]) => void;

/** Longer than any operator needs to say something, in ms: one that goes on and on would keep its law from coming to an end. */
const LONG = 100_000;

/** Subscribes `at` a virtual time, `during` some ms; what is heard goes into the returned recording, in virtual ms after subscribing. */
function listen(scheduler: TestScheduler, stream: Observable<unknown>, at: number, during = LONG): Message[] {
  const heard: Message[] = [];
  scheduler.schedule(() => {
    const tell = (notification: Message['notification']): void => { heard.push({ frame: scheduler.now() - at, notification }); };
    const subscription = stream.subscribe({
      next: (value) => tell({ kind: 'N', value: value instanceof Observable ? '(a stream)' : value }),
      error: (error: unknown) => tell({ kind: 'E', error }),
      complete: () => tell({ kind: 'C' }),
    });
    scheduler.schedule(() => subscription.unsubscribe(), during);
  }, at);
  return heard;
}

function inVirtualTime(test: Parameters<typeof marbles>[0]): void {
  marbles(test)();
}

function demand(held: boolean, message: string): asserts held {
  if (!held) throw new Error(message);
}

const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz');

/** A cold source that emits the sample, a value every other ms from 1 ms on, and ends 2 ms later, if at all. */
function spread<T>({ cold }: RunHelpers, sample: readonly T[], end: '' | '|' | '#', error?: unknown): ReturnType<typeof cold<T>> {
  demand(sample.length <= LETTERS.length, `A sample has at most ${LETTERS.length} values, not ${sample.length}.`);
  const letters = LETTERS.slice(0, sample.length);
  const values = Object.fromEntries(letters.map((letter, index) => [letter, sample[index] as T]));
  return cold<T>(letters.map((letter) => `-${letter}`).join('') + `-${end}`, values, error);
}

/** Completes when its source completes without a value, in the same moment, and says nothing before. */
export const completesOnEmpty: Law = (make) => inVirtualTime(({ cold, expectObservable }) => {
  expectObservable(cold<never>('---|').pipe(make()), `^ ${LONG}ms !`).toBe('---|');
});

/** Says nothing as long as its source says nothing. */
export const staysSilentOnNever: Law = (make) => inVirtualTime(({ expectObservable }) => {
  expectObservable(NEVER.pipe(make()), `^ ${LONG}ms !`).toBe('-');
});

/** Passes an error of its source on: the error itself, once, at once, as the last thing it says. */
export const passesErrorsOn: Law = (make, sample) => {
  const broken = new Error('broken on purpose');
  for (const values of [[], sample]) {
    inVirtualTime((helpers, scheduler) => {
      const heard = listen(scheduler, spread(helpers, values, '#', broken).pipe(make()), 0);
      helpers.flush();
      const before = heard.filter(({ notification: { kind } }) => kind === 'N');
      sameDrawing(heard, [...before, { frame: 2 * values.length + 1, notification: { kind: 'E', error: broken } }], 'what is heard of an error');
      demand(heard.some(({ notification: { error } }) => error === broken), 'The error that comes out must be the one that went in, not a copy.');
    });
  }
};

/** Unsubscribes from its source when it is unsubscribed, at whatever time. */
export const letsGo: Law = (make, sample) => {
  for (const leave of Array(2 * sample.length + 1).keys()) {
    inVirtualTime((helpers, scheduler) => {
      const source = spread(helpers, sample, '');
      listen(scheduler, source.pipe(make()), 0, leave);
      helpers.flush();
      const held = source.subscriptions.map(({ subscribedFrame, unsubscribedFrame }) => ({ subscribedFrame, unsubscribedFrame }));
      sameDrawing(held, held.map(({ subscribedFrame }) => ({ subscribedFrame, unsubscribedFrame: leave })), `the subscription of the source, left at ${leave} ms,`);
    });
  }
};

/** Far more than any operator needs to emit something. */
const ENDLESS = 5_000;

/** Stops a source that emits everything within `subscribe`, as soon as its listener has had enough. */
export const stopsASynchronousSource: Law = (make, sample) => {
  let pulled = 0;
  const endless = defer(function* () {
    while (pulled < ENDLESS) yield sample[pulled++ % sample.length] as (typeof sample)[number];
  });
  let heard = 0;
  const failures: unknown[] = [];
  endless.pipe(make(), take(2)).subscribe({ next: () => { heard++; }, error: (error: unknown) => failures.push(error) });
  for (const failure of failures) throw failure;
  demand(heard === 2, `A sample must make the operator emit: from ${pulled} values came ${heard}.`);
  demand(pulled < ENDLESS, `All ${ENDLESS} values were pulled from a source that should have been let go after two emissions.`);
};

/** Keeps nothing from one subscriber for the next, whether they come beside or after each other. */
export const startsAfresh: Law = (make, sample) => inVirtualTime((helpers, scheduler) => {
  const stream = spread(helpers, sample, '|').pipe(make());
  const first = listen(scheduler, stream, 0);
  const beside = listen(scheduler, stream, sample.length);
  const after = listen(scheduler, stream, 1_000_000);
  helpers.flush();
  demand(first.some(({ notification: { kind } }) => kind === 'N'), 'A sample must make the operator emit.');
  sameDrawing(beside, first, 'what a second subscriber hears beside the first');
  sameDrawing(after, first, 'what a subscriber hears after the first has completed');
});

/** What every operator of this library keeps, and what operators of other people should. */
export const LAWS: Readonly<Record<string, Law>> = {
  'completes on empty': completesOnEmpty,
  'stays silent on never': staysSilentOnNever,
  'passes errors on': passesErrorsOn,
  'lets go when unsubscribed': letsGo,
  'stops a synchronous source': stopsASynchronousSource,
  'starts afresh for every subscriber': startsAfresh,
};

/**
 * The six laws as tests of one operator, for any test runner: `it.each(laws(() => map(double), [1, 2]))('%s', (_, keeps) => keeps())`.
 *
 * @param make Makes the operator, with engines that answer at once.
 * @param samples Values of a source at which it emits something; each law is tried with each.
 * @returns The title of every law, and its check, which throws where the law is broken.
 * @throws Error at call time where there is no sample.
 */
export function laws<T>(make: Make<T>, ...samples: readonly (readonly T[])[]): readonly (readonly [title: string, check: () => void])[] {
  demand(samples.length > 0, 'The laws need a sample.');
  return Object.entries(LAWS).map(([title, law]) => [title, () => { for (const sample of samples) law(make, sample); }]);
}
