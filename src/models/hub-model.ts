import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Headers } from 'undici';
import { SpeechError } from '../errors.js';
import { modelFolder, stampedFiles, stampOf } from './cache.js';
import { hubUrl, isOffline } from './hub-address.js';
import { hubClient, inWords, type HubVariables } from './hub-request.js';
import { hubLimits } from './hub.js';
import type { Model } from './model.js';
import { notWhileOffline } from './offline.js';
import { NotHere } from './source.js';

/** `hf:owner/repository/file.gguf`; the file may lie in folders. No part begins with a dot. */
const NAME = /^hf:(\w[\w.-]*\/\w[\w.-]*)\/((?:\w[\w.-]*\/)*\w[\w.-]*\.gguf)$/;

/** Whether a model is named as a file of any repository on the hub. */
export const isHubModel = (name: string): boolean => name.startsWith('hf:');

interface HubFile { readonly repository: string; readonly path: string; readonly file: string }

/** @throws SpeechError `hub-model`, kind `config`, for a name that is none, or that of one part of a model in several files */
export function hubFile(name: string): HubFile {
  const [, repository = '', path = ''] = NAME.exec(name) ?? [];
  const bad = (message: string, hint: string): SpeechError => new SpeechError(message, { kind: 'config', code: 'hub-model', hint });
  if (path === '') throw bad(`${name} does not name a GGUF file on the hub.`, 'It looks like this: --llm_model hf:owner/repository/file.gguf');
  if (/-\d{5}-of-\d{5}\.gguf$/.test(path)) throw bad(`${name} is one part of a model in several files.`, 'Name a file that holds a whole model: smaller quantisations mostly do.');
  return { repository, path, file: path.slice(path.lastIndexOf('/') + 1) };
}

/** A model of the hub as the cache has it; undefined where it was never fetched. Asks nobody. */
export async function cachedHubModel(name: string, cache: string): Promise<Model | undefined> {
  const stamp = await stampOf(modelFolder({ name }, cache), hubFile(name).file);
  return stamp && modelOf(name, stamp.size, stamp.sha256);
}

/** All models of the hub that the cache has. */
export async function cachedHubModels(cache: string): Promise<Model[]> {
  const folders = (await readdir(join(cache, 'models')).catch(() => [])).filter((folder) => folder.startsWith('hf--'));
  const found = await Promise.all(folders.map(async (folder) => {
    const [file] = await stampedFiles(join(cache, 'models', folder));
    // A file may have in its name what stands for a slash; owners and repositories cannot.
    if (file === undefined || !folder.endsWith(`--${file}`)) return undefined;
    const name = `hf:${folder.slice('hf--'.length, -file.length).replaceAll('--', '/')}${file}`;
    return NAME.test(name) ? cachedHubModel(name, cache) : undefined;
  }));
  return found.filter((model) => model !== undefined);
}

export interface HubModelOptions {
  readonly cache: string;
  readonly hub: string;
  readonly signal?: AbortSignal;
  /** Nobody is asked. @default HF_HUB_OFFLINE */
  readonly offline?: boolean;
  /** Where proxies, token and HF_HUB_OFFLINE are read. @default process.env */
  readonly env?: HubVariables;
}

/**
 * A model of the hub, with the size and the sha256 that the hub publishes, so that it is fetched and verified like those of
 * the catalogue. Once it is in the cache the hub is not asked any more. Errs with a SpeechError of kind `model`:
 * `model-unreachable`, `model-unverifiable` where the hub publishes no sha256, or `offline`.
 */
export async function hubModel(name: string, { cache, hub, signal, env = process.env, offline = isOffline(env) }: HubModelOptions): Promise<Model> {
  const cached = await cachedHubModel(name, cache);
  if (cached !== undefined) return cached;
  if (offline) throw notWhileOffline(name, cache);
  const { repository, path, file } = hubFile(name);
  const url = hubUrl(hub, { kind: 'hub', repository, paths: { [file]: path } }, file);
  const headers = await headersOf(url, name, env, signal);
  const sha256 = /^"?([0-9a-f]{64})"?$/.exec(headers.get('x-linked-etag') ?? '')?.[1];
  const size = Number(headers.get('x-linked-size') ?? NaN);
  if (sha256 === undefined || !Number.isSafeInteger(size) || size <= 0) {
    throw failed(name, 'model-unverifiable', `${new URL(url).host} does not say which size and sha256 the file has.`);
  }
  return modelOf(name, size, sha256);
}

function modelOf(name: string, size: number, sha256: string): Model {
  const { repository, path, file } = hubFile(name);
  return {
    name, use: 'llm', title: `${file} of ${repository}`, licence: 'of its repository', languages: 'by model',
    files: [{ name: file, size, sha256 }],
    sources: [{ kind: 'hub', repository, paths: { [file]: path } }],
  };
}

/** What the hub says of a file. The address it redirects to knows less. */
async function headersOf(url: string, name: string, env: HubVariables, stop?: AbortSignal): Promise<Headers> {
  const { ask, close } = hubClient(env);
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(hubLimits.answer), ...(stop === undefined ? [] : [stop])]);
    const answer = await ask(url, { method: 'HEAD', signal, isEnough: ({ headers }) => headers.has('x-linked-etag') }).catch((cause: unknown) => {
      stop?.throwIfAborted();
      throw failed(name, 'model-unreachable', cause instanceof NotHere ? `${cause.message}.` : `${new URL(url).host} does not answer.`, cause);
    });
    if (answer.status >= 400) throw failed(name, 'model-unreachable', `${new URL(answer.url).host} answered ${inWords(answer.status)}.`);
    return answer.headers;
  } finally {
    await close();
  }
}

const failed = (name: string, code: string, why: string, cause?: unknown): SpeechError => new SpeechError(`The model ${name} cannot be had: ${why}`, {
  kind: 'model', code, retryable: true, hint: 'Check its name and the network; or fetch the file in another way and name its path: --llm_model PATH.', ...(cause === undefined ? {} : { cause }),
});
