import { describe, expect, it } from 'vitest';
import { newHistory, type History } from '../src/history.js';

describe('history', () => {
  it('begins every prompt with the same system prompt', () => {
    const later = newHistory('Be kind.', { turns: 2 }).add('a', 'b', false).add('c', 'd', false).add('e', 'f', false);
    expect(later.prompt('g')[0]).toEqual({ role: 'system', content: 'Be kind.' });
  });

  it('sends no system prompt where it is blank', () => {
    expect(newHistory(' ', { turns: 30 }).prompt('hello')).toEqual([{ role: 'user', content: 'hello' }]);
  });

  it('leaves out the oldest turns whole', () => {
    const messages = newHistory('', { turns: 2 }).add('a', 'b', false).add('c', 'd', false).add('e', 'f', false).prompt('g');
    expect(messages.map(({ content }) => content)).toEqual(['c', 'd', 'e', 'f', 'g']);
  });

  it('remembers nothing at size 0', () => {
    expect(newHistory('', { turns: 0 }).add('a', 'b', false).prompt('c')).toEqual([{ role: 'user', content: 'c' }]);
  });

  it('marks an answer that was cut, and joins a question that was never answered to the next one', () => {
    const messages = newHistory('', { turns: 9 }).add('a', 'b', true).add('c', '', true).prompt('d');
    expect(messages).toEqual([{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b…' }, { role: 'user', content: 'c\nd' }]);
  });

  it('is a value: adding leaves the old one as it was', () => {
    const before = newHistory('', { turns: 9 });
    before.add('a', 'b', false);
    expect(before.prompt('c')).toHaveLength(1);
  });

  describe('with a bound in tokens', () => {
    // One token a character.
    const count = (text: string): number => text.length;
    const contents = (history: History, asked: string): string[] => history.prompt(asked).map(({ content }) => content);

    it('never makes a prompt longer than that, and never splits a turn', () => {
      let history = newHistory('sys', { turns: 99, tokens: 40, count });
      for (let turn = 0; turn < 50; turn++) {
        history = history.add(`ask ${turn % 10}`, `say ${turn % 10}`, false);
        const prompt = contents(history, 'why');
        expect(prompt.join('').length).toBeLessThanOrEqual(40);
        expect(prompt[0]).toBe('sys');
        // Questions and answers in pairs, up to the latest.
        expect(prompt.slice(1, -1).join(' ')).toMatch(/^(ask (\d) say \2 ?)+$/u);
        expect(prompt.at(-2)).toBe(`say ${turn % 10}`);
      }
    });

    it('forgets several turns at once, so that the head of most prompts stays as it was', () => {
      let history = newHistory('', { turns: 99, tokens: 100, count });
      const heads = new Set<string>();
      for (let turn = 0; turn < 40; turn++) {
        history = history.add(`ask ${turn}`, `say ${turn}`, false);
        heads.add(contents(history, '')[0]!);
      }
      expect(heads.size).toBeLessThan(12);
    });

    it('leaves out turns for a long question, which comes back with a shorter one', () => {
      const history = newHistory('sys', { turns: 9, tokens: 20, count }).add('abc', 'def', false);
      expect(contents(history, 'x'.repeat(12))).toEqual(['sys', 'x'.repeat(12)]);
      expect(contents(history, 'why')).toEqual(['sys', 'abc', 'def', 'why']);
    });

    it('always asks the question, however long it is', () => {
      expect(contents(newHistory('sys', { turns: 9, tokens: 5, count }), 'much too long')).toEqual(['sys', 'much too long']);
    });

    it('counts four characters of English, or one of Chinese, for a token', () => {
      const remembered = (asked: string): boolean => contents(newHistory('', { turns: 9, tokens: 10 }).add(asked, '', true), '').join('').includes(asked);
      expect(remembered('x'.repeat(40))).toBe(true);
      expect(remembered('x'.repeat(44))).toBe(false);
      expect(remembered('字'.repeat(10))).toBe(true);
      expect(remembered('字'.repeat(11))).toBe(false);
    });
  });
});
