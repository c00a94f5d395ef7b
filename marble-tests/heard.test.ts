import { describe, expect, it } from 'vitest';
import { heardOf } from '../src/heard.js';

const ANSWER = [{ text: 'One two three four.', length: 1_000 }, { text: 'Five six.', length: 500 }];

describe('heardOf', () => {
  it.each<[ms: number, heard: string]>([
    [0, ''],
    [10, ''],
    [200, 'One'],
    [500, 'One two'],
    [999, 'One two three four.'],
    [1_000, 'One two three four.'],
    [1_250, 'One two three four. Five'],
    [1_500, 'One two three four. Five six.'],
    [9_999, 'One two three four. Five six.'],
  ])('after %i ms', (ms, heard) => {
    expect(heardOf(ANSWER, ms)).toBe(heard);
  });

  it('never cuts a word in two, whatever is heard', () => {
    const words = new Set(ANSWER.flatMap(({ text }) => text.split(' ')));
    for (let ms = 0; ms <= 1_500; ms++) for (const word of heardOf(ANSWER, ms).split(' ').filter((each) => each !== '')) expect(words).toContain(word);
  });

  it('cuts between characters where words are not written apart', () => {
    expect(heardOf([{ text: '今日は雨です', length: 600 }], 300)).toBe('今日は');
  });

  it('hears nothing of a piece that has not been spoken yet', () => {
    expect(heardOf([{ text: 'One.', length: 100 }, { text: 'Two.', length: 0 }], 100)).toBe('One.');
  });
});
