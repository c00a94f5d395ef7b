import { describe, expect, it } from 'vitest';
import { commandWords } from '../../src/engines/command-words.js';

describe('commandWords', () => {
  it.each<[string, string[]]>([
    ['prog', ['prog']],
    ['  prog  -f   - ', ['prog', '-f', '-']],
    ['prog "two words" \'and more\'', ['prog', 'two words', 'and more']],
    ['prog --name="two words"x', ['prog', '--name=two wordsx']],
    ['prog a\\ b \\"c\\" "d \\"e\\" f" \'g\\h\'', ['prog', 'a b', '"c"', 'd "e" f', 'g\\h']],
    ['prog "" \'\'', ['prog', '', '']],
    ['prog "a | b" \';\' \\$HOME', ['prog', 'a | b', ';', '$HOME']],
    ['プログラム -x', ['プログラム', '-x']],
    ['', []],
    [' \n\t', []],
  ])('splits %j', (line, words) => {
    expect(commandWords(line)).toEqual(words);
  });

  it('puts values into words, as they are', () => {
    expect(commandWords('prog --lang={language} {prompt} {other}', { language: 'de', prompt: 'it\'s "$HOME"; rm -rf {language}' }))
      .toEqual(['prog', '--lang=de', 'it\'s "$HOME"; rm -rf {language}', '{other}']);
  });

  it.each(['prog "open', 'prog it\'s', 'prog end\\'])('refuses the quote that does not end in %j', (line) => {
    expect(() => commandWords(line)).toThrow(expect.objectContaining({ kind: 'config', code: 'bad-command' }));
  });

  it.each([['prog | other', '|'], ['prog > file', '>'], ['prog; other', ';'], ['prog && other', '&'], ['prog $HOME', '$'], ['prog `date`', '`'], ['prog <(x)', '<']])(
    'refuses %j, which only a shell could run', (line, mark) => {
      expect(() => commandWords(line)).toThrow(expect.objectContaining({ kind: 'config', code: 'bad-command', message: expect.stringContaining(` ${mark},`) as string }));
    });
});
