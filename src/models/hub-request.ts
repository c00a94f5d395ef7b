import { STATUS_CODES } from 'node:http';
import { EnvHttpProxyAgent, fetch, type Response } from 'undici';
import { SpeechError } from '../errors.js';
import { errorCode } from './disk.js';
import { HUB } from './hub-address.js';
import { NotHere } from './source.js';

/** The variables that are read here: proxies, the token, and whose it is. */
export type HubVariables = Readonly<Record<string, string | undefined>>;

export interface HubQuestion {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** An answer that is given back although it sends elsewhere. */
  readonly isEnough?: (answer: Response) => boolean;
}

/** Redirects that are followed: repositories are renamed, and files lie elsewhere. */
const REDIRECTS = 5;

/**
 * A way to the hub and to the hosts that it sends on to: through `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, and with
 * `HF_TOKEN` for the host of `HF_ENDPOINT` and for no other, whoever redirects there. To be closed.
 *
 * @throws SpeechError `bad-proxy`, kind `config`
 */
export function hubClient(env: HubVariables): { readonly ask: (url: string, question: HubQuestion) => Promise<Response>; readonly close: () => Promise<void> } {
  // Each is given, so that what undici would read of the process's own variables has no say. A plain address needs no tunnel.
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: proxyOf(env, 'http_proxy'), httpsProxy: proxyOf(env, 'https_proxy'), noProxy: variable(env, 'no_proxy'), proxyTunnel: false,
  });
  const token = env['HF_TOKEN']?.trim() ?? '';
  const endpoint = env['HF_ENDPOINT'] ?? '';
  const home = new URL(URL.canParse(endpoint) ? endpoint : HUB).origin;

  const ask = async (url: string, { method = 'GET', headers = {}, signal, isEnough = () => false }: HubQuestion): Promise<Response> => {
    for (let at = new URL(url), left = REDIRECTS; ; left--) {
      const authorization = token !== '' && at.origin === home ? { authorization: `Bearer ${token}` } : {};
      const answer = await fetch(at, {
        method, signal, dispatcher, redirect: 'manual', headers: { 'accept-encoding': 'identity', ...headers, ...authorization },
      }).catch((error: unknown) => {
        throw signal.aborted ? signal.reason : new NotHere(`${at.host} cannot be reached (${reasonOf(error)})`);
      });
      const onward = answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null;
      if (onward === null || isEnough(answer)) return answer;
      await answer.body?.cancel();
      if (left === 0) throw new NotHere(`${at.host} sends on and on`);
      at = new URL(onward, at);
    }
  };
  return { ask, close: () => dispatcher.destroy() };
}

/** A variable in lower case, else in upper case, as other programs read those of proxies. */
const variable = (env: HubVariables, name: string): string => (env[name] ?? env[name.toUpperCase()] ?? '').trim();

/** The address of a proxy; like other programs, this takes one without its http://. Empty where there is none. */
function proxyOf(env: HubVariables, name: string): string {
  const said = variable(env, name);
  const address = said === '' || said.includes('://') ? said : `http://${said}`;
  if (address === '' || (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol))) return address;
  // It may hold a password, and is not shown.
  throw new SpeechError(`${name.toUpperCase()} is no address of a proxy that models can be fetched through.`, {
    kind: 'config', code: 'bad-proxy', hint: 'It looks like this: http://proxy.example.com:3128',
  });
}

/** A status as the protocol calls it: what a server calls it may be anything. */
export const inWords = (status: number): string => `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();

/** What `fetch` means by "fetch failed". */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return errorCode(cause) ?? (cause instanceof Error ? cause.message : error instanceof Error ? error.message : String(error));
}

/** Seconds after which a server that is asked too much may be asked again; undefined where it does not say. */
export function retryAfter(answer: Response, now: number = Date.now()): number | undefined {
  const said = answer.headers.get('retry-after');
  if ((answer.status !== 429 && answer.status !== 503) || said === null) return undefined;
  const seconds = /^\d+$/.test(said.trim()) ? Number(said) : (Date.parse(said) - now) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds));
}
