import { tap } from 'rxjs';
import { SpeechError } from '../../src/errors.js';
import { modelPath } from '../../src/models/cache.js';
import { identify, keepUnderName } from '../../src/models/import.js';
import { isHubModel } from '../../src/models/hub-model.js';
import { pull } from '../../src/models/pull.js';
import { exitCodes } from '../exit.js';
import { last, type ModelsCommand } from './models-command.js';
import { reportPull } from './pull-lines.js';

/**
 * `models import FILE… [--as NAME]`: copies files into the cache that came in another way. Which model a file is shows by its
 * checksum; a file of none is refused, unless it is to be known as a file of the hub.
 */
export async function importModels({ files, as, cache, out, progress, clear, signal }: ModelsCommand & { readonly files: readonly string[]; readonly as?: string }): Promise<number> {
  const [first] = files;
  if (first === undefined || (as !== undefined && files.length > 1)) {
    throw new SpeechError(`models import ${as === undefined ? 'needs a file' : '--as takes one file'}.`, { kind: 'config', code: 'missing-name', hint: 'See speech-to-speech models --help.' });
  }
  for (const file of files) {
    if (as !== undefined && isHubModel(as)) {
      const { path, sha256 } = await keepUnderName(file, as, cache, signal ?? new AbortController().signal);
      out(`${as}: kept as ${path}`);
      out(`  Nobody has said what its checksum should be: it was taken as it is, with the sha256 ${sha256}.`);
      continue;
    }
    const { model, from } = await identify(file, as, signal ?? new AbortController().signal);
    const end = await last(pull(model, { cache, from, offline: true }).pipe(tap(reportPull({ out, progress }))), signal).finally(() => clear?.());
    if (end?.type !== 'ready') return exitCodes.interrupted;
    out(`${model.name}: ${end.cached ? 'was there already' : 'imported, its checksum is the published one'}, ${modelPath(model, cache)}`);
  }
  return exitCodes.ok;
}
