import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import * as vocabulary from '../operators/index.js';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const names = Object.keys(vocabulary);

/** Lines without what indents them. */
const flat = (text: string): string => text.split('\n').map((line) => line.trimStart()).filter((line) => line !== '').join('\n');

/** The docblock that stands before the operator. */
function docblock(source: string, name: string): string {
  const before = source.slice(0, source.indexOf(`export function ${name}`));
  return before.slice(before.lastIndexOf('/**')).split('\n').map((line) => line.replace(/^\s*\/?\*+\/? ?/u, '')).join('\n');
}

const diagram = (block: string): string | undefined => /```\n([^]*?)\n```/u.exec(block)?.[1];
const firstDrawing = (test: string): string | undefined => /lanes\(`([^]*?)`\)/u.exec(test)?.[1];

/** Lines that are neither blank nor comment. */
function codeLines(source: string): number {
  return source.replace(/\/\*[^]*?\*\//gu, '').split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('//')).length;
}

describe('the vocabulary', () => {
  it('is in alphabetical order, and each word has its test', () => {
    expect(names).toEqual([...names].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
    const exported = [...read('operators/index.ts').matchAll(/from '\.\/(\w+)\.js'/gu)].map(([, file]) => file!);
    expect(exported).toEqual([...exported].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
    const tests = readdirSync(new URL('.', import.meta.url));
    expect(tests).toEqual(expect.arrayContaining(names.map((name) => `${name}.test.ts`)));
  });

  describe.each(names)('%s', (name) => {
    const source = read(`operators/${name}.ts`);
    const block = docblock(source, name);

    it('says in one sentence what it does', () => {
      expect(block.trim().split('\n\n')[0]).toMatch(/^[A-Z][a-z]+s\b[^]*[.]$/u);
    });

    it('is drawn in its docblock, and the drawing is its first marble test', () => {
      expect(diagram(block)).toBeDefined();
      expect(flat(firstDrawing(read(`marble-tests/${name}.test.ts`)) ?? 'no drawing')).toBe(flat(diagram(block) ?? 'no diagram'));
    });

    it('keeps the laws in its tests', () => {
      expect(read(`marble-tests/${name}.test.ts`)).toContain(`laws('${name}'`);
    });

    it('has at most 60 lines of code, or says why not', () => {
      expect(codeLines(source) <= 60 || /Longer than 60 lines/u.test(block), `${codeLines(source)} lines`).toBe(true);
    });

    it('gives a default for every option that has one', () => {
      const options = /export interface \w+Options(?:<\w+>)? \{([^]*?)\n\}/u.exec(source)?.[1] ?? '';
      const undocumented = [...options.matchAll(/(\/\*\*[^]*?\*\/)\s*readonly (\w+)\?:/gu)]
        .filter(([, comment, option]) => !comment!.includes('@default') && !option!.startsWith('on'))
        .map(([, , option]) => option);
      expect(undocumented).toEqual([]);
    });
  });
});
