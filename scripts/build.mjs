// Compiles to dist/, marks the commands executable, and writes the JSON Schemas of config files, of files of tools and of events beside them.
// Incremental, so that `npm start` does not wait twice; with --clean from scratch, so that nothing stays of a source file that is gone.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
if (process.argv.includes('--clean')) rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json', '--incremental', '--tsBuildInfoFile', 'dist/.tsbuildinfo'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
const { eventsJsonSchema } = await import('../dist/src/event-schema.js');
writeFileSync(new URL('../dist/events.schema.json', import.meta.url), `${JSON.stringify(eventsJsonSchema(), null, 2)}\n`);
for (const command of ['main', 'listen-and-play']) {
  const file = new URL(`../dist/cli/${command}.js`, import.meta.url);
  if (existsSync(file)) chmodSync(file, 0o755);
}
const { toolsSchema } = await import(new URL('../dist/src/config/tool-declaration.js', import.meta.url).href);
writeFileSync(new URL('../dist/tools.schema.json', import.meta.url), `${JSON.stringify(toolsSchema(), undefined, 2)}\n`);
const { configSchema } = await import(new URL('../dist/src/config/schema.js', import.meta.url).href);
writeFileSync(new URL('../dist/config.schema.json', import.meta.url), `${JSON.stringify(configSchema(), undefined, 2)}\n`);
