import { describe, expect, it } from 'vitest';
import { endpointAfter, SILENCE } from '../src/endpointing.js';

describe('endpointAfter', () => {
  it.each([
    ['Is it raining?', SILENCE.asked], ['Stop!', SILENCE.asked], ['He said "why?"', SILENCE.asked], ['今日は雨ですか？', SILENCE.asked],
    ['It is raining.', SILENCE.stated], ['雨です。', SILENCE.stated],
    ['Turn it on.', SILENCE.stated], ['What is it for?', SILENCE.asked], ['Turn it on', SILENCE.unfinished], ['I go to, the', SILENCE.unfinished], ['He said it, because.', SILENCE.unfinished],
    ['It is raining', SILENCE.open], ['', SILENCE.open],
    ['It is raining and', SILENCE.unfinished], ['I would like, um.', SILENCE.unfinished], ['Well,', SILENCE.unfinished], ['So...', SILENCE.unfinished], ['Give me the', SILENCE.unfinished],
  ])('waits after "%s" for %i ms', (text, ms) => expect(endpointAfter(text)).toBe(ms));

  it('is more patient the less finished the words are', () => {
    const { asked, stated, open, unfinished } = SILENCE;
    expect([asked, stated, open, unfinished]).toEqual([asked, stated, open, unfinished].sort((a, b) => a - b));
  });
});
