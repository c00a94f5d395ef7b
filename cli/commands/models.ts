import { cacheFolder } from '../../src/models/cache.js';
import { hubAddress, isOffline } from '../../src/models/hub-address.js';
import { machineFacts } from '../../src/models/machine.js';
import { choosePreset, type Preset } from '../../src/models/preset.js';
import type { Io } from '../io.js';
import type { ModelsOptions } from '../options.js';
import { importModels } from './models-import.js';
import { listModels } from './models-list.js';
import { printPaths } from './models-path.js';
import { asker, pullModels } from './models-pull.js';
import { removeModels } from './models-remove.js';
import { verifyModels } from './models-verify.js';
import { linesTo } from './pull-lines.js';

/** `speech-to-speech models ACTION [NAME…]`: gives the exit code; errors are thrown. */
export async function models(options: ModelsOptions, io: Pick<Io, 'stdin' | 'stdout' | 'signal' | 'env'>): Promise<number> {
  const { action, names, from, as } = options;
  const command = { cache: cacheFolder(options.cache, io.env), signal: io.signal, ...linesTo(io.stdout) };
  switch (action) {
    case 'list':
      return listModels({ ...command, json: options.json, env: io.env });
    case 'pull': {
      const { all, acceptLicence, offline, preset } = options;
      const chosen = preset === undefined ? [] : await ofPreset(preset, command);
      return pullModels({
        ...command, names: [...names, ...chosen], all, acceptLicence, offline: offline || isOffline(io.env), accept: asker(io), env: io.env, hub: hubAddress(undefined, io.env), ...(from !== undefined && { from }),
      });
    }
    case 'import':
      return importModels({ ...command, files: names, ...(as !== undefined && { as }) });
    case 'rm':
      return removeModels({ ...command, names });
    case 'verify':
      return verifyModels({ ...command, names });
    case 'path':
      return printPaths({ ...command, names });
  }
}

/** The models that a preset chooses for this machine and English, which the other languages are in the catalogue for by name. */
async function ofPreset(preset: Preset, { cache, out }: { readonly cache: string; readonly out: (line: string) => void }): Promise<readonly string[]> {
  const { settings: { sttModel, llmModel }, line } = choosePreset(preset, await machineFacts(cache, { piper: false, espeak: false }), 'en');
  out(line);
  return [`whisper-${sttModel}`, llmModel, 'hibari'];
}
