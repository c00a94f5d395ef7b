import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = new URL('../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const page = read('ARCHITECTURE.md');

const sources = ['operators', 'src', 'cli'].flatMap((folder) => readdirSync(fileURLToPath(new URL(folder, root)), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/u.test(file)).map((file) => `${folder}/${file}`));
const all = sources.map(read).join('\n');

it('names only files that are there', () => {
  const paths = [...page.matchAll(/`([\w./-]+\.tsx?)`/gu)].map(([, path]) => path!);
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.filter((path) => !existsSync(new URL(path, root)) && !sources.some((source) => source.endsWith(`/${path}`)))).toEqual([]);
  const drawn = [...page.matchAll(/^ {2}([\w-]+(?:\.ts|\/))|\s{2,}([\w-]+(?:\.ts|\/))\s{2,}/gmu)].map(([, left, right]) => (left ?? right)!);
  expect(drawn.filter((name) => !existsSync(new URL(`src/${name}`, root)))).toEqual([]);
});

it('names in each row what stands in its file', () => {
  const rows = [...page.matchAll(/^\| `([^`]+)` \| (.+) \|$/gmu)];
  expect(rows.length).toBeGreaterThan(10);
  for (const [, file, text] of rows) {
    const source = read(file!);
    for (const [, name] of text!.matchAll(/`(\w+(?:\.\w+)*)`/gu)) expect(source.includes(name!) || all.includes(`type: '${name!}'`), `${name!} in ${file!}`).toBe(true);
  }
});

it('names only events, functions and settings that exist', () => {
  const names = [...page.matchAll(/`([a-z]\w+(?:\.\w+)?)`/gu)].map(([, name]) => name!).filter((name) => !/\.tsx?$/u.test(name) && !['rxjs', 'operators', 'src', 'cli'].includes(name));
  expect(names.filter((name) => !new RegExp(String.raw`\b${name.replace('.', String.raw`\.`)}\b`, 'u').test(all))).toEqual([]);
});

it('is one page', () => {
  expect(page.split('\n').length).toBeLessThan(75);
});
