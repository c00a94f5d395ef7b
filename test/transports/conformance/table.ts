import type { Verdict } from './sentence.js';

const MARKS = { pass: '✔', fail: '✖', known: '≠', skip: '–' } as const;
const WORDS = { pass: '', fail: '', known: 'known difference: ', skip: 'skipped: ' } as const;

/** A verdict as a line of a table, and a line below it where there is a reason. */
export function line({ id, sentence, result, reason }: Verdict): string {
  const first = `${MARKS[result]} ${id.padEnd(5)} ${sentence}`;
  return reason === undefined ? first : `${first}\n        ${WORDS[result]}${reason.replaceAll('\n', '\n        ')}`;
}

export function totals(verdicts: readonly Verdict[]): Readonly<Record<Verdict['result'], number>> {
  const count = (result: Verdict['result']): number => verdicts.filter((verdict) => verdict.result === result).length;
  return { pass: count('pass'), fail: count('fail'), known: count('known'), skip: count('skip') };
}
