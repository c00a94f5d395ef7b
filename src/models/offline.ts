import { SpeechError } from '../errors.js';

/** A model that is not here while nothing may be fetched: `offline`, kind `model`, with the commands that bring it here. */
export function notWhileOffline(name: string, cache: string): SpeechError {
  return new SpeechError(`The model ${name} is not in ${cache}, and nothing is fetched: --offline, or HF_HUB_OFFLINE, forbids it.`, {
    kind: 'model',
    code: 'offline',
    hint: `Fetch it where there is a network: speech-to-speech models pull ${name} --cache FOLDER\n`
      + `bring the files here, and then: speech-to-speech models import FILE --as ${name}`,
  });
}
