import { concat, defer, filter, map, NEVER, of, tap, throwIfEmpty } from 'rxjs';
import type { Llm, Loaded } from '../../engines.js';
import { SpeechError } from '../../errors.js';
import { isProgram, runProgram } from '../program.js';

export interface CommandLlmOptions {
  /** The program and its arguments; see `commandWords`. */
  readonly words: readonly string[];
  /** Milliseconds that a whole answer may take. @default 120000 */
  readonly patience?: number;
}

/** Bytes that an answer may have: more is no answer. */
const MOST = 1 << 20;

/**
 * Any program as a language model. It is run anew for every answer, without a shell, gets the messages through stdin as a
 * JSON array of `{ "role", "content" }`, and writes its answer to stdout, as it comes; cancelling kills it. A program that
 * cannot be found fails loading with an error of kind `config`.
 */
export function commandLlm({ words, patience = 120_000 }: CommandLlmOptions): Loaded<Llm> {
  const [name = ''] = words;
  const failed = (code: string, message: string): SpeechError => new SpeechError(message, { kind: 'stage', stage: 'llm', code: `llm-${code}` });
  const llm: Llm = (messages) => defer(() => {
    const decoder = new TextDecoder();
    let size = 0;
    return runProgram({ stage: 'llm', words, input: of(Buffer.from(`${JSON.stringify(messages)}\n`)), patience }).pipe(
      tap(({ length }) => {
        size += length;
        if (size > MOST) throw failed('program-failed', `The program ${name} writes without an end.`);
      }),
      map((bytes) => decoder.decode(bytes, { stream: true })), // A character may be cut in two.
      filter((text) => text !== ''),
      throwIfEmpty(() => failed('nonsense', `The program ${name} ended without a word of answer.`)),
    );
  });
  return defer(() => {
    if (!isProgram(name)) {
      throw new SpeechError(`There is no program ${name} to answer with.`, {
        kind: 'config', stage: 'llm', code: 'llm-program-missing', hint: 'Check --llm_command: its first word is a program on PATH, or the path of one that may be run.',
      });
    }
    return concat(of(llm), NEVER);
  });
}
