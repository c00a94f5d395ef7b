import type { Message } from './engines.js';

interface Turn {
  readonly asked: string;
  readonly said: string;
  readonly cut: boolean;
}

export interface HistoryOptions {
  /** Turns that are remembered (`--chat_size`). */
  readonly turns: number;
  /** Tokens of a whole prompt, the system prompt included (`--chat_tokens`). @default Infinity */
  readonly tokens?: number;
  /** How many tokens a text has. @default one for every four characters, and one for each character of a script without spaces */
  readonly count?: (text: string) => number;
}

/** What was said in one conversation so far. A value: every change makes a new one. */
export interface History {
  /** The messages to send for the next question. The system prompt comes first and never changes, so that a server can keep its prefix. */
  readonly prompt: (asked: string) => readonly Message[];
  /** The conversation with one more turn: what was asked, and what of the answer was really spoken. */
  readonly add: (asked: string, said: string, cut: boolean) => History;
  /** The same conversation with another system prompt and other bounds. */
  readonly under: (system: string, options: HistoryOptions) => History;
}

/** Marks an answer that the user did not hear to its end. */
export const CUT_MARK = '…';

/**
 * Share of the tokens that stay when turns have to go. Were it all of them, the head of every later prompt would be another
 * one, and a server would have to read each from the start.
 */
const REFILL = 0.6;

/**
 * An empty conversation. Where it becomes longer than its bounds the oldest turns are left out, each as a whole; the
 * question itself and the system prompt never are.
 *
 * @param system the system prompt; blank for none
 */
export function newHistory(system: string, options: HistoryOptions): History {
  return historyOf([], system, options);
}

function historyOf(past: readonly Turn[], system: string, { turns: size, tokens = Infinity, count = roughTokens }: HistoryOptions): History {
  const first: readonly Message[] = system.trim() === '' ? [] : [{ role: 'system', content: system }];
  const length = (all: readonly Message[]): number => all.reduce((sum, { content }) => sum + count(content), 0);
  const fixed = length(first);

  /** The latest turns that fit into so many tokens. */
  const fitting = (turns: readonly Turn[], room: number): readonly Turn[] => {
    let left = room;
    const from = turns.findLastIndex((turn) => (left -= length(messages(turn))) < 0);
    return turns.slice(from + 1);
  };

  const remembering = (turns: readonly Turn[]): History => ({
    prompt: (asked) => {
      const question: Message = { role: 'user', content: asked };
      const kept = fitting(turns, tokens - fixed - count(asked));
      return [...first, ...alternating([...kept.flatMap(messages), question])];
    },
    add: (asked, said, cut) => {
      const all = size > 0 ? [...turns, { asked, said, cut }].slice(-size) : [];
      const fits = length(all.flatMap(messages)) <= tokens - fixed;
      return remembering(fits ? all : fitting(all, tokens * REFILL - fixed));
    },
    under: (other, options) => historyOf(turns, other, options),
  });
  return remembering(size > 0 ? past.slice(-size) : []);
}

/** English has four characters to a token, Chinese about one; no tokenizer is worth its size for a bound. */
function roughTokens(text: string): number {
  const dense = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu)?.length ?? 0;
  return dense + Math.ceil((text.length - dense) / 4);
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
