import { describe, expect, it } from 'vitest';
import { espeakVoice, listed, sayVoice } from '../../../src/engines/tts/voices.js';

describe('voices', () => {
  it('are read from what eSpeak prints', () => {
    expect([
      'Pty Language       Age/Gender VoiceName          File                 Other Languages',
      ' 5  af              --/M      Afrikaans          gmw/af               ',
      ' 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)',
    ].map(espeakVoice)).toEqual([
      undefined, { name: 'af', language: 'Afrikaans', licence: 'GPL-3.0' }, { name: 'en-gb', language: 'English (Great Britain)', licence: 'GPL-3.0' },
    ]);
  });

  it('are read from what say prints', () => {
    expect(['Bad News            en_US    # Hello! My name is Bad News.', 'Daniel (Enhanced)   en_GB    # Hello!', ''].map(sayVoice)).toEqual([
      { name: 'Bad News', language: 'en-US', licence: 'of macOS' }, { name: 'Daniel (Enhanced)', language: 'en-GB', licence: 'of macOS' }, undefined,
    ]);
  });

  it('are asked of the program', async () => {
    const words = [process.execPath, '-e', 'console.log("one\\ntwo\\n")'];
    expect(await listed(words, (name) => (name === '' ? undefined : { name, language: 'en', licence: 'MIT' }))).toMatchObject([{ name: 'one' }, { name: 'two' }]);
  });
});
