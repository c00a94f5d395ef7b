import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

/** The promises of a port, each as a check that rejects when a subject breaks it. */
export type Contract<Subject> = Readonly<Record<string, (subject: Subject) => Promise<void>>>;

/** One test for every promise. The subject is asked for when a test runs, so it may come from a `beforeAll`. */
export function keeps<Subject>(contract: Contract<Subject>, subject: () => Subject): void {
  describe('keeps the contract of its port:', () => {
    for (const [promise, check] of Object.entries(contract)) it(promise, () => check(subject()));
  });
}

/** The result, or an error where it takes longer than `patience` milliseconds. */
export function within<T>(patience: number, what: string, work: PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${patience} ms`)), patience);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const CLOCK = '/proc/thread-self/schedstat';
const hasClock = existsSync(CLOCK);

/** Milliseconds this thread has computed; where the system does not tell, those that have passed, which are more on a busy machine. */
const computed = (): number => (hasClock ? Number(readFileSync(CLOCK, 'utf8').split(' ')[0]) / 1e6 : performance.now());

/** Keeps this thread busy for so many milliseconds of its own, as an engine would that computes where it is called. */
export function compute(ms: number): void {
  for (const end = computed() + ms; computed() < end;);
}

/** Milliseconds that an engine may compute in one go on the thread of the conversation: more is heard. */
const HELD = 150;

/** Does the work, and rejects where anything in it kept the event loop to itself for too long. */
export async function leavesTheLoopFree(work: () => PromiseLike<unknown>): Promise<void> {
  let longest = 0;
  let last = computed();
  const look = (): void => {
    const now = computed();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  try {
    await work();
    await sleep(2); // The turn of the loop in which it ended counts, too.
    look();
  } finally {
    clearInterval(timer);
  }
  expect(longest, 'ms computed in one go').toBeLessThan(HELD);
}

/** Does the work, and rejects where anything was thrown meanwhile that nobody could catch. */
export async function throwsNothing(work: () => PromiseLike<unknown>): Promise<void> {
  const thrown: unknown[] = [];
  const note = (error: unknown): void => void thrown.push(error);
  const events = ['uncaughtException', 'unhandledRejection'];
  // Those of the test runner would fail the whole run.
  const others = events.map((event) => process.rawListeners(event) as ((error: unknown) => void)[]);
  for (const event of events) process.removeAllListeners(event).on(event, note);
  try {
    await work();
    await sleep(2);
  } finally {
    events.forEach((event, index) => {
      process.off(event, note);
      for (const other of others[index]!) process.on(event, other);
    });
  }
  expect(thrown, 'thrown where nobody could catch it').toEqual([]);
}
