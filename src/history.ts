import type { Message } from './engines.js';

interface Turn {
  readonly asked: string;
  readonly said: string;
  readonly cut: boolean;
}

/** What was said in one conversation so far. A value: every change makes a new one. */
export interface History {
  /** The messages to send for the next question. The system prompt comes first and never changes, so that a server can keep its prefix. */
  prompt(asked: string): readonly Message[];
  /** The conversation with one more turn: what was asked, and what of the answer was really spoken. */
  add(asked: string, said: string, cut: boolean): History;
}

/** Marks an answer that the user did not hear to its end. */
export const CUT_MARK = '…';

/**
 * An empty conversation.
 * @param system the system prompt; blank for none
 * @param size turns that are remembered; older ones are left out whole (`--chat_size`)
 */
export function newHistory(system: string, size: number): History {
  return remembering(system, size, []);
}

function remembering(system: string, size: number, turns: readonly Turn[]): History {
  return {
    prompt: (asked) => [
      ...(system.trim() === '' ? [] : [{ role: 'system', content: system } as const]),
      ...alternating([...turns.flatMap(messages), { role: 'user', content: asked }]),
    ],
    add: (asked, said, cut) => remembering(system, size, size > 0 ? [...turns, { asked, said, cut }].slice(-size) : []),
  };
}

function messages({ asked, said, cut }: Turn): Message[] {
  const question: Message = { role: 'user', content: asked };
  if (said === '') return [question];
  return [question, { role: 'assistant', content: cut ? `${said}${CUT_MARK}` : said }];
}

/** A question that was never answered joins the one after it: chat templates want the roles to alternate. */
function alternating(all: readonly Message[]): Message[] {
  return all.reduce<Message[]>((kept, message) => {
    const last = kept.at(-1);
    if (last?.role !== message.role) return [...kept, message];
    return [...kept.slice(0, -1), { role: message.role, content: `${last.content}\n${message.content}` }];
  }, []);
}
