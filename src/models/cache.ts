import { readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { catalog } from './catalog.js';
import type { Model, ModelFile } from './model.js';
import { asDiskError, hashFile, replaceFile, weigh } from './disk.js';

/**
 * The folder everything that is fetched lies in: the one given, else SPEECH_TO_SPEECH_CACHE, else the user's cache
 * folder (`$XDG_CACHE_HOME/speech-to-speech` or `~/.cache/speech-to-speech` on Linux, `~/Library/Caches/…` on macOS).
 */
export function cacheFolder(override?: string, env: NodeJS.ProcessEnv = process.env): string {
  const named = [override, env.SPEECH_TO_SPEECH_CACHE].find((folder) => folder !== undefined && folder !== '');
  return resolve(named ?? envPaths('speech-to-speech', { suffix: '' }).cache);
}

/** The folder of one model's files inside the cache. */
export function modelFolder({ name }: Pick<Model, 'name'>, cache: string): string {
  return join(cache, 'models', name.replace(/[:/]/g, '--')); // A name of the hub has both.
}

/** File name → absolute path, whether or not the files are there. */
export function modelPaths(model: { readonly name: string; readonly files: readonly Pick<ModelFile, 'name'>[] }, cache: string): Record<string, string> {
  const folder = modelFolder(model, cache);
  return Object.fromEntries(model.files.map(({ name }) => [name, join(folder, name)]));
}

/** What a program is to be pointed at: the file of a model that is one file, else the folder its files lie in. */
export function modelPath(model: Model, cache: string): string {
  const [only, ...others] = Object.values(modelPaths(model, cache));
  return only !== undefined && others.length === 0 ? only : modelFolder(model, cache);
}

/** What a full hash found, so that the next start need not hash again: it holds while size and time of change do. */
interface Stamp {
  readonly size: number;
  readonly mtimeMs: number;
  readonly sha256: string;
}

const STAMPS = '.verified.json';

async function readStamps(folder: string): Promise<Record<string, Stamp | undefined>> {
  try {
    const stamps: unknown = JSON.parse(await readFile(join(folder, STAMPS), 'utf8'));
    return typeof stamps === 'object' && stamps !== null ? (stamps as Record<string, Stamp>) : {};
  } catch {
    return {}; // No stamps, or none that can be read: the files are hashed again.
  }
}

/** What the last full hash of a file found, whether or not the file is still as it was. */
export async function stampOf(folder: string, name: string): Promise<Pick<Stamp, 'size' | 'sha256'> | undefined> {
  return (await readStamps(folder))[name];
}

/** Names of the files of a folder that were hashed. */
export async function stampedFiles(folder: string): Promise<string[]> {
  return Object.keys(await readStamps(folder));
}

/** Notes that the file as it lies there now has this sha256. */
export async function stampFile(folder: string, name: string, sha256: string): Promise<void> {
  const { size, mtimeMs } = await stat(join(folder, name));
  const stamps = { ...(await readStamps(folder)), [name]: { size, mtimeMs, sha256 } };
  await replaceFile(join(folder, STAMPS), `${JSON.stringify(stamps, undefined, 1)}\n`);
}

/** `ready`: there and stamped · `unchecked`: there with the right size · `damaged`: there, wrong size · `missing`. */
export type FileState = 'ready' | 'unchecked' | 'damaged' | 'missing';

/** What a look at the folder tells, without reading the files. */
export async function fileStates(model: Model, cache: string): Promise<Map<ModelFile, FileState>> {
  const folder = modelFolder(model, cache);
  const stamps = await readStamps(folder);
  const states = new Map<ModelFile, FileState>();
  for (const file of model.files) {
    const found = await stat(join(folder, file.name)).catch(() => undefined);
    const stamp = stamps[file.name];
    const holds = found !== undefined && stamp?.sha256 === file.sha256 && stamp.size === found.size && stamp.mtimeMs === found.mtimeMs;
    states.set(file, found === undefined ? 'missing' : found.size !== file.size ? 'damaged' : holds ? 'ready' : 'unchecked');
  }
  return states;
}

/**
 * The files that have yet to be fetched. Those without a valid stamp are hashed; those that turn out wrong are deleted,
 * each with a call of `onDamaged`.
 */
export async function missingFiles(model: Model, cache: string, signal: AbortSignal, onDamaged: (path: string, reason: string) => void): Promise<ModelFile[]> {
  const folder = modelFolder(model, cache);
  const missing: ModelFile[] = [];
  for (const [file, state] of await fileStates(model, cache)) {
    if (state === 'ready') continue;
    if (state !== 'missing') {
      const path = join(folder, file.name);
      const sha256 = state === 'unchecked' ? await hashFile(path, signal) : undefined;
      if (sha256 === file.sha256) {
        // A folder that cannot be written is no reason to refuse a good file; it is hashed again next time.
        await stampFile(folder, file.name, sha256).catch(() => undefined);
        continue;
      }
      onDamaged(path, sha256 === undefined ? `it is not ${file.size} bytes long` : `its sha256 is ${sha256}, not ${file.sha256}`);
      await rm(path, { force: true, recursive: true }).catch((error: unknown) => {
        throw asDiskError(error, folder);
      });
    }
    missing.push(file);
  }
  return missing;
}

/** One line of `models list`. */
export interface ModelRow {
  readonly model: Model;
  /** Bytes of all its files. */
  readonly size: number;
  /** Bytes that its folder takes. */
  readonly onDisk: number;
  /** `partial`: some of its files are there. `unchecked`: all are, and the next start will hash them. */
  readonly state: 'ready' | 'unchecked' | 'damaged' | 'partial' | 'missing';
  readonly path: string;
}

/** Every model of the catalogue and what the cache has of it. Files are looked at, not read. */
export async function describe(cache: string, models: readonly Model[] = catalog): Promise<ModelRow[]> {
  return Promise.all(models.map(async (model) => {
    const states = [...(await fileStates(model, cache)).values()];
    const all = (state: FileState): boolean => states.every((each) => each === state);
    const state = all('missing') ? 'missing'
      : all('ready') ? 'ready'
      : states.includes('damaged') ? 'damaged'
      : states.includes('missing') ? 'partial'
      : 'unchecked';
    return { model, size: model.files.reduce((sum, file) => sum + file.size, 0), onDisk: await weigh(modelFolder(model, cache)), state, path: modelPath(model, cache) };
  }));
}
