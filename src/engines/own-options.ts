import type { ChainStage } from './chain.js';
import { impossible, type Settled } from './row.js';

/** What each engine of a stage can be told by itself, and what users know that by. */
const OWN = {
  stt: { sttModel: '--stt_model', sttBaseUrl: '--stt_base_url', sttApiKey: 'SPEECH_TO_SPEECH_STT_API_KEY' },
  llm: { llmModel: '--llm_model', modelName: '--model_name', baseUrl: '--responses_api_base_url', apiKey: 'OPENAI_API_KEY' },
  tts: { voice: '--voice', ttsModel: '--tts_model', ttsBaseUrl: '--tts_base_url', ttsApiKey: 'SPEECH_TO_SPEECH_TTS_API_KEY' },
} as const;

/** Servers, and the keys for them. */
const SERVERS = { stt: ['sttBaseUrl', 'sttApiKey'], llm: ['baseUrl', 'apiKey'], tts: ['ttsBaseUrl', 'ttsApiKey'] } as const;

/**
 * What each of several engines of a stage is told: of options with commas in them each gets its own, in their order, where an
 * empty one is none; an option without is for all. Where a server is that of a language model, so may be its key. Throws a
 * SpeechError of kind `config`: `chain-length` where there are more or fewer than engines, and `chain-keys` where one key would
 * go to several servers.
 *
 * @param counts how many engines the stages have
 */
export function ownOptions(options: Settled, stage: ChainStage, counts: Readonly<Record<ChainStage, number>>): readonly Settled[] {
  const own = split(options, stage, counts[stage]);
  if (stage === 'llm') return own;
  const models = split(options, 'llm', counts.llm);
  return own.map((told) => {
    const { apiKey, baseUrl } = models.find((model) => model.baseUrl === told[SERVERS[stage][0]]) ?? models[0] ?? told;
    return { ...told, apiKey, baseUrl };
  });
}

function split(options: Settled, stage: ChainStage, count: number): readonly Settled[] {
  if (count === 1) return [options];
  const flags: Readonly<Record<string, string>> = OWN[stage];
  const lists = Object.entries(flags).flatMap(([name, flag]): [string, readonly string[]][] => {
    const parts = partsOf(options[name as keyof Settled]);
    if (parts.length <= 1) return [];
    if (parts.length === count) return [[name, parts]];
    throw impossible('chain-length', `${flag} has ${parts.length} values for ${count} engines.`, 'Give each its own, in their order, with commas between them and nothing for none; or give one to all.');
  });
  const [server, key] = SERVERS[stage];
  if (options[key] !== undefined && partsOf(options[key]).length === 1 && partsOf(options[server]).length > 1) {
    throw impossible('chain-keys', `${flags[key] ?? key} holds one key for several servers.`, 'Say whose it is: a key for each, in their order, with commas between them and nothing for none.');
  }
  return Array.from({ length: count }, (_, at) => ({ ...options, ...Object.fromEntries(lists.map(([name, parts]) => [name, parts[at] === '' ? undefined : parts[at]])) }));
}

const partsOf = (value: unknown): readonly string[] => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : []);
