import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import * as vocabulary from '../../operators/index.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const readme = read('../../operators/README.md');
const GUIDE = 'own-engine.test.ts';
const recipes = readdirSync(new URL('.', import.meta.url)).filter((file) => !['readme.test.ts', 'tools.test.ts', GUIDE].includes(file));

/** What stands in an example between its imports and its test. */
function recipe(source: string): string {
  const code = source.slice(source.lastIndexOf('\nimport '));
  return code.slice(code.indexOf(';') + 1, code.search(/\n(?:it|describe)\(/u)).trim();
}

describe('the README of the operators', () => {
  it.each(Object.keys(vocabulary))('has %s in its table, and its diagram as the docblock has it', (name) => {
    expect(readme).toContain(`| [\`${name}\`](#${name.toLowerCase()}) |`);
    const docblock = read(`../../operators/${name}.ts`).split(`export function ${name}`)[0]!.replace(/^ \* ?/gmu, '');
    const diagram = /```\n[^]*?\n```/u.exec(docblock.slice(docblock.lastIndexOf('/**')))?.[0] ?? 'no diagram';
    expect(readme.slice(readme.indexOf(`### ${name}\n`))).toContain(diagram);
  });

  it.each(Object.keys(vocabulary))('shows how %s is called, with all of its options and their defaults', (name) => {
    const section = readme.slice(readme.indexOf(`### ${name}\n`)).split('\n###')[0]!;
    const call = /```ts\n([^]*?)```/u.exec(section)?.[1] ?? '';
    expect(call).toMatch(new RegExp(`^${name}\\(`, 'u'));
    const options = /export interface \w+Options(?:<[^{]*>)? \{([^]*?)\n\}/u.exec(read(`../../operators/${name}.ts`))?.[1] ?? '';
    for (const [, comment, option] of options.matchAll(/(\/\*\*(?:(?!\*\/)[^])*\*\/)\s*readonly (\w+)\?:/gu)) {
      expect(call).toMatch(new RegExp(`\\b${option!}\\b`, 'u'));
      const standard = /@default (\d[\d_]*|Infinity|'\w+')/u.exec(comment!)?.[1];
      if (standard !== undefined) expect(call).toContain(`${option!}: ${standard}`);
    }
  });

  it.each(recipes)('has the recipe of %s, word for word', (file) => {
    expect(readme).toContain(`[\`test/examples/${file}\`](../test/examples/${file})\n\n\`\`\`ts\n${recipe(read(file))}\n\`\`\``);
  });

  it('writes the session in 40 lines', () => {
    const [, session = ''] = recipe(read('session-in-40-lines.test.ts')).split(/(?=function session)/u);
    const lines = session.split('\n').length;
    expect(lines).toBeGreaterThan(20);
    expect(lines).toBeLessThanOrEqual(40);
  });
});

describe('the guide to an engine of your own', () => {
  const guide = read('../../docs/your-own-engine.md');

  it('has the code that is run, word for word', () => {
    expect(guide).toContain(`(../test/examples/${GUIDE}):\n\n\`\`\`ts\n${recipe(read(GUIDE))}\n\`\`\``);
    expect(read(GUIDE)).toContain('  keeps(llmContract, () => subject);\n');
    expect(guide).toContain('```ts\nkeeps(llmContract, () => subject);\n```');
  });

  it('names only files that are there', () => {
    for (const [, path] of guide.matchAll(/\]\((\.\.\/[^)]+)\)/gu)) expect(read(`../${path!}`)).not.toBe('');
  });
});
