import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { entriesOf } from '../../src/config/flags.js';
import { loadSettings } from '../../src/config/load.js';
import { configSchema } from '../../src/config/schema.js';
import { flagOf, settingsOf } from '../../src/config/settings.js';
import type { CommandName } from '../../src/config/settings.js';

const commands = Object.keys(settingsOf) as CommandName[];
const schema = configSchema() as { definitions: Record<CommandName, { properties: Record<string, { description?: string; default?: unknown; writeOnly?: boolean }> }> };
const published = z.fromJSONSchema(schema);

function takes(command: CommandName, config: object): boolean {
  try {
    loadSettings(command, ['own.json'], {}, () => JSON.stringify(config));
    return true;
  } catch {
    return false;
  }
}

describe('the JSON Schema of config files', () => {
  it('is in the package', () => {
    expect(createRequire(import.meta.url)('speech-to-speech-rx/config.schema.json')).toEqual(JSON.parse(JSON.stringify(schema)));
  });

  it.each(commands)('knows every setting of %s with its help and default', (command) => {
    const { properties } = schema.definitions[command];
    expect(Object.keys(properties).sort()).toEqual(['$schema', ...entriesOf(command).map(([key]) => flagOf(key))].sort());
    for (const [key, setting] of entriesOf(command)) {
      expect(properties[flagOf(key)]).toMatchObject({ description: setting.help });
      expect(properties[flagOf(key)]?.default).toEqual(setting.default === Infinity ? 'inf' : setting.default);
      expect(properties[flagOf(key)]?.writeOnly).toBe(setting.secret);
    }
  });

  it.each([
    {}, { $schema: './config.schema.json' }, { recv_port: 0, send_port: 1 }, { max_speech_ms: 'inf' }, { max_speech_ms: 600.5 }, { llm_backend: 'embedded' },
    { responses_api_stream: false }, { tools: 'mine.json' }, { tools: [{ name: 'lamp', description: 'The lamp.', command: ['lamp'] }] }, { init_chat_prompt: '' }, { language: 'pt-br' }, { synthetic: true }, { host: 'server.example.com', send_rate: 16_000 },
  ])('takes %j, and so does a command', (config) => {
    expect(published.safeParse(config)).toMatchObject({ success: true });
    expect(commands.some((command) => takes(command, config))).toBe(true);
  });

  it.each([
    { recv_prot: 1 }, { recv_port: 65_536 }, { recv_port: 80.5 }, { chunk_size: 1023 }, { max_speech_ms: 0 }, { max_speech_ms: 'long' }, { llm_backend: 'gpt' },
    { responses_api_stream: 'perhaps' }, { language: 'english' }, { model_name: '' }, { host: 'x', recv_host: 'y' }, { send_rate: 44_101 },
  ])('refuses %j, and so does every command', (config) => {
    expect(published.safeParse(config)).toMatchObject({ success: false });
    expect(commands.filter((command) => takes(command, config))).toEqual([]);
  });
});
