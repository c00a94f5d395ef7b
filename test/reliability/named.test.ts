import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const titles = ['test', 'marble-tests'].flatMap((folder) => readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && !file.endsWith('named.test.ts'))
  .flatMap((file) => Array.from(readFileSync(`${root}${folder}/${file}`, 'utf8').matchAll(/(?:['`])((?:[^'`\n]*\W)?[RS]\d+\b[^'`\n]*)['`]/gu), ([, title]) => title!)));

// What a server and a client have to survive, each by the name under which it was planned.
it.each([
  ['R1', 'churn'], ['R2', 'half pair'], ['R3', 'partial frames'], ['R4', 'slow reader'], ['R5', 'half-open, reading'], ['R6', 'half-open, writing'],
  ['R7', 'mic silence'], ['R8', 'listen gate'], ['R9', 'stage crash'], ['R10', 'hung stage'], ['R11', 'drain'], ['R12', 'NDJSON in'], ['R13', 'NDJSON out'],
  ['R14', 'wrong protocol'], ['R20', 'reconnect'], ['S1', 'a web page that posts audio'], ['S2', 'misbinding'], ['S5', 'somebody else takes the reply port'],
  ['S11', 'prompt injection by voice'],
])('%s (%s) is a test', (id) => {
  expect(titles.some((title) => new RegExp(String.raw`\b${id}\b`, 'u').test(title))).toBe(true);
});
