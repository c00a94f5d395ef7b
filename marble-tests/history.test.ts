import { describe, expect, it } from 'vitest';
import { newHistory } from '../src/history.js';

describe('history', () => {
  it('begins every prompt with the same system prompt', () => {
    const later = newHistory('Be kind.', 2).add('a', 'b', false).add('c', 'd', false).add('e', 'f', false);
    expect(later.prompt('g')[0]).toEqual({ role: 'system', content: 'Be kind.' });
  });

  it('sends no system prompt where it is blank', () => {
    expect(newHistory(' ', 30).prompt('hello')).toEqual([{ role: 'user', content: 'hello' }]);
  });

  it('leaves out the oldest turns whole', () => {
    const messages = newHistory('', 2).add('a', 'b', false).add('c', 'd', false).add('e', 'f', false).prompt('g');
    expect(messages.map(({ content }) => content)).toEqual(['c', 'd', 'e', 'f', 'g']);
  });

  it('remembers nothing at size 0', () => {
    expect(newHistory('', 0).add('a', 'b', false).prompt('c')).toEqual([{ role: 'user', content: 'c' }]);
  });

  it('marks an answer that was cut, and joins a question that was never answered to the next one', () => {
    const messages = newHistory('', 9).add('a', 'b', true).add('c', '', true).prompt('d');
    expect(messages).toEqual([{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b…' }, { role: 'user', content: 'c\nd' }]);
  });

  it('is a value: adding leaves the old one as it was', () => {
    const before = newHistory('', 9);
    before.add('a', 'b', false);
    expect(before.prompt('c')).toHaveLength(1);
  });
});
