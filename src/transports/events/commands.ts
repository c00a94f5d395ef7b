import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { parseLine } from './parse.js';

/** What a viewer can ask for, once he has shown the token. */
export type Command =
  /** Ends the answer under way: of this session, or of all. */
  | { readonly type: 'cancel'; readonly session?: number }
  /** Asks what was typed instead of said: in this session, or in all. */
  | { readonly type: 'ask'; readonly text: string; readonly session?: number }
  /** Changes a setting, as the event `settings` names it, for all sessions and those to come. */
  | { readonly type: 'set'; readonly name: string; readonly value: string };

/** What becomes of a line that a viewer has sent. */
export type Verdict =
  | { readonly accepted: 'auth' }
  | { readonly accepted: Command['type']; readonly command: Command }
  | { readonly code: string; readonly message: string };

const commands = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auth'), token: z.string() }),
  z.strictObject({ type: z.literal('cancel'), session: z.int().min(0).exactOptional() }),
  z.strictObject({ type: z.literal('ask'), text: z.string().trim().min(1).max(2_000), session: z.int().min(0).exactOptional() }),
  z.strictObject({ type: z.literal('set'), name: z.string().max(100), value: z.string().max(1_000) }),
]);

const wrong = {
  'bad-utf8': 'This line is not UTF-8.',
  'bad-json': 'This line is not JSON.',
} as const;

/**
 * Judges what one viewer sends, line by line. Commands are for those who have shown the token; without a token the port is
 * read-only. The messages never repeat what was sent.
 */
export function createJudge(token: string | undefined): (line: Uint8Array) => Verdict {
  let known = false;
  return (line) => {
    const parsed = parseLine(line);
    if ('wrong' in parsed) return { code: parsed.wrong, message: wrong[parsed.wrong] };
    const command = commands.safeParse(parsed.value);
    if (!command.success) return { code: 'unknown-command', message: 'A command is { "type": "auth", "token": TEXT }, { "type": "cancel" }, { "type": "ask", "text": TEXT } or { "type": "set", "name": NAME, "value": TEXT }, cancel and ask with a session\'s number or for all of them.' };
    if (token === undefined) return { code: 'read-only', message: 'This server takes no commands: it was started without a token for them.' };
    if (command.data.type === 'auth') {
      known = same(command.data.token, token);
      return known ? { accepted: 'auth' } : { code: 'wrong-token', message: 'That is not the token.' };
    }
    return known ? { accepted: command.data.type, command: command.data } : { code: 'no-token', message: 'Commands are taken after { "type": "auth", "token": TEXT }.' };
  };
}

/** Compares in a time that tells nothing of either. */
function same(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(a, b);
}
