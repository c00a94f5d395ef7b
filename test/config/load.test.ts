import { describe, expect, it } from 'vitest';
import { describeSettings } from '../../src/config/describe.js';
import { entriesOf } from '../../src/config/flags.js';
import { loadSettings } from '../../src/config/load.js';
import { flagOf, settingsOf, variableOf } from '../../src/config/settings.js';
import type { CommandName } from '../../src/config/settings.js';
import { SpeechError } from '../../src/errors.js';

const noFile = (path: string): string => {
  throw new Error(`nobody reads ${path}`);
};

function load<C extends CommandName>(command: C, line: string, env: Record<string, string> = {}, file?: string) {
  return loadSettings(command, line.split(' ').filter((word) => word !== ''), env, file === undefined ? noFile : () => file);
}

function refusal(command: CommandName, words: readonly string[], env: Record<string, string> = {}, file?: string): SpeechError {
  try {
    loadSettings(command, words, env, file === undefined ? noFile : () => file);
  } catch (error) {
    if (error instanceof SpeechError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the defaults', () => {
  it('are those of the socket mode of the reference', () => {
    expect(load('serve', '').settings).toMatchObject({
      mode: 'socket', recvHost: 'localhost', recvPort: 12345, sendHost: 'localhost', sendPort: 12346, chunkSize: 1024,
      responsesApiStream: true, chatSize: 30, streamBatchSentences: 3, thresh: 0.6, minSpeechMs: 384, maxSpeechMs: Infinity,
      speechPadMs: 500, language: 'en', logLevel: 'info', minSilenceMs: undefined, responsesApiApiKey: undefined,
    });
    expect(load('listen-and-play', '').settings).toMatchObject({
      host: 'localhost', sendPort: 12345, recvPort: 12346, sendRate: 16000, recvRate: 16000, listPlayChunkSize: 1024,
    });
  });

  it.each(Object.keys(settingsOf) as CommandName[])('of %s are values that their flags take', (command) => {
    for (const [key, setting] of entriesOf(command)) {
      if (setting.default === undefined) continue;
      expect(setting.schema.safeParse(setting.default === Infinity ? 'inf' : setting.default), key).toMatchObject({ success: true, data: setting.default });
    }
  });
});

describe('a flag', () => {
  it.each(['--recv_port 4000', '--recv-port 4000', '--recv_port=4000', '--recv-port=4000', '--recv_port 1 --recv-port 4000'])('can be written %s', (line) => {
    const { settings, origins } = load('serve', line);
    expect(settings.recvPort).toBe(4000);
    expect(origins.recvPort).toEqual({ from: 'flag', name: '--recv_port' });
    expect(origins.sendPort.from).toBe('default');
  });

  it('keeps dashes and underscores of its value', () => {
    expect(load('serve', '--model-name=my-own_model').settings.modelName).toBe('my-own_model');
  });

  it.each([
    ['--responses_api_stream', true], ['--responses_api_stream=false', false], ['--responses_api_stream False', false],
    ['--no_responses_api_stream', false], ['--no-responses-api-stream', false], ['--responses_api_stream --chat_size 3', true],
  ])('that is a switch understands %s', (line, expected) => {
    expect(load('serve', line).settings.responsesApiStream).toBe(expected);
  });

  it.each([['inf', Infinity], ['Infinity', Infinity], ['1e4', 10_000], ['600.5', 600.5]])('for a longest utterance takes %s', (value, expected) => {
    expect(load('serve', `--max_speech_ms ${value}`).settings.maxSpeechMs).toBe(expected);
  });

  it('takes the log levels of Python in any case', () => {
    expect(load('serve', '--log_level WARN').settings.logLevel).toBe('warning');
  });

  it('runs the example of the reference as it stands', () => {
    const { settings, warnings } = load('serve', '--mode socket --llm_backend responses-api --model_name gpt-4o-mini --responses_api_api_key sk-1 --responses_api_stream');
    expect(settings).toMatchObject({ llmBackend: 'responses-api', modelName: 'gpt-4o-mini', responsesApiApiKey: 'sk-1', responsesApiStream: true });
    expect(warnings).toEqual([]);
  });
});

describe('precedence', () => {
  const file = '{ "recv_port": 3000, "send-port": 3001, "chat_size": 3, "max_speech_ms": null }';

  it('is flags, then variables, then the config file, then defaults', () => {
    const env = { SPEECH_TO_SPEECH_RECV_PORT: '2000', SPEECH_TO_SPEECH_SEND_PORT: '2001' };
    const { settings, origins } = load('serve', '--recv_port 1000 own.json', env, file);
    expect(settings).toMatchObject({ recvPort: 1000, sendPort: 2001, chatSize: 3, maxSpeechMs: Infinity, thresh: 0.6 });
    expect(origins).toMatchObject({
      recvPort: { from: 'flag', name: '--recv_port' },
      sendPort: { from: 'variable', name: 'SPEECH_TO_SPEECH_SEND_PORT' },
      chatSize: { from: 'file', name: 'own.json' },
      maxSpeechMs: { from: 'default' },
      thresh: { from: 'default' },
    });
  });

  it('takes the key and the base URL from the variables of OpenAI', () => {
    const { settings, origins } = load('serve', '', { OPENAI_API_KEY: 'secret-key', OPENAI_BASE_URL: 'http://localhost:1/v1' });
    expect(settings).toMatchObject({ responsesApiApiKey: 'secret-key', responsesApiBaseUrl: 'http://localhost:1/v1' });
    expect(origins.responsesApiApiKey).toEqual({ from: 'variable', name: 'OPENAI_API_KEY' });
  });

  it('does not mix up the ports of the two sides', () => {
    expect(load('listen-and-play', '', { SPEECH_TO_SPEECH_SEND_PORT: '9999' }).settings.sendPort).toBe(12345);
    expect(load('listen-and-play', '', { LISTEN_AND_PLAY_SEND_PORT: '9999' }).settings.sendPort).toBe(9999);
  });

  it('treats an empty variable, and the empty value that an unset one leaves in a script, as not given', () => {
    expect(load('serve', '', { OPENAI_API_KEY: '', SPEECH_TO_SPEECH_RECV_PORT: '' }).settings).toMatchObject({ responsesApiApiKey: undefined, recvPort: 12345 });
    expect(loadSettings('serve', ['--responses_api_api_key', ''], { OPENAI_API_KEY: 'secret-key' }, noFile).settings.responsesApiApiKey).toBe('secret-key');
  });

  it('takes several engines of a stage, spelled as the reference spells them, from a flag or a file', () => {
    expect(load('serve', '--llm_backend open-api,embedded --stt whisper').settings).toMatchObject({ llmBackend: ['responses-api', 'embedded'], stt: 'whisper' });
    expect(load('serve', 'own.json', {}, '{ "tts": ["hibari", "flite"], "stt": "openai, openai" }').settings).toMatchObject({ tts: ['hibari', 'flite'], stt: ['openai', 'openai'] });
  });

  it('lets the system prompt be empty', () => {
    expect(loadSettings('serve', ['--init_chat_prompt', ''], {}, noFile).settings.initChatPrompt).toBe('');
  });

  it('gives every setting of a command a variable of its own', () => {
    for (const command of Object.keys(settingsOf) as CommandName[]) {
      const names = entriesOf(command).map(([key, setting]) => variableOf(command, key, setting));
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

describe('an impossible value', () => {
  it.each([
    ['--recv_port 70000', /--recv_port cannot be 70000: it takes a port from 1 to 65535/],
    ['--recv_port -1', /--recv_port cannot be -1/],
    ['--events_port 12346', /--send_port and --events_port cannot both be 12346/],
    ['--recv_port 80.5', /--recv_port cannot be 80\.5/],
    ['--recv_port http', /--recv_port cannot be http/],
    ['--thresh 2', /--thresh cannot be 2: it takes a number from 0\.01 to 1/],
    ['--thresh NaN', /--thresh cannot be NaN/],
    ['--chunk_size 0', /--chunk_size cannot be 0: it takes an even number from 2 to 65536/],
    ['--chunk_size 1023', /--chunk_size cannot be 1023/],
    ['--chat_size many', /--chat_size cannot be many: it takes a whole number from 0 to 10000/],
    ['--min_silence_ms -64', /--min_silence_ms cannot be -64/],
    ['--max_speech_ms 0', /--max_speech_ms cannot be 0: it takes a number of at least 500, or inf/],
    ['--llm_backend embedded,auto', /--llm_backend cannot be "embedded,auto": it takes one of .+, or several with commas between them/],
    ['--llm_backend gpt', /--llm_backend cannot be gpt: it takes one of auto, responses-api, chat-completions, embedded, command, or several/],
    ['--language english', /--language cannot be english/],
    ['--responses_api_stream perhaps', /--responses_api_stream cannot be perhaps: it takes true or false/],
    ['--send_port 12345', /--recv_port and --send_port cannot both be 12345/],
    ['--min_speech_ms 900 --max_speech_ms 600', /--max_speech_ms cannot be 600 while --min_speech_ms is 900/],
  ])('is refused with the flag, the value and what is possible: %s', (line, message) => {
    const error = refusal('serve', line.split(' '));
    expect(error).toMatchObject({ kind: 'config' });
    expect(error.message).toMatch(message);
  });

  it('says which variable or file it came from', () => {
    expect(refusal('serve', [], { SPEECH_TO_SPEECH_THRESH: '7' }).message).toContain('(variable SPEECH_TO_SPEECH_THRESH)');
    expect(refusal('serve', ['own.json'], {}, '{ "thresh": 7 }').message).toContain('(in own.json)');
    expect(refusal('serve', ['own.json'], {}, '{ "thresh": [1] }').message).toContain('--thresh cannot be [1]');
  });

  it('of tools may be a file or the list itself, of which nothing is shown', () => {
    expect(load('serve', '--tools mine.json').settings.tools).toBe('mine.json');
    const loaded = loadSettings('serve', ['own.json'], {}, () => '{ "tools": [{ "name": "lamp", "key": "canary" }] }');
    expect(loaded.settings.tools).toEqual([{ name: 'lamp', key: 'canary' }]);
    expect(describeSettings('serve', loaded)).toMatch(/^tools +\(1 of them, not shown\)/m);
    const { message } = refusal('serve', ['own.json'], {}, '{ "tools": { "key": "canary" } }');
    expect(message).toBe('--tools cannot be an object (in own.json): it takes a JSON file or, in a config file, the list of tools itself');
  });

  it('of a port may be 0 on the server, twice, and not on the client', () => {
    expect(load('serve', '--recv_port 0 --send_port 0').settings).toMatchObject({ recvPort: 0, sendPort: 0 });
    expect(refusal('listen-and-play', ['--send_port', '0']).message).toContain('a port from 1 to 65535');
  });

  it('tells where to go with --mode local', () => {
    expect(refusal('serve', ['--mode', 'local']).hint).toContain('speech-to-speech talk');
  });

  it('of a rate takes what sound cards know, and no other', () => {
    expect(load('listen-and-play', '--send_rate 11025 --recv_rate 48000').settings).toMatchObject({ sendRate: 11025, recvRate: 48000 });
    for (const value of ['7999', '16001', '192025', '44.1']) {
      expect(refusal('listen-and-play', ['--send_rate', value]).message).toContain('a multiple of 25 from 8000 to 192000');
    }
  });
});

describe('an unknown flag', () => {
  it.each([
    ['--recv_prot', '--recv_port'], ['--recv-prot', '--recv_port'], ['--recvport', '--recv_port'], ['--lanugage', '--language'],
    ['--responses_api_key', '--responses_api_api_key'], ['--silence', '--min_silence_ms'], ['--no_responses_api_steam', '--responses_api_stream'],
  ])('%s is an error that asks whether %s was meant', (flag, meant) => {
    const error = refusal('serve', [flag, '1']);
    expect(error).toMatchObject({ kind: 'config', code: 'unknown-flag' });
    expect(error.hint).toBe(`Did you mean ${meant}?`);
  });

  it('never shows what follows it, which may be a key', () => {
    const error = refusal('serve', ['--responses_api_key=canary-1234567890']);
    expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain('canary');
  });

  it('that belongs to another command says to which', () => {
    expect(refusal('serve', ['--host', 'x']).hint).toBe('It is known to listen-and-play and speech-to-speech watch.');
    expect(refusal('listen-and-play', ['--recv_host', 'x']).hint).toBe('It is known to speech-to-speech and speech-to-speech talk.');
  });

  it('without a value says so', () => {
    for (const words of [['--recv_port'], ['--recv_port', '--send_port', '1']]) {
      expect(refusal('serve', words)).toMatchObject({ code: 'missing-value', message: '--recv_port needs a value' });
    }
  });

  it('is not mistaken for a stray argument', () => {
    expect(refusal('serve', ['12345'])).toMatchObject({ code: 'stray-argument' });
    expect(refusal('serve', ['a.json', 'b.json'], {}, '{}')).toMatchObject({ code: 'stray-argument' });
    expect(refusal('serve', ['--chat_size', '3', 'talk']).hint).toContain('A command is the first word');
  });
});

describe('what only the reference has', () => {
  it.each([
    ['--stt_model_name openai/whisper-tiny', '--stt_model'], ['--device cuda', undefined], ['--lm_model_name x', '--llm_model'],
    ['--enable_live_transcription', '--stt'], ['--no_smart_turn', '--min_silence_ms'], ['--qwen3_tts_speaker Aiden', '--voice'],
    ['--kokoro_speed 1.2', '--speed'], ['--ws_port 8765', '--recv_port'], ['--open_api_api_key k', '--responses_api_api_key'],
  ])('%s is skipped with a warning that names the nearest', (line, nearest) => {
    const { settings, warnings } = load('serve', `${line} --chat_size 7`);
    expect(settings.chatSize).toBe(7);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(line.split(' ')[0]);
    if (nearest !== undefined) expect(warnings[0]).toContain(`the nearest is ${nearest}`);
  });

  it.each([['--tts qwen3', 'tts', 'hibari'], ['--tts chatTTS', 'tts', 'hibari'], ['--stt parakeet-tdt', 'stt', 'whisper'], ['--llm_backend mlx-lm', 'llmBackend', 'embedded']] as const)(
    '%s is replaced with a warning', (line, key, used) => {
      const { settings, warnings } = load('serve', line);
      expect(settings[key]).toBe(used);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(`${used} is used here`);
    });

  it('is skipped in a config file, too', () => {
    const { warnings } = load('serve', 'own.json', {}, '{ "device": "cuda", "recv_port": 1 }');
    expect(warnings).toEqual(['"device" in own.json is a setting of the Python program and is skipped here; the nearest is --threads']);
  });

  it('names only settings that exist as the nearest', () => {
    const flags = Object.keys(settingsOf.serve).map(flagOf);
    const lines = ['device', 'stt_model_name', 'tts_language', 'stt_gen_task', 'kokoro_voice', 'melo_device', 'description', 'lm_model_name', 'open_api_model_name',
      'open_api_base_url', 'open_api_stream', 'open_api_chat_size', 'user_role', 'lm_stream_batch_sentences', 'enable_lang_prompt', 'llm_is_vlm',
      'responses_api_reasoning_effort', 'speculative_reopen_ms', 'short_segment_merge_ms', 'realtime_processing_pause', 'ws_host'];
    for (const name of lines) {
      const nearest = /the nearest is --(\w+)/.exec(load('serve', `--${name} x`).warnings[0] ?? '')?.[1];
      expect(flags, name).toContain(nearest);
    }
  });
});

describe('a config file', () => {
  it('with an unknown key asks which one was meant', () => {
    expect(refusal('serve', ['own.json'], {}, '{ "recv_prot": 1 }')).toMatchObject({ code: 'unknown-key', hint: 'Did you mean recv_port?' });
  });

  it('that is not JSON is refused with the line, and without a word of what it says', () => {
    const error = refusal('serve', ['own.json'], {}, '{\n  "responses_api_api_key": "canary"\n  "chat_size": 3\n}');
    expect(error.message).toContain('look at line 3');
    expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain('canary');
  });

  it.each(['[]', '3', 'null', '"x"'])('that holds %s is refused', (text) => {
    expect(refusal('serve', ['own.json'], {}, text)).toMatchObject({ code: 'config-damaged' });
  });

  it('that cannot be read is refused with its name', () => {
    const error = refusal('serve', ['own.json']);
    expect(error).toMatchObject({ kind: 'config', code: 'config-unreadable' });
    expect(error.message).toContain('own.json');
  });

  it('may name its schema', () => {
    expect(load('serve', 'own.json', {}, '{ "$schema": "./config.schema.json", "chat_size": 4 }')).toMatchObject({ settings: { chatSize: 4 }, warnings: [] });
  });

  it('may begin with a byte order mark', () => {
    expect(load('serve', 'own.json', {}, '\uFEFF{ "chat_size": 4 }').settings.chatSize).toBe(4);
  });
});

describe('--print_config', () => {
  it('shows every setting with its origin, and no secret', () => {
    const loaded = load('serve', '--print_config --recv_port 4000', { OPENAI_API_KEY: 'canary-1234567890' });
    expect(loaded.printConfig).toBe(true);
    const text = describeSettings('serve', loaded);
    expect(text).toMatch(/^recv_port +4000 +# flag --recv_port$/m);
    expect(text).toMatch(/^responses_api_api_key +\(set, not shown\) +# variable OPENAI_API_KEY$/m);
    expect(text).toMatch(/^max_speech_ms +inf +# default$/m);
    expect(text).toMatch(/^min_silence_ms +\(unset\) +# default$/m);
    expect(text).not.toContain('canary');
    expect(text.split('\n')).toHaveLength(Object.keys(settingsOf.serve).length);
  });
});
