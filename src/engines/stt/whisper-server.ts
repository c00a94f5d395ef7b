import { map } from 'rxjs';
import { wavBytes } from '../../audio/wav.js';
import { floatToInt16, int16ToFloat } from '../../audio/pcm.js';
import type { Loaded, Stt, Transcript } from '../../engines.js';
import { remote, type OpenAI, type Remote } from '../openai.js';
import { heardWhole } from './collected.js';
import { heard } from './heard.js';
import { languageOf, textOf } from './openai-transcriptions.js';
import { isLoop, padded, windows } from './window.js';

export interface WhisperServerOptions {
  /** Where the server is, without a path. */
  readonly baseUrl: string;
  /** Code of the spoken language, or `auto`. @default 'en' */
  readonly language?: string;
  /** Words that are likely to be said: names above all. */
  readonly prompt?: string;
  /** Milliseconds a transcript may take, retries included. @default 15000 */
  readonly patience?: number;
}

const server: Remote = {
  stage: 'stt',
  name: 'whisper.cpp\'s server',
  flags: { key: '--stt_api_key', baseUrl: '--stt_base_url', model: '--stt_model' },
  address: 'Check that --stt_base_url is where whisper-server listens, such as http://localhost:8080, without a path.',
  otherwise: 'Something else may be listening there: check --stt_base_url.',
};

/**
 * `POST /inference` of the server that comes with whisper.cpp, which has one model. Each request asks for a window that is
 * cut to the audio, and for no second tries at rising temperatures, as the embedded Whisper does. Errors are those of `remote`.
 */
export function whisperServer({ baseUrl, language = 'en', prompt, patience }: WhisperServerOptions): Loaded<Stt> {
  async function* transcribe(client: OpenAI, samples: Int16Array, signal: AbortSignal): AsyncGenerator<Transcript> {
    const audio = padded(int16ToFloat(samples));
    const file = new File([wavBytes(floatToInt16(audio))], 'utterance.wav', { type: 'audio/wav' });
    let text: string | undefined;
    let detected: string | undefined;
    for (const window of windows(audio.length)) {
      const body = new FormData();
      // With timestamps, which nobody needs: without them the server mistakes a short word for silence, and silence for a word.
      const fields = { response_format: 'verbose_json', temperature: '0', temperature_inc: '0', audio_ctx: String(window), language, prompt };
      body.set('file', file);
      for (const [name, value] of Object.entries(fields)) if (value !== undefined) body.set(name, value);
      const answer = await client.post<unknown>('/inference', { body, signal });
      text = textOf(answer);
      detected = language === 'auto' ? languageOf(answer) : undefined;
      if (text === undefined || !isLoop(text, audio.length)) break;
    }
    if (text !== undefined) yield { text: heard(text), final: true, ...(detected === undefined ? {} : { language: detected }) };
  }
  const options = { model: '', baseUrl, ...(patience === undefined ? {} : { firstTokenTimeout: patience }) };
  return remote<Int16Array, Transcript>(server, options, transcribe).pipe(map(heardWhole));
}
