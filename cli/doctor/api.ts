import { catchError, concat, map, of } from 'rxjs';
import { remoteLlm } from '../../src/engines/llm/remote-llm.js';
import { DEFAULT_MODEL } from '../../src/engines/llm/rows.js';
import { listModels } from '../../src/engines/openai.js';
import type { EngineOptions } from '../../src/engines/row.js';
import { SpeechError } from '../../src/errors.js';
import { caution, failed, good, working } from './finding.js';
import type { Check, Finding } from './finding.js';

export type Api = Pick<EngineOptions, 'apiKey' | 'baseUrl' | 'modelName'>;

/** Models that are named where the one that is wanted is not among them. */
const SHOWN = 5;

/** Whether the language model's server answers and takes the key: it is asked for its list of models, which costs nothing. */
export function checkApi({ apiKey, baseUrl, modelName = DEFAULT_MODEL }: Api, within = 10_000): Check {
  const options = { model: modelName, ...(apiKey !== undefined && { apiKey }), ...(baseUrl !== undefined && { baseUrl }) };
  return concat(
    of(working('asking the language model\'s server')),
    listModels(remoteLlm, options, within).pipe(
      map((models) => judge(models, modelName, apiKey !== undefined)),
      catchError((error: unknown) => of(refused(error))),
    ),
  );
}

function judge(models: readonly string[], wanted: string, key: boolean): Finding {
  const facts = { models: models.slice(0, 100), model: wanted };
  const answers = `The language model's server answers${key ? ' and takes the key' : ''}`;
  // Ollama says qwen3:latest of what is asked for as qwen3.
  if (models.some((model) => model === wanted || model === `${wanted}:latest`)) return good('api.models', `${answers}; it has ${wanted}.`, facts);
  const has = models.length === 0 ? 'none at all' : `${models.slice(0, SHOWN).join(', ')}${models.length > SHOWN ? ' and others' : ''}`;
  return caution('api.models', `${answers}, and does not name ${wanted} among its models.`, `Choose one with --model_name; it has ${has}.`, facts);
}

function refused(error: unknown): Finding {
  if (!(error instanceof SpeechError)) return failed('api.models', error);
  if (error.code === 'llm-no-list') return caution('api.models', error.message, error.hint ?? '', { code: error.code });
  const finding = failed('api.models', error);
  return error.cause instanceof Error && error.cause.message.includes('ECONNREFUSED')
    ? { ...finding, text: `${finding.text} Nothing listens there: the server is not running.` }
    : finding;
}
