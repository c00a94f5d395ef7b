import { switchMap } from 'rxjs';
import type { Loaded, Tts } from '../../engines.js';
import { remote, type OpenAI, type OpenAiOptions, type Remote } from '../openai.js';
import { unplayable } from './decoder.js';
import { levelled } from './voiced.js';

export interface SpeechApiOptions extends Omit<OpenAiOptions, 'stream' | 'maxOutputTokens'> {
  /** As the server calls it. @default 'alloy' */
  readonly voice?: string;
  /** 1 is the natural one; left out of the request where it is not given, as not every server takes it. */
  readonly speed?: number;
  /** Samples per second of the audio, unless a WAV header says it. @default 24000 */
  readonly rate?: number;
}

const NAME = 'The voice server';

const server: Remote = {
  stage: 'tts',
  name: 'The voice',
  flags: { key: '--tts_api_key', baseUrl: '--tts_base_url', model: '--tts_model' },
  address: 'Check that --tts_base_url is that of an OpenAI-compatible API, mostly ending in /v1.',
  otherwise: 'The server may not know this model or this voice: check --tts_model and --voice.',
};

/**
 * `POST /audio/speech`, of OpenAI and of all that speak like it, streamed as raw samples or a WAV. It says a sentence while it
 * loads, so that its loudness and its failures are known. Errors are those of `remote`, and `tts-format` for other audio.
 */
export function speech({ voice = 'alloy', speed, rate = 24_000, ...options }: SpeechApiOptions): Loaded<Tts> {
  async function* speak(client: OpenAI, input: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const request = { model: options.model, voice, input, response_format: 'pcm' as const, ...(speed === undefined ? {} : { speed }) };
    const { body, headers } = await client.audio.speech.create(request, { signal });
    const type = headers.get('content-type') ?? '';
    const other = /^audio\/(mpeg|mp3|ogg|opus|aac|flac|mp4|webm)/.exec(type)?.[1];
    if (other !== undefined) throw unplayable(NAME, other);
    if (body === null || /^(text|application\/json)/.test(type)) return; // A page, or an error with status 200, is no answer.
    yield* body as unknown as AsyncIterable<Uint8Array>;
  }
  return remote<string, Uint8Array>(server, options, speak).pipe(
    switchMap((call) => levelled(call, { name: NAME, rate })),
  );
}
