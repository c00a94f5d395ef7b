import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { SpeechError } from '../errors.js';
import type { ModelFile, Source } from './catalog.js';
import { errorCode, megabytes, needSpace, onDisk } from './disk.js';
import { meter, type Meter } from './meter.js';
import { NotHere, putInPlace, sumOf, wrongHash, type Errand } from './source.js';

/** The model hub that is asked where nothing else is said. */
export const HUB = 'https://huggingface.co';

/** Milliseconds of patience with a server. */
export interface Patience {
  /** Until the headers of its answer are there. @default 5000 */
  readonly answer: number;
  /** Between two pieces of the body. @default 30000 */
  readonly stall: number;
}

export const patience: Patience = { answer: 5_000, stall: 30_000 };

/** How often a download that breaks off is taken up again, as long as each attempt brings something. */
const RESUMES = 5;

const KEPT = 'what has come is kept for the next attempt';

type Hub = Extract<Source, { kind: 'hub' }>;

/**
 * The base address of the hub: the one given, else SPEECH_TO_SPEECH_HUB, else HF_ENDPOINT (which the hub's own tools
 * read for mirrors), else huggingface.co.
 *
 * @throws SpeechError `bad-hub`, kind `config`
 */
export function hubAddress(override?: string, env: NodeJS.ProcessEnv = process.env): string {
  const address = [override, env.SPEECH_TO_SPEECH_HUB, env.HF_ENDPOINT].find((each) => each !== undefined && each !== '') ?? HUB;
  if (!/^https?:$/.test(URL.canParse(address) ? new URL(address).protocol : '')) {
    throw new SpeechError(`"${address}" is no address of a model hub.`, {
      kind: 'config',
      code: 'bad-hub',
      hint: 'It has to begin with https:// or http://; see SPEECH_TO_SPEECH_HUB and HF_ENDPOINT.',
    });
  }
  return address.replace(/\/+$/, '');
}

export function hubUrl(hub: string, { repository, paths }: Hub, file: string): string {
  const path = (paths[file] ?? file).split('/').map(encodeURIComponent).join('/');
  return `${hub}/${repository}/resolve/main/${path}`;
}

/**
 * Fetches files from a hub: streamed into `<file>.part`, hashed on the way, taken up where an earlier attempt ended, and
 * given their names once the hash fits. Node's own `fetch` is used, which knows of no proxy before Node 24 (there
 * NODE_USE_ENV_PROXY=1 makes it honour HTTPS_PROXY); on older versions a machine behind a proxy gets its models from
 * the Python index, whose `pip` does honour it.
 */
export async function fetchFromHub(hub: string, source: Hub, errand: Errand, limits: Patience = patience): Promise<void> {
  const progress = meter(sumOf(errand.files), errand.say);
  let done = 0;
  for (const file of errand.files) {
    await fetchFile(hubUrl(hub, source, file.name), file, done, errand, progress, limits);
    done += file.size;
  }
}

async function fetchFile(url: string, file: ModelFile, before: number, errand: Errand, progress: Meter, limits: Patience): Promise<void> {
  const { folder, signal } = errand;
  const [path, tag] = partsOf(file.name).map((name) => join(folder, name)) as [string, string];
  const part: Part = { path, tag, size: 0, hash: createHash('sha256') };
  await takeUp(part, file, signal);
  progress.set(file.name, before + part.size, true);
  await needSpace(folder, file.size - part.size);
  for (let attempt = 1; part.size < file.size; attempt++) {
    const had = part.size;
    try {
      await download(url, file, part, errand, limits, () => progress.set(file.name, before + part.size, part.size === 0));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Interrupted)) throw error;
      if (attempt > RESUMES || part.size <= had) throw new NotHere(`${error.message}; ${KEPT}`);
    }
  }
  const sha256 = part.hash.digest('hex');
  await rm(part.tag, { force: true });
  if (sha256 !== file.sha256) {
    await rm(path, { force: true });
    throw wrongHash(file, sha256);
  }
  await putInPlace(path, file, folder);
}

/** What a file that is still coming is kept in, and its version. */
export const partsOf = (file: string): [part: string, tag: string] => [`${file}.part`, `${file}.part.etag`];

/** A file that is still coming: what is on disk, and the hash of exactly that. */
interface Part {
  readonly path: string;
  /** Where the server's name for this version of the file is kept, so that two versions are never mixed. */
  readonly tag: string;
  size: number;
  hash: Hash;
}

/** The connection ended before the file did. */
class Interrupted extends Error {}

async function takeUp(part: Part, file: ModelFile, signal: AbortSignal): Promise<void> {
  const size = await stat(part.path).then((found) => found.size, () => 0);
  if (size > file.size) {
    await rm(part.path, { force: true });
  } else if (size > 0) {
    for await (const piece of createReadStream(part.path, { highWaterMark: 1 << 20, signal }) as AsyncIterable<Buffer>) {
      part.hash.update(piece);
      part.size += piece.length;
    }
  }
}

async function download(url: string, file: ModelFile, part: Part, errand: Errand, limits: Patience, onBytes: () => void): Promise<void> {
  // One controller for this request: the caller's abort, a late answer and a stall all end it.
  const controller = new AbortController();
  const leave = (): void => controller.abort(errand.signal.reason);
  errand.signal.addEventListener('abort', leave, { once: true });
  errand.signal.throwIfAborted();
  let timer = setTimeout(() => controller.abort(new NotHere(`no answer within ${limits.answer / 1000} s`)), limits.answer);
  try {
    const response = await request(url, part, controller.signal);
    const { body } = response;
    clearTimeout(timer);
    await check(response, file, part);
    if (body === null) throw new NotHere('it answered without a body');
    const awaitMore = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(new NotHere(`nothing came for ${limits.stall / 1000} s after ${megabytes(part.size)}; ${KEPT}`)), limits.stall);
    };
    const out = await onDisk(errand.folder, () => open(part.path, part.size === 0 ? 'w' : 'a'));
    try {
      awaitMore();
      for await (const piece of readBody(body, controller.signal, part)) {
        if (part.size + piece.length > file.size) throw new NotHere(`its ${file.name} is longer than ${file.size} bytes`, true);
        await append(out, piece, part, errand.folder);
        onBytes();
        awaitMore();
      }
      await onDisk(errand.folder, () => out.sync());
    } finally {
      await out.close();
    }
  } catch (error) {
    if (error instanceof NotHere && error.damaged) await rm(part.path, { force: true });
    throw error;
  } finally {
    clearTimeout(timer);
    errand.signal.removeEventListener('abort', leave);
    controller.abort(); // lets go of a body nobody reads to its end
  }
  if (part.size < file.size) throw new Interrupted(`the connection broke off after ${megabytes(part.size)}`);
}

async function append(out: FileHandle, piece: Uint8Array, part: Part, folder: string): Promise<void> {
  await onDisk(folder, () => out.appendFile(piece));
  part.hash.update(piece);
  part.size += piece.length;
}

async function request(url: string, part: Part, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (part.size > 0) {
    headers.range = `bytes=${part.size}-`;
    const tag = await readFile(part.tag, 'utf8').catch(() => '');
    if (tag !== '') headers['if-range'] = tag;
  }
  try {
    return await fetch(url, { headers, signal });
  } catch (error) {
    throw signal.aborted ? signal.reason : new NotHere(`it cannot be reached (${reasonOf(error)})`);
  }
}

/** Leaves a server that has something else under this name, and starts over where it sends the file from its beginning. */
async function check(response: Response, file: ModelFile, part: Part): Promise<void> {
  if (response.status === 416) await restart(part);
  if (!response.ok) throw response.status === 416 ? new Interrupted('it refused to go on') : new NotHere(`it answered ${response.status} ${response.statusText}`.trimEnd());
  const from = response.status === 206 ? Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1]) : 0;
  if (from !== part.size) {
    await restart(part);
    if (from !== 0) throw new Interrupted('it sent another part of the file than was asked for');
  }
  const length = response.headers.get('content-length');
  if (length !== null && Number(length) !== file.size - from) throw new NotHere(`it offers ${from + Number(length)} bytes instead of ${file.size}`);
  const tag = response.headers.get('etag') ?? '';
  if (tag.startsWith('"')) await writeFile(part.tag, tag).catch(() => undefined); // only a strong tag may be asked for again; without one the hash decides
}

async function restart(part: Part): Promise<void> {
  await rm(part.path, { force: true });
  await rm(part.tag, { force: true });
  part.size = 0;
  part.hash = createHash('sha256');
}

async function* readBody(body: AsyncIterable<Uint8Array>, signal: AbortSignal, part: Part): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw signal.aborted ? signal.reason : new Interrupted(`the connection broke off after ${megabytes(part.size)} (${reasonOf(error)})`);
  }
}

/** What `fetch` means by "fetch failed". */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return errorCode(cause) ?? (cause instanceof Error ? cause.message : error instanceof Error ? error.message : String(error));
}
