import { lastValueFrom, map, of, toArray } from 'rxjs';
import type { Voice } from '../row.js';
import { runProgram } from '../program.js';

/** The voices that OpenAI names in its documentation; they speak every language. */
export const OPENAI_VOICES = ['alloy', 'ash', 'ballad', 'coral', 'echo', 'fable', 'nova', 'onyx', 'sage', 'shimmer', 'verse'] as const;

/** Asks a program for its voices, and understands what it prints, a line for each. Errs as `runProgram` does. */
export function listed(words: readonly string[], understand: (line: string) => Voice | undefined): Promise<readonly Voice[]> {
  return lastValueFrom(runProgram({ stage: 'tts', words, input: of() }).pipe(
    toArray(),
    map((written) => Buffer.concat(written).toString().split('\n').map(understand).filter((voice) => voice !== undefined)),
  ), { defaultValue: [] });
}

/** A line of `espeak-ng --voices`: priority, language, age and gender, name, file. The language is what `-v` takes. */
export function espeakVoice(line: string): Voice | undefined {
  const [, name, title = ''] = /^\s*\d+\s+(\S+)\s+\S+\s+(\S+)/.exec(line) ?? [];
  return name === undefined ? undefined : { name, language: title.replaceAll('_', ' '), licence: 'GPL-3.0' };
}

/** A line of `say -v ?`: a name that may have blanks, its language, and a sentence. */
export function sayVoice(line: string): Voice | undefined {
  const [, name, language = ''] = /^(\S.*?)\s+([a-z]{2,3}[_-]\w+)\s+#/.exec(line) ?? [];
  return name === undefined ? undefined : { name, language: language.replace('_', '-'), licence: 'of macOS' };
}
