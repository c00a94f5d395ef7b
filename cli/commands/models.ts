import { cacheFolder } from '../../src/models/cache.js';
import { hubAddress, isOffline } from '../../src/models/hub-address.js';
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
export function models(options: ModelsOptions, io: Pick<Io, 'stdin' | 'stdout' | 'signal' | 'env'>): Promise<number> {
  const { action, names, from, as } = options;
  const command = { cache: cacheFolder(options.cache, io.env), signal: io.signal, ...linesTo(io.stdout) };
  switch (action) {
    case 'list':
      return listModels({ ...command, json: options.json, env: io.env });
    case 'pull': {
      const { all, acceptLicence, offline } = options;
      return pullModels({
        ...command, names, all, acceptLicence, offline: offline || isOffline(io.env), accept: asker(io), env: io.env, hub: hubAddress(undefined, io.env), ...(from !== undefined && { from }),
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
