import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { registry } from '../../src/engines/registry.js';

const tables = /<!-- measured by.*?<!-- end of/s.exec(readFileSync(new URL('../../docs/engines.md', import.meta.url), 'utf8'))?.[0] ?? '';

/** What stands in the first column, or in the list of those that are not measured. */
const named = new Set(Array.from(tables.matchAll(/^(?:\| `([\w-]+)`.*\d ms |- `([\w-]+)` is not measured: \w)/gm), ([, measured, not]) => measured ?? not));

it.each([...Object.keys(registry.tts), ...Object.keys(registry.stt)])('docs/engines.md says how well %s works, or why that is not measured', (name) => {
  expect([...named], 'npm run engines:table writes the tables anew; test/bench/round-trip/subjects.ts has its subjects').toContain(name);
});
