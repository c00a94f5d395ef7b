/** A sentence of the contract, as data, and what shows whether a program keeps it. */
export interface Sentence<Subject> {
  /** Section and number in the contract: `3.6` is the sixth sentence of §3. */
  readonly id: string;
  /** In our own words. */
  readonly sentence: string;
  /** Whom it binds. */
  readonly profile: Profile;
  /** Of the contract, or better than the reference on the same wire: that is where the reference is known to differ. */
  readonly kind: 'contract' | 'better';
  /** Resolves where the sentence is kept. Rejects with `Broken` where it is not, with `Skipped` where that cannot be seen. */
  readonly check: (subject: Subject) => Promise<void>;
}

export type Profile = 'server' | 'client';

export interface Verdict {
  readonly id: string;
  readonly sentence: string;
  readonly kind: 'contract' | 'better';
  /** `known` is a failure that the reference is known for. */
  readonly result: 'pass' | 'fail' | 'known' | 'skip';
  readonly reason?: string;
}

/** The sentence is not kept; the message says what was seen instead. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** It cannot be seen on this program; the message says what that needs. */
export class Skipped extends Error {
  override readonly name = 'Skipped';
}

export function holds(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Broken(otherwise);
}

/** Waits, and no longer than so many ms: then the sentence is broken. */
export async function within<T>(ms: number, waited: Promise<T>, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Broken(`${otherwise} (waited ${ms / 1000} s)`)), ms);
  });
  try {
    return await Promise.race([waited, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs one check. `reference` forgives what the reference is known for. */
export async function judge<Subject>({ id, sentence, kind, check }: Sentence<Subject>, subject: Subject, reference = false): Promise<Verdict> {
  const about = { id, sentence, kind };
  try {
    await check(subject);
    return { ...about, result: 'pass' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof Skipped) return { ...about, result: 'skip', reason };
    return { ...about, result: reference && kind === 'better' ? 'known' : 'fail', reason };
  }
}
