import { describe, it } from 'vitest';

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
