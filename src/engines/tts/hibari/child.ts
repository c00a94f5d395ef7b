import { asSpeechError } from '../../../errors.js';
import { serveCalls } from '../../child-side.js';
import { openSpeaker, type SpeakerSetup } from './speaker.js';

// The process the voice runs in: says one text after the other. A cancelled one is left at the next block.
serveCalls<string, Int16Array>(async () => {
  const speak = await openSpeaker(JSON.parse(process.argv[2] ?? '{}') as SpeakerSetup);

  return async function* (text: string): AsyncGenerator<Int16Array, void, undefined> {
    try {
      for await (const audio of speak(text)) if (audio.length > 0) yield audio;
    } catch (error) {
      throw asSpeechError(error, { kind: 'stage', code: 'tts-failed', stage: 'tts', retryable: true });
    }
  };
});
