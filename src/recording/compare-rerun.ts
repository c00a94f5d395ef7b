import { jsonLine } from '../json-line.js';
import { readEvents, readInputs, type RecordedEvent } from './read-recording.js';
import { rerun } from './rerun.js';

export interface Comparison {
  /** Whether the same events came out, and the same bytes for the client. */
  readonly same: boolean;
  /** Events that were compared. */
  readonly events: number;
  /** Whether the recording ends before the session did: what is there of it was compared. */
  readonly cut: boolean;
  /** The first difference between the events; a side that has no more has nothing. */
  readonly difference?: {
    /** Which event of the conversation, from 0, and the lines of some events before it. */
    readonly index: number;
    readonly before: readonly string[];
    readonly recorded: string | undefined;
    readonly again: string | undefined;
  };
  /** Which byte of reply.wav is the first that is another. */
  readonly byte?: number;
}

/** Lines that are shown before a difference. */
const CONTEXT = 3;

/**
 * Holds a recorded conversation again and compares what comes out with what was recorded.
 *
 * @throws SpeechError of kind `config`, as `readEvents` and `readInputs` do.
 */
export async function compareRerun(folder: string): Promise<Comparison> {
  const [told, inputs] = await Promise.all([readEvents(folder), readInputs(folder)]);
  const recorded = told.filter(ofConversation).map(({ line }) => line);
  const { events, reply } = rerun(inputs);
  const again = events.map(jsonLine);
  const cut = inputs.over === undefined || inputs.over.over === 'stopped';
  // Events and inputs of a recording that was cut off do not end at the same moment.
  const length = cut ? Math.min(recorded.length, again.length) : Math.max(recorded.length, again.length);
  const index = Array.from({ length }, (_, n) => n).find((n) => recorded[n] !== again[n]);
  if (index !== undefined) {
    const difference = { index, before: recorded.slice(Math.max(0, index - CONTEXT), index), recorded: recorded[index], again: again[index] };
    return { same: false, events: index, cut, difference };
  }
  const bytes = cut ? Math.min(reply.length, inputs.reply.length) : Math.max(reply.length, inputs.reply.length);
  const byte = firstDifference(reply, inputs.reply, bytes);
  return byte < bytes ? { same: false, events: length, cut, byte } : { same: true, events: length, cut };
}

function firstDifference(one: Uint8Array, other: Uint8Array, length: number): number {
  let byte = 0;
  while (byte < length && one[byte] === other[byte]) byte += 1;
  return byte;
}

/** Whether it is news of the conversation, and not of those who come and go, or of the recording itself. */
function ofConversation({ event }: RecordedEvent): boolean {
  switch (event.type) {
    case 'hello':
    case 'connected':
    case 'paired':
    case 'disconnected':
    case 'recording':
      return false;
    case 'warning':
      return !event.code.startsWith('recording-');
    default:
      return true;
  }
}
