import { chosenFor, type Choice, type Chosen } from '../../src/engines/choose-engines.js';
import type { Stage } from '../../src/errors.js';
import { caution, type Finding } from './finding.js';

/** A finding about one engine, as it matters to the whole. */
export type Spared = (one: Chosen<Stage>, finding: Finding) => Finding;

/** Makes a caution of what is bad about one of several engines of a stage, as long as nothing is bad about another, which takes over. */
export function spared(choice: Choice): Spared {
  const down = new Set<string>();
  return ({ name, row: { stage } }, finding) => {
    if (finding.verdict !== 'bad') return finding;
    down.add(`${stage} ${name}`);
    const next = chosenFor(stage, choice).find((other) => !down.has(`${stage} ${other.name}`));
    return next === undefined ? finding : caution(finding.id, `${finding.text} ${next.name} takes over from ${name}.`, finding.advice ?? '', finding.facts);
  };
}
