import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/engines.js';
import { fitting } from '../../../src/engines/llm/fitting.js';

/** Counts letters. */
const size = (messages: readonly Message[]): number => messages.reduce((sum, { content }) => sum + content.length, 0);
const system: Message = { role: 'system', content: 'system' };
const turn = (n: number): Message[] => [{ role: 'user', content: `question ${n}` }, { role: 'assistant', content: `answer ${n}` }];
const talk = (turns: number): Message[] => [system, ...Array.from({ length: turns }, (_, n) => turn(n + 1)).flat(), { role: 'user', content: 'last' }];
const text = (messages: readonly Message[]): string => messages.map(({ content }) => content).join(' · ');

describe('fitting', () => {
  it('leaves a conversation alone that fits', () => {
    expect(fitting(size, 100)(talk(2))).toEqual(talk(2));
  });

  it('leaves out whole turns, the oldest first, and keeps the system prompt', () => {
    expect(text(fitting(size, 70)(talk(4)))).toBe('system · question 4 · answer 4 · last');
  });

  it('makes room at once for the turns to come', () => {
    const fit = fitting(size, 99);
    expect(text(fit(talk(5)))).toBe('system · question 4 · answer 4 · question 5 · answer 5 · last');
  });

  it('does not change the head of the prompt every turn once turns had to go', () => {
    const fit = fitting(size, 100);
    const heads = Array.from({ length: 12 }, (_, turns) => fit(talk(turns + 1))[1]!.content);
    const changes = heads.filter((head, index) => index > 0 && head !== heads[index - 1]).length;
    expect(changes).toBeGreaterThan(1);
    expect(changes).toBeLessThan(6);
  });

  it('begins again with another conversation', () => {
    const fit = fitting(size, 100);
    fit(talk(5));
    expect(fit([system, { role: 'user', content: 'new' }])).toEqual([system, { role: 'user', content: 'new' }]);
  });

  it('never cuts the last turn: too long a one is an error', () => {
    expect(() => fitting(size, 30)([system, { role: 'user', content: 'x'.repeat(40) }])).toThrow(expect.objectContaining({ code: 'llm-too-long' }));
  });
});
