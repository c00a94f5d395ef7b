import { readdirSync, readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { screens } from '../../scripts/screens.js';
import { svgOfTerminal } from '../../scripts/svg-of-terminal.js';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const texts = (svg: string): string[] => [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);

describe('the screenshots', () => {
  it('show the dashboards as they are', () => {
    for (const [name, svg] of Object.entries(screens())) expect(read(`docs/screens/${name}`), 'npm run docs:screens writes it anew').toBe(svg);
  });

  it('are all in the README, and nothing else is', () => {
    expect(Array.from(read('README.md').matchAll(/\(docs\/screens\/([^)]+)\)/g), ([, name]) => name).sort()).toEqual(readdirSync(new URL('docs/screens', root)).sort());
  });

  it('have what the golden frame has, in colours', () => {
    const { 'server.svg': svg = '' } = screens();
    const frame = read('test/cli/frames/cut.txt');
    for (const text of texts(svg)) expect(frame).toContain(text);
    expect(texts(svg).join('').replaceAll(' ', '')).toHaveLength(stripVTControlCharacters(frame).replaceAll(/\s/g, '').length);
    expect(new Set(svg.match(/fill="#\w+"/g)).size).toBeGreaterThan(6);
  });
});

describe('a picture of a terminal', () => {
  it('has each run of letters of one look at its cell, wide ones and all', () => {
    const svg = svgOfTerminal('a\u001b[1mb\u001b[22m 你 \u001b[31mc<\u001b[39m', 'title', 10);
    expect(svg.match(/<text .*<\/text>/g)).toEqual([
      '<text x="16" y="29" textLength="8.4" lengthAdjust="spacingAndGlyphs">a</text>',
      '<text x="24.4" y="29" textLength="8.4" lengthAdjust="spacingAndGlyphs" font-weight="bold">b</text>',
      '<text x="41.2" y="29" textLength="16.8" lengthAdjust="spacingAndGlyphs">你</text>',
      '<text x="66.4" y="29" textLength="16.8" lengthAdjust="spacingAndGlyphs" fill="#f0717a">c&lt;</text>',
    ]);
  });

  it('refuses a style that it has no picture for', () => {
    expect(() => svgOfTerminal('\u001b[4munderlined', 'title', 10)).toThrow('no picture of the style 4');
  });
});
