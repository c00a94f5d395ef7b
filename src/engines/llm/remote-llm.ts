import type { Remote } from '../openai.js';

/** How errors speak of a language model behind an API. */
export const remoteLlm: Remote = {
  stage: 'llm',
  name: 'The language model',
  flags: { key: 'OPENAI_API_KEY', baseUrl: '--responses_api_base_url', model: '--model_name' },
  address: 'Check that the base URL is that of an OpenAI-compatible API, mostly ending in /v1.',
  otherwise: 'The server may not know this API: try the other --llm_backend.',
};
