import OpenAI, { APIConnectionError, APIError, AuthenticationError, NotFoundError, PermissionDeniedError, RateLimitError } from 'openai';
import { catchError, concat, defer, filter, NEVER, type Observable, of, tap, throwError, throwIfEmpty, timeout } from 'rxjs';
import type { Llm, Loaded, Message } from '../engines.js';
import { SpeechError } from '../errors.js';
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

/** One way of asking: sends the conversation, yields the text of the answer and nothing else. */
export type Ask = (client: OpenAI, messages: readonly Message[], signal: AbortSignal) => AsyncIterable<string>;

const OPENAI = 'https://api.openai.com/v1';

/** Attempts after the first, for what may pass (no connection, 408, 409, 429, 5xx); none once text has arrived. */
const RETRIES = 1;

/**
 * A language model behind an API of OpenAI's kind. Unsubscribing closes the connection at once. Errors are SpeechErrors of
 * the stage `llm`: `llm-unreachable`, `llm-key-refused`, `llm-model-unknown`, `llm-rate-limited`, `llm-timeout`,
 * `llm-cut-off`, `llm-nonsense` (nothing that could be an answer), `llm-failed` (any other refusal). They never contain what
 * the server wrote: servers quote keys and prompts. Without a key and a base URL, or with one that is none, loading fails
 * with an error of kind `config`.
 */
export function remote(options: OpenAiOptions, ask: Ask): Loaded<Llm> {
  return defer(() => {
    const { client, address } = connect(options);
    const llm: Llm = (messages) => defer(() => {
      const { firstTokenTimeout: first = 15_000, nextTokenTimeout: each = 10_000 } = options;
      let begun = false;
      const late = (): SpeechError => failure('timeout',
        `The language model at ${address} ${begun ? `stopped answering for ${each / 1000} s` : `did not begin to answer within ${first / 1000} s`}.`,
        { hint: 'The server may be loading the model, or be too slow for it.', retryable: true });
      return abortable((signal) => ask(client, messages, signal)).pipe(
        filter((text) => text !== ''),
        timeout({ first, each, with: () => throwError(late) }),
        tap(() => { begun = true; }),
        throwIfEmpty(() => nonsense(address)),
        catchError((error: unknown) => throwError(() => translate(error, { ...options, address, begun }))),
      );
    });
    return concat(of(llm), NEVER);
  });
}

/**
 * Asks for the list of models, which costs nothing: whether the server answers, and takes the key. Emits their names.
 * Errors are those of `remote`, and `llm-no-list` where the server answers and has no such list.
 *
 * @param within milliseconds for the answer
 */
export function listModels(options: OpenAiOptions, within: number): Observable<readonly string[]> {
  return defer(() => {
    const { client, address } = connect(options);
    const list = async function* (signal: AbortSignal): AsyncGenerator<readonly string[]> {
      // Not models.list(), which takes anything for a list without models.
      const body = await client.get<{ data?: unknown } | null>('/models', { signal, maxRetries: 0 });
      const data: unknown = body?.data;
      if (!Array.isArray(data)) throw nonsense(address);
      yield data.flatMap((model: { id?: unknown } | null) => (typeof model?.id === 'string' ? [model.id] : []));
    };
    const late = (): SpeechError => failure('timeout', `${address} did not answer within ${within / 1000} s.`,
      { hint: 'Check that the server runs and is not busy, and the network in between.', retryable: true });
    return abortable(list).pipe(
      timeout({ first: within, with: () => throwError(late) }),
      catchError((error: unknown) => throwError(() => (error instanceof NotFoundError
        ? failure('no-list', `${address} answers, and has no list of models (HTTP 404).`,
          { cause: safeCause(error, error.status), hint: 'Check that the base URL ends where the API begins, mostly in /v1; some servers have no such list.' })
        : translate(error, { ...options, address, begun: false })))),
    );
  });
}

function connect({ apiKey, baseUrl }: OpenAiOptions): { client: OpenAI; address: string } {
  if (!apiKey && !baseUrl) {
    throw new SpeechError('The language model needs an API key, or the address of another server.', {
      kind: 'config', code: 'llm-key-missing', hint: 'Set OPENAI_API_KEY, or name a server with --responses_api_base_url, or use --llm_backend embedded.',
    });
  }
  const baseURL = baseUrl ?? OPENAI;
  const url = URL.canParse(baseURL) ? new URL(baseURL) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new SpeechError('The base URL of the language model is no plain http or https address.', {
      kind: 'config', code: 'llm-base-url', hint: 'It looks like this, without a user name: --responses_api_base_url http://localhost:8080/v1',
    });
  }
  // An explicit key, even an empty one, keeps the package from sending the key in the environment to somebody else's server.
  const client = new OpenAI({ apiKey: apiKey ?? 'none', baseURL, maxRetries: RETRIES, logLevel: 'off' });
  return { client, address: url.origin + url.pathname }; // A query could carry a key.
}

interface Circumstances {
  readonly model: string;
  readonly address: string;
  /** Text has arrived. */
  readonly begun: boolean;
}

function translate(error: unknown, { model, address, begun }: Circumstances): SpeechError {
  if (error instanceof SpeechError) return error;
  const status = error instanceof APIError ? error.status as number | undefined : undefined;
  const cause = safeCause(error, status);
  if (error instanceof AuthenticationError || error instanceof PermissionDeniedError) {
    return failure('key-refused', `The language model at ${address} refused the API key (HTTP ${error.status}).`,
      { cause, hint: 'Check OPENAI_API_KEY: that it is whole, not revoked, and meant for this server.' });
  }
  if (error instanceof NotFoundError) {
    return failure('model-unknown', `${address} knows no model "${model}".`,
      { cause, hint: 'Check --model_name, and that the base URL ends where the API begins, mostly in /v1.' });
  }
  if (error instanceof RateLimitError) {
    return failure('rate-limited', `${address} takes no more requests for now (HTTP 429).`,
      { cause, retryable: true, hint: 'Wait a little, or check the quota of the account.' });
  }
  if (status !== undefined) {
    return failure('failed', `${address} answered with an error (HTTP ${status}).`,
      { cause, retryable: status >= 500, hint: status >= 500 ? 'Something is wrong at the server; its log may say what.' : 'The server may not know this API: try the other --llm_backend.' });
  }
  // The package stumbles over bodies of another shape; a TypeError with a cause is the network's.
  if (error instanceof SyntaxError || (error instanceof TypeError && error.cause === undefined)) return nonsense(address, cause);
  if (begun) return failure('cut-off', `The connection to ${address} ended in the middle of an answer.`, { cause, retryable: true });
  if (error instanceof APIConnectionError) {
    return failure('unreachable', `There is no language model to be reached at ${address}.`,
      { cause, retryable: true, hint: 'Check that the server runs, the address and port, and the network or proxy in between.' });
  }
  return failure('failed', `${address} broke the answer off with an error.`, { cause, retryable: true });
}

/** An answer that is none: not JSON, of an unknown shape, or without any text. */
function nonsense(address: string, cause?: unknown): SpeechError {
  return failure('nonsense', `${address} sent nothing that can be understood as an answer.`,
    { ...(cause === undefined ? {} : { cause }), hint: 'Check that the base URL is that of an OpenAI-compatible API, mostly ending in /v1.' });
}

function failure(code: string, message: string, more: { cause?: unknown; hint?: string; retryable?: boolean }): SpeechError {
  return new SpeechError(message, { kind: 'stage', stage: 'llm', code: `llm-${code}`, ...more });
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
