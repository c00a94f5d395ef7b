import { describe, expect, it } from 'vitest';
import { ascii } from '../../../src/engines/tts/flite/ascii.js';
import { createLexicon } from '../../../src/engines/tts/hibari/lexicon.js';
import { createPhonemizer } from '../../../src/engines/tts/hibari/phonemes.js';
import { splitPhonemes } from '../../../src/engines/tts/hibari/split-phonemes.js';
import { restress } from '../../../src/engines/tts/hibari/stress.js';
import { createTokenizer } from '../../../src/engines/tts/hibari/tokenize.js';
import { splitSentences } from '../../../src/engines/tts/sentences.js';

const titles = new Set(['Dr', 'Mr']);

describe('splitSentences', () => {
  it.each([
    ['One. Two! Three? Four', ['One.', 'Two!', 'Three?', 'Four']],
    ['Dr. Smith met J. K. Rowling. They spoke.', ['Dr. Smith met J. K. Rowling.', 'They spoke.']],
    ['It cost 3.50 at 5 p.m. sharp.', ['It cost 3.50 at 5 p.m. sharp.']],
    ['A line\nand another\n\n', ['A line', 'and another']],
    ['Really?! "Yes." No', ['Really?!', '"Yes.', 'No']],
    ['... ?! — 👍\u0000', []],
    ['bell\u0007 rings\u0000', ['bell  rings']],
  ])('divides %j', (text, sentences) => expect(splitSentences(text, titles)).toEqual(sentences));
});

describe('splitPhonemes', () => {
  it('divides what is too long at clauses, and where there are none, between words', () => {
    expect(splitPhonemes('həlˈO.')).toEqual(['həlˈO.']);
    expect(splitPhonemes('')).toEqual([]);
    const clauses = splitPhonemes('həlˈO ðˈɛɹ, '.repeat(60).trim());
    expect(clauses.length).toBe(2);
    expect(clauses[0]).toMatch(/,$/);
    for (const piece of splitPhonemes('həlˈO ðˈɛɹ '.repeat(100))) expect(piece.length).toBeLessThanOrEqual(400);
  });
});

describe('createTokenizer', () => {
  const tokenize = createTokenizer({ "don't": ['do', "n't"], 'Sept.': ['Sept.'], ':)': [':)'] });
  const words = (text: string): string[] => tokenize(text).map(([word]) => word);
  it.each([
    ['Hello, "dear" world!', ['Hello', ',', '"', 'dear', '"', 'world', '!']], ["I don't.", ['I', 'do', "n't", '.']], ['in Sept.,', ['in', 'Sept.', ',']],
    ['state-of-the-art', ['state', '-', 'of', '-', 'the', '-', 'art']], ['$5 US$7', ['$', '5', 'US$', '7']], ['5km', ['5', 'km']], ["dog's", ['dog', "'s"]],
    ['see www.example.com/x.', ['see', 'www.example.com/x', '.']], ['wait... what', ['wait', '...', 'what']], ['and/or', ['and', '/', 'or']], [':)', [':)']], ['', []],
    ['constructor __proto__', ['constructor', '_', '_', 'proto', '_', '_']],
  ])('cuts %j', (text, tokens) => expect(words(text)).toEqual(tokens));

  it('tells which tokens are followed by a space', () => {
    expect(tokenize('Hi, you')).toEqual([['Hi', false], [',', true], ['you', false]]);
  });
});

describe('createPhonemizer', () => {
  const gold = {
    hello: 'həlˈO', world: 'wˈɜɹld', the: 'ðə', apple: 'ˈæpᵊl', dollar: 'dˈɑləɹ', five: 'fˈIv', two: 'tˈu', minus: 'mˈInəs', walk: 'wˈɔk', to: 'tˈu',
    read: { DEFAULT: 'ɹˈid', VBD: 'ɹˈɛd' }, A: 'ˈA', B: 'bˈi', C: 'sˈi',
  };
  const tags: Record<string, string> = { ',': ',', '.': '.', $: '$', '5': 'CD', read: 'VBD', the: 'DT' };
  const tokenize = createTokenizer({});
  const phonemize = createPhonemizer({ tokenize, tag: (tokens) => tokens.map((token) => tags[token] ?? 'NN'), lexicon: createLexicon(gold, {}) });
  const read = (text: string): string => phonemize(text, (word) => `<${word}>`);

  it.each([
    ['hello, world.', 'həlˈO, wˈɜɹld.'], ['the world', 'ðə wˈɜɹld'], ['the apple', 'ði ˈæpᵊl'], ['walked', 'wˈɔkt'], ['walking apples', 'wˈɔkɪŋ ˈæpᵊlz'],
    ['$5', 'fˈIv dˈɑləɹz'], ['read', 'ɹˈɛd'], ['ABC', 'ˌAbˌisˈi'], ['Zyx hello', '<Zyx> həlˈO'], ['B2B', 'bˈitəbˈi'], ['-5', 'mˈInəs fˈIv'],
    ['[hello](https://example.com)', 'həlˈO'], ['[name](/nˈAm/)', 'nˈAm'], ['', ''],
  ])('reads %j', (text, phonemes) => expect(read(text)).toBe(phonemes));

  it('leaves out what nobody can read', () => {
    expect(phonemize('Zyx hello', () => undefined)).toBe('həlˈO');
  });
});

describe('restress', () => {
  it('lowers, raises and gives stress, before the vowel', () => {
    expect(restress('həlˈO', -2)).toBe('həlO');
    expect(restress('həlˈO', -0.5)).toBe('həlˌO');
    expect(restress('wɜɹld', 2)).toBe('wˈɜɹld');
    expect(restress('wɜɹld', 0.5)).toBe('wˌɜɹld');
    expect(restress('həlˌO', 1)).toBe('həlˈO');
    expect(restress('bdf', 2)).toBe('bdf');
    expect(restress('həlˈO', undefined)).toBe('həlˈO');
  });
});

describe('ascii', () => {
  it('writes signs out, drops accents and leaves the rest out', () => {
    expect(ascii('“Café” – it’s 5° … 你好 naïve Straße ½')).toBe('"Cafe" ,  it\'s 5 degrees  ...   naive Strasse  one half ');
  });
});
