import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const json = (path: string): unknown => JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'));

const manifest = json('package.json') as { allowScripts: Record<string, boolean>; bin: Record<string, string>; exports: Record<string, string | Record<string, string>> };
const lock = json('package-lock.json') as { packages: Record<string, { hasInstallScript?: boolean }> };

/** What npm compiles because it finds a binding.gyp, which the lockfile does not tell. */
const compiled = ['speaker'];

describe('the package', () => {
  it('says of every dependency with an install script, by name, whether it may run, and of no other', () => {
    const locked = Object.entries(lock.packages).map(([path, { hasInstallScript }]) => ({ name: path.replace(/^.*node_modules\//, ''), hasInstallScript }));
    const scripted = locked.filter(({ name, hasInstallScript }) => hasInstallScript === true || compiled.includes(name)).map(({ name }) => name);
    expect(scripted).toEqual(expect.arrayContaining(compiled));
    expect(Object.keys(manifest.allowScripts).sort()).toEqual([...new Set(scripted)].sort());
  });

  // Its own scripts would build dist/ anew while other tests use it.
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' })) as [{ files: { path: string }[] }];
  const files = packed.files.map(({ path }) => path);

  it('ships what is built and what explains it, and nothing else', () => {
    const belongs = /^(dist\/(cli|operators|src)\/[\w/.-]+\.(js|d\.ts)|dist\/\w+\.schema\.json|docs\/([\w-]+\.md|screens\/\w+\.svg)|operators\/README\.md|(README|CHANGELOG)\.md|LICENSE|NOTICE|package\.json)$/;
    expect(files.filter((file) => !belongs.test(file))).toEqual([]);
  });

  it('ships everything that it names', () => {
    const named = [...Object.values(manifest.bin), ...Object.values(manifest.exports).flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry)))];
    expect(named.map((path) => path.replace(/^\.\//, '')).filter((path) => !files.includes(path))).toEqual([]);
  });
});
