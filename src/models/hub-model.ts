import { SpeechError } from '../errors.js';
import { modelFolder, stampOf } from './cache.js';
import type { Model } from './catalog.js';
import { hubUrl, patience } from './hub.js';

/** `hf:owner/repository/file.gguf`; the file may lie in folders. No part begins with a dot. */
const NAME = /^hf:(\w[\w.-]*\/\w[\w.-]*)\/((?:\w[\w.-]*\/)*\w[\w.-]*\.gguf)$/;

/** Redirects inside a hub that are followed: repositories are renamed. */
const REDIRECTS = 3;

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

/**
 * A model of the hub, with the size and the sha256 that the hub publishes, so that it is fetched and verified like those of
 * the catalogue. Once it is in the cache the hub is not asked any more. Errs with a SpeechError of kind `model`:
 * `model-unreachable`, or `model-unverifiable` where the hub publishes no sha256.
 */
export async function hubModel(name: string, { cache, hub, signal }: { readonly cache: string; readonly hub: string; readonly signal?: AbortSignal }): Promise<Model> {
  const cached = await cachedHubModel(name, cache);
  if (cached !== undefined) return cached;
  const { repository, path, file } = hubFile(name);
  const url = hubUrl(hub, { kind: 'hub', repository, paths: { [file]: path } }, file);
  const headers = await headersOf(url, name, signal);
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
async function headersOf(url: string, name: string, stop?: AbortSignal): Promise<Headers> {
  for (let at = url, left = REDIRECTS; ; left--) {
    const signal = AbortSignal.any([AbortSignal.timeout(patience.answer), ...(stop === undefined ? [] : [stop])]);
    const answer = await fetch(at, { method: 'HEAD', redirect: 'manual', signal, headers: { 'accept-encoding': 'identity' } }).catch((cause: unknown) => {
      throw stop?.aborted === true ? stop.reason : failed(name, 'model-unreachable', `${new URL(at).host} cannot be reached.`, cause);
    });
    const { status, headers } = answer;
    const onward = status >= 300 && status < 400 ? headers.get('location') : null;
    if (onward === null || headers.has('x-linked-etag')) {
      if (status >= 400) throw failed(name, 'model-unreachable', `${new URL(at).host} answered ${status} ${answer.statusText}`.trimEnd() + '.');
      return headers;
    }
    const next = new URL(onward, at);
    if (next.origin !== new URL(at).origin || left === 0) return headers;
    at = next.href;
  }
}

const failed = (name: string, code: string, why: string, cause?: unknown): SpeechError => new SpeechError(`The model ${name} cannot be had: ${why}`, {
  kind: 'model', code, retryable: true, hint: 'Check its name and the network; or fetch the file in another way and name its path: --llm_model PATH.', ...(cause === undefined ? {} : { cause }),
});
