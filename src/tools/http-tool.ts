import { catchError, map, type Observable } from 'rxjs';
import type { ToolDeclaration } from '../config/tool-declaration.js';
import { abortable } from '../engines/abortable.js';
import { SpeechError } from '../errors.js';
import type { ToolArgs } from '../tools.js';
import { resultOf } from './result-of.js';
import { filled, placesIn, textOf, variablesIn, withVariables } from './template.js';

type Env = Readonly<Record<string, string | undefined>>;
type Http = NonNullable<ToolDeclaration['http']>;

/** Names of headers that carry what nobody else may know. */
const SECRET = /auth|key|token|secret|password|cookie/i;

/** What is wrong with the declaration of a request, with the key at fault; undefined where nothing is. Quotes no value. */
export function wrongRequest({ method, url, headers, args }: Http, env: Env): string | undefined {
  const variable = [url, ...Object.values(headers)].flatMap(variablesIn).find((name) => (env[name] ?? '') === '');
  if (variable !== undefined) return `http: the environment variable ${variable} is not set`;
  const literal = Object.entries(headers).find(([name, value]) => SECRET.test(name) && variablesIn(value).length === 0);
  if (literal !== undefined) return `http.headers.${literal[0]}: a key belongs into an environment variable, here \${ITS_NAME}`;
  for (const [name, value] of Object.entries(headers)) {
    try {
      new Headers({ [name]: withVariables(value, env) });
    } catch {
      return `http.headers.${name}: this is no header`; // The error itself quotes the value.
    }
  }
  const [one, other] = ['a', 'b'].map((letter) => withVariables(filled(url, () => letter), env)).map((text) => (URL.canParse(text) ? new URL(text) : undefined));
  if (one === undefined || !/^https?:$/.test(one.protocol) || one.username !== '' || one.password !== '') return 'http.url: this is no plain http or https address';
  if (one.origin !== other?.origin) return 'http.url: arguments may stand in the path and the query only';
  if (args === 'json' && method === 'GET') return 'http.args: a GET has no body';
  return undefined;
}

/** What may not be shown of a request. */
export const secretsOf = ({ url, headers }: Http, env: Env): readonly string[] =>
  [url, ...Object.values(headers)].flatMap(variablesIn).map((name) => env[name] ?? '').filter((value) => value.length >= 4);

/**
 * Makes a request of a tool. Redirections are not followed: they would take the keys elsewhere. What variables hold is kept
 * out of results and errors, whatever the server writes.
 *
 * @throws SpeechError of kind `net`, code `tool-unreachable` or, with what the server said, `tool-refused`
 */
export function request(http: Http, most: number, env: Env): (args: ToolArgs) => Observable<string> {
  const secrets = secretsOf(http, env).flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  const clean = (text: string): string => secrets.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
  const headers = Object.fromEntries(Object.entries(http.headers).map(([name, value]) => [name, withVariables(value, env)]));

  return (args) => {
    let status = 0;
    return abortable(async function* (signal) {
      const { url, body } = addressed(http, args, env);
      const response = await fetch(url, {
        method: http.method, signal, redirect: 'manual',
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, ...(body === undefined ? {} : { body }),
      });
      ({ status } = response);
      yield* response.body ?? [];
    }).pipe(
      catchError((error: unknown) => { throw unreachable(error); }),
      resultOf(most),
      map((text) => {
        if (status >= 200 && status < 300) return clean(text);
        throw new SpeechError(clean(`HTTP ${status}${text === '' ? '' : `: ${text}`}`), { kind: 'net', code: 'tool-refused' });
      }),
    );
  };
}

/** Where a request goes, and what it carries. An argument can leave neither its place in the path nor the host. */
function addressed({ method, url, args: how = method === 'GET' || method === 'DELETE' ? 'query' : 'json' }: Http, args: ToolArgs, env: Env): { url: URL; body?: string } {
  const address = filled(url, (name) => encodeURIComponent(textOf(args[name])));
  if (/[/](\.|%2e){1,2}(?=[/?#]|$)/i.test(address)) throw new SpeechError('An argument is no name that can stand in an address.', { kind: 'stage', code: 'tool-arguments' });
  const whole = new URL(withVariables(address, env));
  const places = new Set(placesIn(url));
  const others = Object.entries(args).filter(([name]) => !places.has(name));
  if (how === 'json') return { url: whole, body: JSON.stringify(Object.fromEntries(others)) };
  for (const [name, value] of others) whole.searchParams.append(name, textOf(value));
  return { url: whole };
}

/** Names and codes only: messages of the network may quote an address, and that may hold a key. */
function unreachable(error: unknown): SpeechError {
  if (error instanceof SpeechError) return error;
  const codes = [error, error instanceof Error ? error.cause : undefined].flatMap((one) => (one instanceof Error && 'code' in one && typeof one.code === 'string' ? [one.code] : []));
  return new SpeechError(`The server cannot be reached${codes[0] === undefined ? '' : ` (${codes[0]})`}.`, { kind: 'net', code: 'tool-unreachable', retryable: true });
}
