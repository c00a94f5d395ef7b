import type { AppEvent } from './app-event.js';

/** What a conversation waits for before it listens again, after an event and what it waited for before it; undefined where it listens. */
export function waitingFor(before: string | undefined, event: AppEvent): string | undefined {
  switch (event.type) {
    case 'speech.stopped':
      return event.accepted ? 'the STT' : before;
    case 'typed':
      return 'the LLM';
    case 'transcript':
      return event.final ? 'the LLM' : before;
    case 'tool.called':
      return `the tool ${event.tool}`;
    case 'tool.done':
      return 'the LLM';
    case 'reply.started':
      return 'a whole sentence of the LLM';
    case 'reply.text':
      return 'the TTS';
    case 'reply.audio':
      return 'the answer to be sent';
    case 'reply.done':
      return undefined;
    case 'cancelled':
      // The answer that was under way goes on.
      return event.reason === 'backchannel' || event.reason === 'ignored' ? before : undefined;
    case 'failed':
      return 'turn' in event ? undefined : before;
    case 'gate':
      return event.open ? undefined : before;
    case 'connected':
    case 'disconnected':
      return undefined;
    default:
      return before;
  }
}
