import { map, NEVER, tap } from 'rxjs';
import type { Observable } from 'rxjs';
import { conversation } from '../conversation.js';
import type { ConversationEvent, ConversationOptions } from '../conversation.js';
import type { CancelReason } from '../events.js';
import type { SessionChange } from '../session-options.js';
import type { Tool } from '../tools.js';
import type { Connection } from '../transports/connection.js';
import type { Door } from './door.js';

/** Told of the bytes of an answer that are on their way to the client. */
type OnSent = (bytes: Uint8Array) => void;

/** A conversation like any other, but that everything it learns of the world comes through a door. */
export function conversationBehind(
  door: Door, connection: Connection, gone: Observable<unknown>, cancel: Observable<CancelReason>, options: ConversationOptions, onSent: OnSent,
): Observable<ConversationEvent> {
  const { engines: { vad, stt, llm, tts }, session: { changes, typed = NEVER, ...others } = {} } = options;
  const session = { ...others, typed: door.hear('typed', () => typed) };
  return door.guard(conversation(
    connectionBehind(door, connection, onSent),
    door.hear('gone', () => gone.pipe(map(() => true))),
    door.hear('cancel', () => cancel),
    {
      ...options,
      scheduler: door.scheduler,
      session: { ...changeBehind(door, session), ...(changes && { changes: door.hear('changes', () => changes).pipe(map((change) => changeBehind(door, change))) }) },
      engines: {
        vad: () => {
          const judge = vad();
          return (frame) => door.hear('vad', () => {
            const speech = judge(frame);
            return typeof speech === 'number' ? [speech] : speech;
          });
        },
        ...changeBehind(door, { stt, llm, tts }),
      },
    },
  ));
}

function changeBehind<C extends SessionChange>(door: Door, change: C): C {
  const { stt, llm, tts, tools } = change;
  return {
    ...change,
    ...(stt && { stt: (utterance) => door.hear('stt', () => stt(utterance)) }),
    ...(llm && { llm: (messages, tooling) => door.hear('llm', () => llm(messages, tooling)) }),
    ...(tts && { tts: (text) => door.hear('tts', () => tts(text)) }),
    ...(tools && { tools: tools.map((tool) => toolBehind(door, tool)) }),
  };
}

function toolBehind(door: Door, tool: Tool): Tool {
  return {
    ...tool,
    question: (args) => door.ask(() => tool.question?.(args)),
    check: (args) => door.ask(() => tool.check?.(args)),
    run: (args) => door.hear('tool', () => tool.run(args)),
  };
}

/** A connection of which everything is learnt through a door. */
export function connectionBehind(door: Pick<Door, 'hear' | 'look'>, connection: Connection, onSent: OnSent): Connection {
  /** Bytes of all sends that are over. */
  let told = 0;
  return {
    peer: connection.peer,
    audio: door.hear('mic', () => connection.audio),
    send: (bytes) => {
      const over = (): void => {
        const sent = door.look(() => connection.sent);
        onSent(bytes.subarray(0, sent - told));
        told = sent;
      };
      return door.hear('send', () => connection.send(bytes)).pipe(tap({ complete: over, error: over, unsubscribe: over }));
    },
    get sent() {
      return door.look(() => connection.sent);
    },
    hold: (held) => connection.hold(held),
    close: (reason) => connection.close(reason),
  };
}
