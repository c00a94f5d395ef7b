import type { ConversationView } from './conversation-view.js';
import { bytes, stopwatch } from './durations.js';

/** That a conversation is recorded, how long already and how much: `REC 0:42 1.4 MB`. @param awaits whether the next conversation will be */
export function recordingMark(conversation: ConversationView | undefined, now: number, awaits = false): string | undefined {
  if (conversation?.recording !== undefined) return `REC ${stopwatch(now - conversation.recording.since)} ${bytes(conversation.recording.bytes)}`;
  return awaits && (conversation === undefined || conversation.over !== undefined) ? 'REC next client' : undefined;
}
