import type { BehaviorSubject } from 'rxjs';
import type { ClientSettings } from '../../src/config/settings.js';
import { SpeechError } from '../../src/errors.js';
import type { Controls } from '../keys.js';

type Steering = Pick<Controls, 'stop' | 'ask'>;

/**
 * The keys of a microphone: one that mutes it, and one that stops the answer; or, for pushing to talk, one that opens the
 * microphone, which also stops the answer, and closes it again. A terminal does not tell when a key is let go of.
 */
export function microphoneKeys({ pushToTalk }: Pick<ClientSettings, 'pushToTalk'>, muted: BehaviorSubject<boolean>, steer: Steering): Steering & Pick<Controls, 'mute' | 'talk'> {
  const toggle = (): void => muted.next(!muted.value);
  if (!pushToTalk) return { ...steer, mute: toggle };
  const { stop, ...rest } = steer;
  return {
    ...rest,
    talk: (session) => {
      if (muted.value && session !== undefined) stop?.(session);
      toggle();
    },
  };
}

/** @throws SpeechError of kind `config` where the key could not be pushed. */
export function pushable({ pushToTalk, ui }: Pick<ClientSettings, 'pushToTalk' | 'ui'>): void {
  if (!pushToTalk || ui === 'tui') return;
  throw new SpeechError('--push_to_talk needs the dashboard, whose space key it is.', {
    kind: 'config', code: 'no-terminal', hint: 'Run it on a terminal, or leave --push_to_talk out: whoever speaks is heard then.',
  });
}
