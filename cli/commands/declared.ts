import { readFileSync } from 'node:fs';
import type { ServerSettings } from '../../src/config/settings.js';
import type { Tool } from '../../src/tools.js';
import { declaredTools } from '../../src/tools/declared-tools.js';
import type { Io } from '../io.js';
import type { AppEvent } from '../views/app-event.js';

/**
 * The tools that settings declare, and what is to be said of them at the start. What they know is kept secret from then on.
 *
 * @throws SpeechError of kind `config`
 */
export function declared({ tools: source, toolsAllow }: ServerSettings, { env, keepSecret }: Pick<Io, 'env' | 'keepSecret'>): { readonly tools: readonly Tool[]; readonly news: readonly AppEvent[] } {
  if (source === undefined) return { tools: [], news: [] };
  const allow = toolsAllow?.split(',').map((name) => name.trim()).filter((name) => name !== '');
  const { tools, withheld, secrets } = declaredTools(source, { allow, env, readFile: (path) => readFileSync(path, 'utf8') });
  secrets.forEach(keepSecret);
  const notice = (message: string): AppEvent => ({ type: 'notice', message, at: Date.now() });
  const names = tools.map(({ name, acts }) => `${name}${acts === false ? '' : ' (asks first)'}`);
  return {
    tools,
    news: [
      notice(names.length === 0 ? 'The model may use no tools.' : `The model may use ${names.join(', ')}.`),
      ...(withheld.length === 0 ? [] : [notice(`Declared, and not to be used: ${withheld.join(', ')}. --tools_allow names those that may; unset, these are all that do not act.`)]),
    ],
  };
}
