import { copyFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SpeechError } from '../errors.js';
import { modelFolder, stampFile } from './cache.js';
import { catalog, findModel } from './catalog.js';
import { hashFile, makeFolder, onDisk } from './disk.js';
import { hubFile } from './hub-model.js';
import { lockFolder } from './lock.js';
import type { Model } from './model.js';

/**
 * Which model of the catalogue a file is, by its size and sha256, and where `pull` is to take it `from`: of a model of several
 * files, from the folder that the file is in. Errs with `model-unreadable`, `model-unknown`, or, where it is to be another
 * model than it is, `model-damaged`; all of kind `model`.
 */
export async function identify(file: string, as: string | undefined, signal: AbortSignal, models: readonly Model[] = catalog): Promise<{ readonly model: Model; readonly from: string }> {
  const path = resolve(file);
  const named = as === undefined ? undefined : models.find(({ name }) => name === as) ?? findModel(as);
  const size = await sizeOf(path);
  const alike = models.filter((model) => model.files.some((each) => each.size === size));
  const sha256 = alike.length > 0 || named !== undefined ? await hashFile(path, signal) : undefined;
  const model = alike.find((each) => each.files.some((one) => one.sha256 === sha256));
  if (named !== undefined && model !== named) {
    const published = named.files.map((each) => `${each.name}: ${each.size} bytes, sha256 ${each.sha256}`).join('\n');
    throw new SpeechError(`${path} is no file of ${named.name}${model === undefined ? '' : `, but one of ${model.name}`}: it has ${size} bytes and the sha256 ${sha256}.`, {
      kind: 'model', code: 'model-damaged', hint: `Published is\n${published}`,
    });
  }
  if (model === undefined) {
    throw new SpeechError(`${path} is no file of a model that is known here: none has its size and checksum.`, {
      kind: 'model', code: 'model-unknown', hint: 'It may be damaged; or name it by its path, which needs no import: --stt_model, --llm_model or --voice PATH.',
    });
  }
  return { model, from: model.files.length === 1 ? path : dirname(path) };
}

/** Copies a file into the cache as the file of the hub that it is said to be, whose published checksum nobody here knows. */
export async function keepUnderName(file: string, name: string, cache: string, signal: AbortSignal): Promise<{ readonly path: string; readonly sha256: string }> {
  const { file: known } = hubFile(name);
  const from = resolve(file);
  await sizeOf(from);
  const folder = modelFolder({ name }, cache);
  const path = join(folder, known);
  await makeFolder(folder);
  const unlock = await lockFolder(folder, signal, () => undefined);
  const fresh = join(folder, `.${known}.new`);
  try {
    await onDisk(folder, () => copyFile(from, fresh));
    const sha256 = await hashFile(fresh, signal);
    await onDisk(folder, () => rename(fresh, path));
    await stampFile(folder, known, sha256);
    return { path, sha256 };
  } finally {
    await rm(fresh, { force: true });
    unlock();
  }
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return found.size;
  throw new SpeechError(`There is no file ${path}.`, { kind: 'model', code: 'model-unreadable', hint: 'Name the file of a model.' });
}
