import { describe, expect, it } from 'vitest';
import { heard } from '../../../src/engines/stt/heard.js';

describe('heard', () => {
  it.each([
    ' you', ' You.', '[BLANK_AUDIO]', ' [Music]', '(water running)', '*sighs*', ' ♪♪', '[MUS', '(', ' ', '', '...', '<|nospeech|>',
    'Thanks for watching!', ' Thank you for watching.', 'Thank you so much for watching!', 'Please subscribe to my channel.',
    'Subtitles by the Amara.org community', 'Transcribed by https://otter.ai', 'Untertitel der Amara.org-Community',
    'Untertitel im Auftrag des ZDF für funk, 2017', "Sous-titres réalisés par la communauté d'Amara.org", '[Music] you',
  ])('hears nobody in "%s"', (text) => {
    expect(heard(text)).toBe('');
  });

  it.each([
    ['  And so,  my fellow\n Americans ', 'And so, my fellow Americans'],
    ['[BLANK_AUDIO] What time is it?', 'What time is it?'],
    ['What time (door closes) is it?', 'What time is it?'],
    ['Call (555) 0100.', 'Call (555) 0100.'],
    ['Thank you.', 'Thank you.'],
    ['You know what?', 'You know what?'],
    ['Who are you?', 'Who are you?'],
    ['Can you subscribe me to the newsletter?', 'Can you subscribe me to the newsletter?'],
    ['¿Qué hora es?', '¿Qué hora es?'],
    ['今何時ですか', '今何時ですか'],
  ])('makes "%s" into "%s"', (text, words) => {
    expect(heard(text)).toBe(words);
  });
});
