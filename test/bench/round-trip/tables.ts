import { registry } from '../../../dist/src/engines/registry.js';
import { megabytes } from '../../../dist/src/models/disk.js';
import type { Cost } from './measure.js';
import { recognisers, voices, type Subject } from './subjects.js';

/** The share of words heard wrongly, without and with something to be worked out. */
export interface Understood { readonly plain: number; readonly numbers: number }

interface Measured<S extends 'stt' | 'tts'> { readonly name: keyof (typeof registry)[S]; readonly subject: Subject; readonly cost: Cost }

export interface Results {
  readonly spokenBy: readonly Measured<'tts'>[];
  /** `understood` and `asWritten` (the share in sentences with numbers that were spoken as they are written): of each of the voices. */
  readonly heardBy: readonly (Measured<'stt'> & { readonly understood: readonly Understood[]; readonly asWritten: readonly number[] })[];
  /** How many each voice said. */
  readonly sentences: number;
  /** `load`: programs that wanted a core, on average over minutes, before or while it was measured. */
  readonly machine: { readonly cores: number; readonly load: number; readonly node: string };
}

const START = '<!-- measured by npm run engines:table -->';
const END = '<!-- end of what was measured -->';

/** The document with these tables between its two marks. */
export function withTables(document: string, text: string): string {
  const [before, rest] = document.split(START);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined) throw new Error(`The document lacks ${START} or ${END}.`);
  return `${before}${START}\n\n${text}\n${END}${after}`;
}

export function tables({ spokenBy, heardBy, sentences, machine }: Results): string {
  const called = ({ name, subject }: { readonly name: string; readonly subject: Subject }): string => `\`${name}\` ${subject.label === name ? '' : subject.label}`.trim();
  const cost = ({ wait, realTimeFactor, memory }: Cost, { size }: Subject): readonly string[] =>
    [`${Math.round(wait)} ms`, realTimeFactor.toFixed(2), megabytes(memory), size === undefined ? '–' : megabytes(size())];
  /** Those that heard all sentences. */
  const all = heardBy.filter(({ subject }) => subject.every === undefined);
  return [
    `${sentences} sentences. Node ${machine.node.slice(1)}, ${machine.cores} cores, no GPU, with other work on them (a load of ${machine.load.toFixed(1)}).`,
    table(['voice', 'first audio', 'real-time factor', 'memory', 'model', 'licence'],
      spokenBy.map((one) => [called(one), ...cost(one.cost, one.subject), registry.tts[one.name].licence])),
    table(['recogniser', 'transcript after', 'real-time factor', 'memory', 'model', 'licence'],
      heardBy.map((one) => [called(one), ...cost(one.cost, one.subject), registry.stt[one.name].licence])),
    'Words heard wrongly, in sentences without / with numbers, units, abbreviations and addresses:',
    table(['', ...heardBy.map(called)], spokenBy.map((one, voice) => [called(one), ...heardBy.map(({ understood }) => {
      const { plain = NaN, numbers = NaN } = understood[voice] ?? {};
      return `${percent(plain)} / ${percent(numbers)}`;
    })])),
    'Sentences with numbers as they are written → in words:',
    table(['', ...all.map(called)], spokenBy.flatMap((one, voice) => (one.subject.server ? [] : [[called(one), ...all.map(({ asWritten, understood }) =>
      `${percent(asWritten[voice] ?? NaN)} → ${percent(understood[voice]?.numbers ?? NaN)}`)]]))),
    [...Object.entries(voices), ...Object.entries(recognisers)].flatMap(([name, why]) => {
      if (typeof why === 'string') return [`- \`${name}\` is not measured: ${why}.`];
      return [...spokenBy, ...heardBy].some((one) => one.name === name) ? [] : [`- \`${name}\` is not measured: it was left out of this run.`];
    }).join('\n'),
  ].join('\n\n');
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
