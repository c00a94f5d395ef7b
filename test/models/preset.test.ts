import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { applied } from '../../cli/preset.js';
import { describeSettings } from '../../src/config/describe.js';
import { loadSettings } from '../../src/config/load.js';
import { serverSettings, settingOf } from '../../src/config/settings.js';
import { findModel } from '../../src/models/catalog.js';
import { machineFacts, type MachineFacts } from '../../src/models/machine.js';
import { choosePreset, presets, type Preset } from '../../src/models/preset.js';

const none = { piper: false, espeak: false };
const desk: MachineFacts = { cores: 8, speed: 1.5, memory: 32e9, room: 100e9, programs: none };
const laptop: MachineFacts = { cores: 2, speed: 1, memory: 8e9, room: 50e9, programs: none };
const board: MachineFacts = { cores: 4, speed: 0.2, memory: 2e9, room: 10e9, programs: none };

describe('a preset', () => {
  it.each<[Preset, string, MachineFacts, string, string, string, object?]>([
    // preset, machine, its facts, language, Whisper, language model, and what else is set
    ['fast', 'a desk', desk, 'en', 'tiny.en', 'qwen2.5-coder-0.5b'],
    ['balanced', 'a desk', desk, 'en', 'base.en', 'qwen2.5-1.5b'],
    ['quality', 'a desk', desk, 'en', 'small.en', 'qwen3-4b'],
    ['multilingual', 'a desk', desk, 'en', 'small', 'qwen3-4b', { language: 'auto' }],
    ['auto', 'a desk', desk, 'en', 'small.en', 'qwen3-4b'],
    ['fast', 'a laptop', laptop, 'en', 'tiny.en', 'qwen2.5-coder-0.5b'],
    ['balanced', 'a laptop', laptop, 'en', 'base.en', 'qwen2.5-1.5b'],
    ['quality', 'a laptop', laptop, 'en', 'small.en', 'qwen2.5-1.5b'],
    ['auto', 'a laptop', laptop, 'en', 'base.en', 'qwen2.5-1.5b'],
    ['balanced', 'a board', board, 'en', 'tiny.en', 'qwen2.5-coder-0.5b'],
    ['quality', 'a board', board, 'en', 'tiny.en', 'qwen2.5-coder-0.5b'],
    ['auto', 'a board', board, 'en', 'tiny.en', 'qwen2.5-coder-0.5b'],
    ['auto', 'one core', { ...laptop, cores: 1 }, 'en', 'base.en', 'qwen2.5-1.5b'],
    ['quality', 'little memory', { ...desk, memory: 4e9 }, 'en', 'small.en', 'qwen2.5-1.5b'],
    ['quality', 'a full disk', { ...desk, room: 0 }, 'en', 'tiny.en', 'qwen2.5-coder-0.5b'],
    ['quality', 'room for a small answer', { ...desk, room: 2.7e9 }, 'en', 'small.en', 'qwen2.5-1.5b'],
    ['fast', 'a laptop', laptop, 'de', 'tiny', 'qwen2.5-coder-0.5b'],
    ['balanced', 'piper', { ...laptop, programs: { piper: true, espeak: true } }, 'de', 'base', 'qwen2.5-1.5b', { tts: 'piper' }],
    ['balanced', 'piper', { ...laptop, programs: { piper: true, espeak: true } }, 'en', 'base.en', 'qwen2.5-1.5b'],
    ['balanced', 'piper', { ...laptop, programs: { piper: true, espeak: true } }, 'fi', 'base', 'qwen2.5-1.5b', { tts: 'espeak-ng' }],
    ['balanced', 'piper', { ...laptop, programs: { piper: true, espeak: false } }, 'pt-br', 'base', 'qwen2.5-1.5b', { tts: 'piper' }],
    ['multilingual', 'a laptop', laptop, 'auto', 'small', 'qwen2.5-1.5b', { language: 'auto' }],
  ])('%s on a machine that is %s', (preset, _machine, facts, language, sttModel, llmModel, more = {}) => {
    expect(choosePreset(preset, facts, language).settings).toEqual({ sttModel, llmModel, ...more });
  });

  it('names what it chose and why, in one line', () => {
    expect(choosePreset('auto', laptop, 'en').line).toBe(
      'preset auto, which is balanced here: whisper base.en, qwen2.5-1.5b, hibari, because of 2 cores of speed 1.0, 8.00 GB of memory and room for 50.00 GB');
    expect(choosePreset('fast', laptop, 'fi').line).toContain('hibari, which speaks English only, as there is no piper with a voice for fi and no espeak-ng here');
  });

  it.each(presets)('%s chooses models of the catalogue whose licences need no yes, on every machine', (preset) => {
    for (const facts of [desk, laptop, board]) {
      const { sttModel, llmModel } = choosePreset(preset, facts, 'en').settings;
      for (const name of [`whisper-${sttModel}`, llmModel]) expect(findModel(name).terms).toBeUndefined();
    }
  });

  it('is one of those that the flag takes', () => {
    expect(settingOf(serverSettings.preset).choices).toEqual(presets);
  });
});

describe('the settings of a preset', () => {
  const load = (line: string, env = {}) => applied(loadSettings('serve', line.split(' '), env, () => '{}'), laptop);

  it('are shown with the preset as their origin', () => {
    const { loaded, line } = load('--preset balanced');
    const text = describeSettings('serve', loaded);
    expect(text).toMatch(/^stt_model +"base\.en" +# preset balanced$/m);
    expect(text).toMatch(/^llm_model +"qwen2\.5-1\.5b" +# preset balanced$/m);
    expect(text).toMatch(/^language +"en" +# default$/m);
    expect(text).toMatch(/^preset +"balanced" +# flag --preset$/m);
    expect(line).not.toContain('as you have set it');
  });

  it('give way to what is set otherwise, wherever, and say so', () => {
    const { loaded: { settings, origins }, line } = load('--preset multilingual --stt_model tiny --language de', { SPEECH_TO_SPEECH_LLM_MODEL: '/my.gguf' });
    expect(settings).toMatchObject({ sttModel: 'tiny', language: 'de', llmModel: '/my.gguf' });
    expect(origins).toMatchObject({ sttModel: { from: 'flag' }, language: { from: 'flag' }, llmModel: { from: 'variable' } });
    expect(line).toMatch(/; but --stt_model and --llm_model and --language as you have set it$/);
  });

  it('name no model to an engine that calls its models otherwise', () => {
    const { loaded: { settings }, line } = load('--preset balanced --stt openai,whisper');
    expect(settings).toMatchObject({ sttModel: undefined, llmModel: 'qwen2.5-1.5b' });
    expect(line).toMatch(/; but --stt as you have set it$/);
  });
});

describe('the speed of a machine', () => {
  it('is measured once, and then believed as long as the processor is the same', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'machine-'));
    onTestFinished(() => rmSync(cache, { recursive: true }));
    const facts = await machineFacts(cache, none);
    expect(facts.speed).toBeGreaterThan(0);
    expect(facts.cores).toBeGreaterThan(0);
    expect(facts.memory).toBeGreaterThan(1e8);
    const path = join(cache, 'machine.json');
    const kept = JSON.parse(readFileSync(path, 'utf8')) as { machine: string; speed: number };
    expect(kept.speed).toBe(facts.speed);
    writeFileSync(path, JSON.stringify({ ...kept, speed: 1234 }));
    expect(await machineFacts(cache, none)).toMatchObject({ speed: 1234 });
    writeFileSync(path, JSON.stringify({ machine: 'another', speed: 1234 }));
    expect((await machineFacts(cache, none)).speed).toBeLessThan(1234);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ machine: kept.machine });
  });
});
