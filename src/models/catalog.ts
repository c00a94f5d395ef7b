import { closestMatch } from 'leven';
import { SpeechError } from '../errors.js';
import { languageModels } from './language-models.js';
import type { Model } from './model.js';
import { voiceModels } from './voice-models.js';
import { whisperModels } from './whisper-models.js';

/** Every model this package can fetch. Silero, the voice activity detector, comes with an npm package instead. */
export const catalog: readonly Model[] = [...whisperModels, ...languageModels, ...voiceModels];

/** Names of the models that a conversation in English is held with where nothing else is chosen. */
export const defaultModels: readonly string[] = ['whisper-tiny.en', 'qwen2.5-coder-0.5b', 'hibari'];

/**
 * The model of that name.
 *
 * @throws SpeechError `unknown-model`, kind `config`, whose hint names the nearest one
 */
export function findModel(name: string): Model {
  const found = catalog.find((model) => model.name === name);
  if (found !== undefined) return found;
  const meant = closestMatch(name.toLowerCase(), catalog.map((model) => model.name), { maxDistance: Math.ceil(name.length / 2) });
  throw new SpeechError(`There is no model named "${name}".`, {
    kind: 'config',
    code: 'unknown-model',
    hint: `${meant === undefined ? '' : `Did you mean ${meant}? `}All models: speech-to-speech models list.`,
  });
}
