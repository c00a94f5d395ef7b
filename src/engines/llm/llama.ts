import { availableParallelism } from 'node:os';
import { map } from 'rxjs';
import type { Llm, Loaded, Message } from '../../engines.js';
import { supervise } from '../child.js';
import type { Supervised } from '../child-news.js';

export interface LlamaOptions extends Supervised {
  /** Path of a GGUF file. */
  readonly model: string;
  /** @default all cores but one, as using them all slows everything beside it down */
  readonly threads?: number;
  /** Tokens of conversation and answer together. @default 4096 */
  readonly contextSize?: number;
  /** The longest answer, in tokens. @default 256 */
  readonly maxTokens?: number;
  /** The head of every prompt, evaluated while loading so that no turn waits for it. */
  readonly systemPrompt?: string;
  /** Makes answers repeatable, for tests. */
  readonly seed?: number;
}

/** What the child process is started with. */
export type LlamaSetup = Required<Pick<LlamaOptions, 'model' | 'threads' | 'contextSize' | 'maxTokens'>> & Pick<LlamaOptions, 'systemPrompt'>;

/** One answer to be given. */
export interface LlamaRequest {
  readonly messages: readonly Message[];
  readonly seed?: number;
}

/**
 * A language model in a child process, by `node-llama-cpp` on the CPU. What the model has read stays in its memory from
 * turn to turn, so a turn costs its new words only. Cancelling stops it within a slice of 32 tokens; if it does not
 * confirm within two seconds it is killed. A conversation that outgrows the context loses its oldest turns.
 */
export function llama({ model, threads = Math.max(1, availableParallelism() - 1), contextSize = 4_096, maxTokens = 256, systemPrompt, seed, onNews }: LlamaOptions): Loaded<Llm> {
  const setup: LlamaSetup = { model, threads, contextSize, maxTokens, ...(systemPrompt === undefined ? {} : { systemPrompt }) };
  return supervise<LlamaRequest, string>({
    name: 'The language model',
    stage: 'llm',
    file: new URL('./llama-child.js', import.meta.url),
    args: [JSON.stringify(setup)],
    cancel: 'message',
    onNews,
  }).pipe(map((child): Llm => (messages) => child.call({ messages, ...(seed === undefined ? {} : { seed }) })));
}
