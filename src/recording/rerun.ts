import { NEVER } from 'rxjs';
import type { ConversationEvent, ConversationOptions } from '../conversation.js';
import type { Engines } from '../engines.js';
import { asSpeechError, type SpeechError } from '../errors.js';
import { conversationBehind } from './conversation-behind.js';
import { replayDoor } from './door.js';
import type { RecordedInputs } from './read-recording.js';

/** What happened when it was held again. */
export interface Rerun {
  readonly events: readonly (ConversationEvent & { readonly session: number })[];
  /** Bytes that would have been sent to the client. */
  readonly reply: Uint8Array;
}

/** Everything that is said comes out of the recording. */
const silent: Engines = { vad: () => () => NEVER, stt: () => NEVER, llm: () => NEVER, tts: () => NEVER };
const nobody = { peer: '', audio: NEVER, send: () => NEVER, sent: 0, hold: () => undefined, close: () => undefined };

/** Holds a recorded conversation again, on a virtual clock, with what the engines and the network said at the time. */
export function rerun({ header, inputs, over }: RecordedInputs): Rerun {
  const { options, session, at } = header;
  const events: Rerun['events'][number][] = [];
  const reply: Uint8Array[] = [];
  const door = replayDoor(at, inputs);
  // Of tools there is what was declared; what they do comes out of the recording.
  const settings = { ...options, engines: silent, session: { ...options.session, changes: NEVER } } as unknown as ConversationOptions;
  const failures: SpeechError[] = [];
  const running = conversationBehind(door, nobody, NEVER, NEVER, settings, (bytes) => reply.push(bytes)).subscribe({
    next: (event) => events.push({ ...event, session }),
    error: (error: unknown) => failures.push(asSpeechError(error, { kind: 'internal', code: 'internal' })),
  });
  door.open(over === undefined ? at : at + over.t);
  running.unsubscribe();
  for (const failure of failures) throw failure;
  // Who left in the middle of what was happening did not hear the rest of it.
  return { events: over === undefined || over.over === 'complete' ? events : events.slice(0, over.events), reply: Buffer.concat(reply) };
}
