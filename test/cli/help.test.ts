import { describe, expect, it } from 'vitest';
import { helpFor } from '../../cli/help.js';
import type { Topic } from '../../cli/help.js';
import { flagOf, settingsOf } from '../../src/config/settings.js';
import type { CommandName } from '../../src/config/settings.js';

describe('the help', () => {
  it.each<Topic>(['serve', 'talk', 'listen-and-play', 'watch', 'replay', 'models', 'engines', 'voices', 'doctor'])('of %s fits 100 columns', (topic) => {
    for (const line of helpFor(topic).split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  });

  it.each(Object.keys(settingsOf) as CommandName[])('of %s has every flag, in snake_case', (command) => {
    const help = helpFor(command);
    for (const key of Object.keys(settingsOf[command])) expect(help).toMatch(new RegExp(`^  --${flagOf(key)} `, 'm'));
  });

  it('shows defaults, choices and variables', () => {
    const help = helpFor('serve').replaceAll(/\s+/g, ' ');
    expect(help).toContain('The client calls it --send_port (default: 12345)');
    expect(help).toContain('(default: inf)');
    expect(help).toContain('[auto, responses-api, chat-completions, embedded, command]');
    expect(help).toContain('(env: OPENAI_API_KEY)');
    expect(help).toContain('other users of this machine can read a command line');
    expect(help).toContain('SPEECH_TO_SPEECH_');
    expect(helpFor('listen-and-play')).toContain('LISTEN_AND_PLAY_');
  });
});
