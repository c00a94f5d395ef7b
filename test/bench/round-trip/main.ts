/**
 * Has every recogniser hear what every voice says, and writes the tables of docs/engines.md anew: who is understood, how fast, in how
 * much memory.
 *
 *   npm run engines:table -- [--every 3] [--without whisper-node,openai]
 *
 * `--every 3` says every third sentence only, for a machine that has other things to do.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { registry } from '../../../dist/src/engines/registry.js';
import { errorRate, hearAll, speakAll, type Cost, type Spoken } from './measure.js';
import { NUMBERS, PLAIN, type Sentence } from './sentences.js';
import { recognisers, voices, type Subject } from './subjects.js';
import { tables, withTables, type Understood } from './tables.js';

const { values: { every, without } } = parseArgs({ options: { every: { type: 'string', default: '1' }, without: { type: 'string', default: '' } } });
const thinned = <T>(all: readonly T[], step: number): readonly T[] => all.filter((_, index) => index % step === 0);
const SENTENCES = thinned([...PLAIN, ...NUMBERS], Number(every));
const WITH_NUMBERS = SENTENCES.filter((one) => NUMBERS.includes(one));
const left = without.split(',');
const document = new URL('../../../docs/engines.md', import.meta.url);

const measured = <N extends string>(subjects: Readonly<Record<N, readonly Subject[] | string>>): readonly (readonly [N, Subject])[] =>
  (Object.keys(subjects) as N[]).flatMap((name) => {
    const some = subjects[name];
    return typeof some === 'string' || left.includes(name) ? [] : some.map((one) => [name, one] as const);
  });
const note = (text: string): void => void process.stderr.write(`${text}\n`);
const cells = (said: readonly Sentence[], heard: readonly string[]): Understood => {
  const rate = (wanted: readonly Sentence[]): number => {
    const which = said.flatMap((sentence, index) => (wanted.includes(sentence) ? [index] : []));
    return errorRate(which.map((index) => said[index]!), which.map((index) => heard[index] ?? ''));
  };
  return { plain: rate(PLAIN), numbers: rate(NUMBERS) };
};

const load = loadavg()[0] ?? 0;
const spokenBy: { name: keyof typeof registry.tts; subject: Subject; cost: Cost; spoken: readonly Spoken[]; asWritten: readonly Spoken[] }[] = [];
for (const [name, subject] of measured(voices)) {
  note(`${name} ${subject.label} speaks`);
  const { spoken, cost } = await speakAll(name, subject, SENTENCES);
  // In a language that is not known beforehand text is spoken as it is written.
  const { spoken: asWritten } = await speakAll(name, { ...subject, options: { ...subject.options, language: 'auto' } }, WITH_NUMBERS);
  spokenBy.push({ name, subject, cost, spoken, asWritten });
}

const heardBy: { name: keyof typeof registry.stt; subject: Subject; cost: Cost; understood: readonly Understood[]; asWritten: readonly number[] }[] = [];
for (const [name, subject] of measured(recognisers)) {
  note(`${name} ${subject.label} listens`);
  const chosen = spokenBy.map(({ spoken }) => thinned(spoken, subject.every ?? 1));
  const raw = subject.every === undefined ? spokenBy.map(({ asWritten }) => asWritten) : [];
  const { heard, cost } = await hearAll(name, subject, [...chosen, ...raw].flat());
  const heardOf = (parts: readonly (readonly Spoken[])[], from: number): readonly (readonly string[])[] =>
    parts.map(({ length }, index) => heard.slice(from + index * length, from + (index + 1) * length));
  const understood = heardOf(chosen, 0).map((texts, index) => cells(chosen[index]!.map(({ sentence }) => sentence), texts));
  const asWritten = heardOf(raw, chosen.flat().length).map((texts) => errorRate(WITH_NUMBERS, texts));
  heardBy.push({ name, subject, cost, understood, asWritten });
}

const text = tables({ spokenBy, heardBy, sentences: SENTENCES.length, machine: { cores: availableParallelism(), load: Math.max(load, loadavg()[1] ?? 0), node: process.version } });
writeFileSync(document, withTables(readFileSync(document, 'utf8'), text));
process.stdout.write(text);
process.exit();
