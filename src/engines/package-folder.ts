import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Where a package of npm is installed, without loading anything of it; it is looked for, as one may not export its package.json. */
export function packageFolder(name: string): string | undefined {
  return createRequire(import.meta.url).resolve.paths(name)?.map((path) => join(path, name)).find((folder) => existsSync(join(folder, 'package.json')));
}
