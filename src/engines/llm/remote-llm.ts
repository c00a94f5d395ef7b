import { map } from 'rxjs';
import type { Llm, Loaded, Message, ToolCall, Tooling } from '../../engines.js';
import { remote, type Ask, type OpenAiOptions, type Remote } from '../openai.js';

/** How errors speak of a language model behind an API. */
export const remoteLlm: Remote = {
  stage: 'llm',
  name: 'The language model',
  flags: { key: 'OPENAI_API_KEY', baseUrl: '--responses_api_base_url', model: '--model_name' },
  address: 'Check that the base URL is that of an OpenAI-compatible API, mostly ending in /v1.',
  otherwise: 'The server may not know this API: try the other --llm_backend.',
};

/** What an API is asked for one round of an answer. */
export interface Asked {
  readonly messages: readonly Message[];
  readonly tooling: Tooling;
}

const NO_TOOLS: Tooling = { tools: [], rounds: [], more: false };

/** A language model behind an API, by its way of asking. */
export function askedBy(options: OpenAiOptions, ask: Ask<Asked, string | ToolCall>): Loaded<Llm> {
  return remote(remoteLlm, options, ask).pipe(map((call): Llm => (messages, tooling = NO_TOOLS) => call({ messages, tooling })));
}

/** A call from what a server says of it, which may be anything; undefined where it names nothing. */
export function toolCall(id: unknown, name: unknown, args: unknown, place: number): ToolCall | undefined {
  if (typeof name !== 'string' || name === '') return undefined;
  // Some servers know calls by their place only, and some send objects where there should be JSON.
  return { id: typeof id === 'string' && id !== '' ? id : `call_${place}`, name, args: typeof args === 'string' ? args : JSON.stringify(args ?? {}) };
}
