import type { Remote } from '../openai.js';

/** How errors speak of a recogniser behind an API of OpenAI's kind. */
export const remoteStt: Remote = {
  stage: 'stt',
  name: 'The speech recogniser',
  flags: { key: '--stt_api_key', baseUrl: '--stt_base_url', model: '--stt_model' },
  address: 'Check that --stt_base_url is that of an OpenAI-compatible API, mostly ending in /v1.',
  otherwise: 'The server may not know this API, or not this model: check --stt_base_url and --stt_model.',
};
