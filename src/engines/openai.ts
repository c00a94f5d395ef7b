import OpenAI, {
  APIConnectionError, APIError, AuthenticationError, BadRequestError, NotFoundError, PermissionDeniedError, RateLimitError, UnprocessableEntityError,
} from 'openai';
import { Stream } from 'openai/streaming';
import { catchError, concat, defer, filter, NEVER, of, retry, tap, throwError, throwIfEmpty, timeout, type Observable } from 'rxjs';
import type { Loaded } from '../engines.js';
import { SpeechError, type Stage } from '../errors.js';
import { abortable } from './abortable.js';

export type { OpenAI };

export interface OpenAiOptions {
  readonly model: string;
  /** Needed where no `baseUrl` is given. */
  readonly apiKey?: string;
  /** Of any compatible server, up to and with its `/v1`. @default that of OpenAI */
  readonly baseUrl?: string;
  /** False waits for the whole answer, for servers that cannot stream. @default true */
  readonly stream?: boolean;
  /** @default what the server thinks right */
  readonly maxOutputTokens?: number;
  /** Milliseconds to the first text, retries included. @default 15000 */
  readonly firstTokenTimeout?: number;
  /** Milliseconds between two pieces of text. @default 10000 */
  readonly nextTokenTimeout?: number;
}

/** An engine behind such an API, as its errors speak of it. */
export interface Remote {
  readonly stage: Stage;
  /** "The language model" */
  readonly name: string;
  /** The flags or variables that hints name. */
  readonly flags: { readonly key: string; readonly baseUrl: string; readonly model: string };
  /** What to check where an address is not that of such an API. */
  readonly address: string;
  /** What else to try where the server does not take the request. */
  readonly otherwise: string;
}

/** One way of asking: sends the request, yields pieces of the answer and nothing else. Empty text is no piece. */
export type Ask<Q, T> = (client: OpenAI, request: Q, signal: AbortSignal) => AsyncIterable<T>;

const OPENAI = 'https://api.openai.com/v1';

/** Attempts after the first, for what may pass (no connection, 408, 409, 429, 5xx, an answer cut off); none once a piece has arrived. */
const RETRIES = 1;

/**
 * An engine behind an API of OpenAI's kind. Unsubscribing closes the connection at once. Errors are SpeechErrors of its
 * stage; for an LLM: `llm-unreachable`, `llm-key-refused`, `llm-model-unknown`, `llm-rate-limited`, `llm-timeout`,
 * `llm-cut-off`, `llm-nonsense` (nothing that could be an answer), `llm-failed` (any other refusal). They never contain what
 * the server wrote: servers quote keys and prompts. Without a key and a base URL, or with one that is none, loading fails
 * with an error of kind `config`.
 */
export function remote<Q, T>(engine: Remote, options: OpenAiOptions, ask: Ask<Q, T>): Loaded<(request: Q) => Observable<T>> {
  return defer(() => {
    const { client, address } = connect(engine, options);
    const { failure, nonsense, translate } = errorsOf(engine, options.model, address);
    const call = (request: Q): Observable<T> => defer(() => {
      const { firstTokenTimeout: first = 15_000, nextTokenTimeout: each = 10_000 } = options;
      let begun = false;
      const late = (): SpeechError => failure('timeout',
        `${engine.name} at ${address} ${begun ? `stopped answering for ${each / 1000} s` : `did not begin to answer within ${first / 1000} s`}.`,
        { hint: 'The server may be loading the model, or be too slow for it.', retryable: true });
      return abortable((signal) => ask(client, request, signal)).pipe(
        filter((piece: unknown): piece is T => piece !== ''),
        // The package tries a request again, not an answer whose line was cut before it said anything.
        retry({ count: RETRIES, delay: (error: unknown) => (!begun && isCut(error) ? of(true) : throwError(() => error)) }),
        timeout({ first, each, with: () => throwError(late) }),
        tap(() => { begun = true; }),
        throwIfEmpty(nonsense),
        catchError((error: unknown) => throwError(() => translate(error, begun))),
      );
    });
    return concat(of(call), NEVER);
  });
}

/**
 * Asks for the list of models, which costs nothing: whether the server answers, and takes the key. Emits their names.
 * Errors are those of `remote`, and `llm-no-list` where the server answers and has no such list.
 *
 * @param within milliseconds for the answer
 */
export function listModels(engine: Remote, options: OpenAiOptions, within: number): Observable<readonly string[]> {
  return defer(() => {
    const { client, address } = connect(engine, options);
    const { failure, nonsense, translate } = errorsOf(engine, options.model, address);
    const list = async function* (signal: AbortSignal): AsyncGenerator<readonly string[]> {
      // Not models.list(), which takes anything for a list without models.
      const body = await client.get<{ data?: unknown } | null>('/models', { signal, maxRetries: 0 });
      const data: unknown = body?.data;
      if (!Array.isArray(data)) throw nonsense();
      yield data.flatMap((model: { id?: unknown } | null) => (typeof model?.id === 'string' ? [model.id] : []));
    };
    const late = (): SpeechError => failure('timeout', `${address} did not answer within ${within / 1000} s.`,
      { hint: 'Check that the server runs and is not busy, and the network in between.', retryable: true });
    return abortable(list).pipe(
      timeout({ first: within, with: () => throwError(late) }),
      catchError((error: unknown) => throwError(() => (error instanceof NotFoundError
        ? failure('no-list', `${address} answers, and has no list of models (HTTP 404).`,
          { cause: safeCause(error, error.status), hint: 'Check that the base URL ends where the API begins, mostly in /v1; some servers have no such list.' })
        : translate(error, false)))),
    );
  });
}

/** Whether a server refused a request for what it asks, so that another way of asking may do. */
export const isRefused = (error: unknown): boolean => error instanceof BadRequestError || error instanceof UnprocessableEntityError;

/** A TypeError with a cause is the network's. */
const isCut = (error: unknown): boolean => error instanceof TypeError && error.cause !== undefined;

/** The events of an answer that is a stream of them, for requests of which one cannot know whether it is. */
export const eventsOf = (response: Response, client: OpenAI): AsyncIterable<unknown> => Stream.fromSSEResponse<unknown>(response, new AbortController(), client);

function connect({ stage, name, flags }: Remote, { apiKey, baseUrl }: OpenAiOptions): { client: OpenAI; address: string } {
  if (!apiKey && !baseUrl) {
    throw new SpeechError(`${name} needs an API key, or the address of another server.`, {
      kind: 'config', code: `${stage}-key-missing`, hint: `Set ${flags.key}, or name a server with ${flags.baseUrl}.`,
    });
  }
  const baseURL = baseUrl ?? OPENAI;
  const url = URL.canParse(baseURL) ? new URL(baseURL) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new SpeechError(`The base URL of ${lower(name)} is no plain http or https address.`, {
      kind: 'config', code: `${stage}-base-url`, hint: `It looks like this, without a user name: ${flags.baseUrl} http://localhost:8080/v1`,
    });
  }
  // An explicit key, even an empty one, keeps the package from sending the key in the environment to somebody else's server.
  const client = new OpenAI({ apiKey: apiKey ?? 'none', baseURL, maxRetries: RETRIES, logLevel: 'off' });
  return { client, address: url.origin + url.pathname }; // A query could carry a key.
}

const lower = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

interface Errors {
  readonly failure: (code: string, message: string, more: { cause?: unknown; hint?: string; retryable?: boolean }) => SpeechError;
  /** An answer that is none: not JSON, of an unknown shape, or without anything in it. */
  readonly nonsense: (cause?: unknown) => SpeechError;
  /** `begun`: a piece of the answer has arrived. */
  readonly translate: (error: unknown, begun: boolean) => SpeechError;
}

/** The words for what goes wrong with one engine at one address. */
function errorsOf({ stage, name, flags, address: check, otherwise }: Remote, model: string, address: string): Errors {
  const failure: Errors['failure'] = (code, message, more) => new SpeechError(message, { kind: 'stage', stage, code: `${stage}-${code}`, ...more });
  const nonsense: Errors['nonsense'] = (cause) => failure('nonsense', `${address} sent nothing that can be understood as an answer.`,
    { ...(cause === undefined ? {} : { cause }), hint: check });
  const translate: Errors['translate'] = (error, begun) => {
    if (error instanceof SpeechError) return error;
    const status = error instanceof APIError ? error.status as number | undefined : undefined;
    const cause = safeCause(error, status);
    if (error instanceof AuthenticationError || error instanceof PermissionDeniedError) {
      return failure('key-refused', `${name} at ${address} refused the API key (HTTP ${error.status}).`,
        { cause, hint: `Check ${flags.key}: that it is whole, not revoked, and meant for this server.` });
    }
    if (error instanceof NotFoundError) {
      return failure('model-unknown', model === '' ? `There is nothing to ask at ${address} (HTTP 404).` : `${address} knows no model "${model}".`,
        { cause, hint: model === '' ? check : `Check ${flags.model}. ${check}` });
    }
    if (error instanceof RateLimitError) {
      return failure('rate-limited', `${address} takes no more requests for now (HTTP 429).`,
        { cause, retryable: true, hint: 'Wait a little, or check the quota of the account.' });
    }
    if (status !== undefined) {
      return failure('failed', `${address} answered with an error (HTTP ${status}).`,
        { cause, retryable: status >= 500, hint: status >= 500 ? 'Something is wrong at the server; its log may say what.' : otherwise });
    }
    // The package stumbles over bodies of another shape.
    if (error instanceof SyntaxError || (error instanceof TypeError && !isCut(error))) return nonsense(cause);
    if (begun) return failure('cut-off', `The connection to ${address} ended in the middle of an answer.`, { cause, retryable: true });
    if (error instanceof APIConnectionError) {
      return failure('unreachable', `${name} cannot be reached at ${address}.`,
        { cause, retryable: true, hint: 'Check that the server runs, the address and port, and the network or proxy in between.' });
    }
    return failure('failed', `${address} broke the answer off with an error.`, { cause, retryable: true });
  };
  return { failure, nonsense, translate };
}

/** What may be kept of an error: names and numbers, nothing a server could have quoted. */
function safeCause(error: unknown, status: number | undefined): Error {
  const codes: string[] = [];
  for (let at = error; at instanceof Error && codes.length < 5; at = at.cause) {
    codes.push(at.constructor.name);
    if ('code' in at && typeof at.code === 'string' && /^[A-Z_]+$/.test(at.code)) codes.push(at.code);
  }
  return new Error([...(status === undefined ? [] : [`HTTP ${status}`]), ...codes].join(', '));
}
