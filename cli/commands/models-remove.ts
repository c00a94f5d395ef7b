import { SpeechError } from '../../src/errors.js';
import { findModel } from '../../src/models/catalog.js';
import { megabytes } from '../../src/models/disk.js';
import { hubFile, isHubModel } from '../../src/models/hub-model.js';
import { remove } from '../../src/models/remove.js';
import { exitCodes } from '../exit.js';
import { BUILT, last, type ModelsCommand } from './models-command.js';

/** `models rm NAME…`: deletes what the cache has of models. All names are looked at before anything is deleted. */
export async function removeModels({ names, cache, out, signal }: ModelsCommand & { names: readonly string[] }): Promise<number> {
  if (names.length === 0) throw new SpeechError('models rm needs the name of a model.', { kind: 'config', code: 'missing-name', hint: 'See: speech-to-speech models list.' });
  for (const name of names) {
    if (name === BUILT) throw new SpeechError(`${BUILT} is no model but a package of npm, compiled in its folder.`, { kind: 'config', code: 'not-a-model', hint: `npm removes it: npm uninstall ${BUILT}` });
    if (isHubModel(name)) hubFile(name); else findModel(name);
  }
  for (const name of names) {
    const freed = await last(remove(name, cache, () => out(`${name}: another process is fetching it; waiting for it`)), signal);
    if (freed === undefined) return exitCodes.interrupted;
    out(freed === 0 ? `${name}: was not there` : `${name}: removed, ${megabytes(freed)}`);
  }
  return exitCodes.ok;
}
