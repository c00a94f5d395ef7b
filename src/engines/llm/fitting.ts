import type { Message } from '../../engines.js';
import { SpeechError } from '../../errors.js';

/** Share of the room that is filled again after turns had to go: the next ones then need not go at once. */
const REFILL = 0.6;

/**
 * Leaves out the oldest turns of a conversation that has become longer than `room` (in what `size` counts, tokens). The
 * system prompt stays, a turn goes as a whole, and the last one always stays. What was left out once stays out while the
 * conversation goes on, so that the head of the prompt, and with it the model's memory of it, does not change every turn.
 * A conversation whose last turn alone is too long is a SpeechError, code `llm-too-long`.
 */
export function fitting(size: (messages: readonly Message[]) => number, room: number): (messages: readonly Message[]) => readonly Message[] {
  let first: Message | undefined;

  return (messages) => {
    const system = messages.filter(({ role }) => role === 'system');
    const turns = intoTurns(messages.filter(({ role }) => role !== 'system'));
    const kept = (from: number): Message[] => [...system, ...turns.slice(from).flat()];

    const before = turns.findIndex(([opening]) => opening?.content === first?.content);
    let from = Math.max(0, before);
    if (size(kept(from)) <= room) return kept(from);

    while (from < turns.length - 1 && size(kept(from)) > room * REFILL) from++;
    if (size(kept(from)) > room) {
      throw new SpeechError('What was said is too long for the language model.', {
        kind: 'stage', code: 'llm-too-long', hint: 'Say it in shorter pieces, or shorten --init_chat_prompt.',
      });
    }
    first = turns[from]?.[0];
    return kept(from);
  };
}

/** A turn begins with what the user says. */
function intoTurns(messages: readonly Message[]): Message[][] {
  const turns: Message[][] = [];
  for (const message of messages) {
    const turn = turns.at(-1);
    if (!turn || message.role === 'user') turns.push([message]);
    else turn.push(message);
  }
  return turns;
}
