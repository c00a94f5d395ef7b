import { map } from 'rxjs';
import { wavBytes } from '../../audio/wav.js';
import type { Loaded, Stt, Transcript } from '../../engines.js';
import { eventsOf, isRefused, remote, type OpenAI, type OpenAiOptions } from '../openai.js';
import { heardWhole } from './collected.js';
import { heard, spoken, type Segment } from './heard.js';
import { languageCode } from './language-code.js';
import { remoteStt } from './remote-stt.js';

export interface TranscriptionsOptions extends OpenAiOptions {
  /** Code of the spoken language, or `auto`, which leaves it to the server. @default 'auto' */
  readonly language?: string;
  /** Words that are likely to be said: names above all. */
  readonly prompt?: string;
}

/**
 * How to ask, best first: a stream gives partials; a verbose answer says how sure it is that somebody spoke; every server
 * knows the last one.
 */
const WAYS = [
  { stream: true, response_format: 'json' }, { stream: false, response_format: 'verbose_json' }, { stream: false, response_format: 'json' },
] as const;
const PLAINEST = WAYS.length - 1;

/**
 * `POST /audio/transcriptions`, of OpenAI and of all that speak like it. Streams where the server does; a server that
 * answers with a whole, or refuses to be asked so, is asked in a plainer way from then on. Errors are those of `remote`.
 */
export function transcriptions({ language = 'auto', prompt, ...options }: TranscriptionsOptions): Loaded<Stt> {
  let way = options.stream === false ? 1 : 0;

  async function* transcribe(client: OpenAI, audio: Int16Array, signal: AbortSignal): AsyncGenerator<Transcript> {
    const request = {
      file: new File([wavBytes(audio)], 'utterance.wav', { type: 'audio/wav' }),
      model: options.model,
      ...(language === 'auto' ? {} : { language }),
      ...(prompt === undefined ? {} : { prompt }),
    };
    const ask = async (index: number): Promise<Response> => {
      try {
        // The type of a whole answer, whichever comes: only its headers tell.
        const asked = { ...request, ...WAYS[index] } as OpenAI.Audio.TranscriptionCreateParamsNonStreaming;
        const response = await client.audio.transcriptions.create(asked, { signal }).asResponse();
        way = index;
        return response;
      } catch (error) {
        if (isRefused(error) && index < PLAINEST) return ask(index + 1);
        throw error;
      }
    };
    const response = await ask(way);
    if (response.headers.get('content-type')?.includes('text/event-stream')) {
      yield* transcripts(eventsOf(response, client));
      return;
    }
    way = Math.max(way, 1); // It does not stream.
    const answer: unknown = await response.json();
    const text = textOf(answer);
    const detected = language === 'auto' ? languageOf(answer) : undefined;
    if (text !== undefined) yield { text: heard(text), final: true, ...(detected === undefined ? {} : { language: detected }) };
  }

  return remote<Int16Array, Transcript>(remoteStt, options, transcribe).pipe(map(heardWhole));
}

/** What a whole answer says; a server may send anything, and what is no text is none. */
export function textOf(body: unknown): string | undefined {
  const { text, segments } = (body ?? {}) as { text?: unknown; segments?: unknown };
  if (typeof text !== 'string') return undefined;
  const known = Array.isArray(segments) && segments.length > 0 && segments.every((segment: unknown): segment is Segment => typeof (segment as Partial<Segment> | null)?.text === 'string');
  return known ? spoken(segments) : text;
}

/** The language that a verbose answer names. */
export const languageOf = (body: unknown): string | undefined => languageCode((body as { language?: unknown } | null)?.language);

/** Deltas as growing partials, then the final: with the text of the last event or, of servers that only send segments, all of theirs. */
async function* transcripts(events: AsyncIterable<unknown>): AsyncGenerator<Transcript> {
  let sofar = '';
  let whole: string | undefined;
  let understood = false;
  for await (const event of events) {
    const { type, delta, text } = (event ?? {}) as { type?: unknown; delta?: unknown; text?: unknown };
    const piece = type === 'transcript.text.delta' ? delta : type === undefined ? text : undefined;
    if (type === 'transcript.text.done' && typeof text === 'string') whole = text;
    else if (typeof piece === 'string') {
      sofar += piece;
      const words = heard(sofar);
      if (words !== '') yield { text: words, final: false };
    } else continue;
    understood = true;
  }
  if (understood) yield { text: heard(whole ?? sofar), final: true };
}
