import { SpeechError } from '../errors.js';
import type { Source } from './model.js';

/** The model hub that is asked where nothing else is said. */
export const HUB = 'https://huggingface.co';

/**
 * The base address of the hub: the one given, else SPEECH_TO_SPEECH_HUB, else HF_ENDPOINT (which the hub's own tools
 * read for mirrors), else huggingface.co.
 *
 * @throws SpeechError `bad-hub`, kind `config`
 */
export function hubAddress(override?: string, env: Readonly<Record<string, string | undefined>> = process.env): string {
  const address = [override, env['SPEECH_TO_SPEECH_HUB'], env['HF_ENDPOINT']].find((each) => each !== undefined && each !== '') ?? HUB;
  if (!/^https?:$/.test(URL.canParse(address) ? new URL(address).protocol : '')) {
    throw new SpeechError(`"${address}" is no address of a model hub.`, {
      kind: 'config',
      code: 'bad-hub',
      hint: 'It has to begin with https:// or http://; see SPEECH_TO_SPEECH_HUB and HF_ENDPOINT.',
    });
  }
  return address.replace(/\/+$/, '');
}

export function hubUrl(hub: string, { repository, paths }: Extract<Source, { kind: 'hub' }>, file: string): string {
  const path = (paths[file] ?? file).split('/').map(encodeURIComponent).join('/');
  return `${hub}/${repository}/resolve/main/${path}`;
}

/** Whether variables forbid the network for models, as the hub's own tools read it. */
export function isOffline(env: Readonly<Record<string, string | undefined>>): boolean {
  return /^(1|true|yes|on)$/i.test(env['HF_HUB_OFFLINE']?.trim() ?? '');
}
