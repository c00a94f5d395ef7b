import { describe, expect, it } from 'vitest';
import { heard, spoken } from '../../../src/engines/stt/heard.js';

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
    ['What time is it? What time is it? What time is it? What time is it?', 'What time is it?'],
    ['ask me ask me ask me ask me', 'ask me'],
    ['dark, dark, dark, dark, dark, dark, dark, dark', 'dark, dark'],
    ['No, no, no.', 'No, no, no.'],
    ['That is very, very, very good.', 'That is very, very, very good.'],
    ['My number is 5555 5555 5555 5555 5555 5555.', 'My number is 5555 5555 5555 5555 5555 5555.'],
    ['It costs 1000000000000 euros.', 'It costs 1000000000000 euros.'],
    ['ご視聴いただきありがとうございますご視聴いただきありがとうございますご視聴いただきありがとうございます', 'ご視聴いただきありがとうございます'],
    ['You know what?', 'You know what?'],
    ['Who are you?', 'Who are you?'],
    ['Can you subscribe me to the newsletter?', 'Can you subscribe me to the newsletter?'],
    ['¿Qué hora es?', '¿Qué hora es?'],
    ['今何時ですか', '今何時ですか'],
  ])('makes "%s" into "%s"', (text, words) => {
    expect(heard(text)).toBe(words);
  });
});

describe('spoken', () => {
  it('leaves out where Whisper doubts both that somebody speaks and its own words', () => {
    expect(spoken([
      { text: ' One', no_speech_prob: 0.1, avg_logprob: -0.2 }, { text: ' two', no_speech_prob: 0.9, avg_logprob: -0.2 },
      { text: ' three', no_speech_prob: 0.9, avg_logprob: -1.2 }, { text: ' four', no_speech_prob: 0.2, avg_logprob: -3 },
    ])).toBe(' One two four');
  });

  it('takes the probability of silence alone where there is nothing else, and everything where there is neither', () => {
    expect(spoken([{ text: 'a', no_speech_prob: 0.9 }, { text: 'b', no_speech_prob: 0.3 }, { text: 'c' }])).toBe('bc');
  });
});
