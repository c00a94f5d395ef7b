import { SpeechError } from '../errors.js';

/** One word: characters, quoted stretches and escaped characters without a blank between them. */
const WORD = /(?:\\.|'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"\\])+/gs;
const PART = /\\(.)|'([^']*)'|"((?:\\.|[^"\\])*)"|([^\\'"]+)/gs;

/**
 * A command line as a program and its arguments, for `spawn`: no shell ever sees it. Blanks separate words; quotes of both
 * kinds keep them together; a backslash takes the next character as it is, but for single quotes. `{name}` in a word
 * stands for that value, whatever it contains. Throws a SpeechError of kind `config` for quotes that do not end and for
 * what only a shell could do.
 */
export function commandWords(line: string, values: Readonly<Record<string, string>> = {}): readonly string[] {
  if (line.replace(WORD, '').trim() !== '') {
    throw refused(`The command ${line} has a quote that does not end, or a backslash at its end.`, 'Close the quote, or write \\ before a quote that is meant as a character.');
  }
  return (line.match(WORD) ?? []).map((word) => word.replace(PART, (_, escaped?: string, single?: string, double?: string, plain?: string) => {
    const special = /[|<>;&$`]/.exec(plain ?? '')?.[0];
    if (special !== undefined) {
      throw refused(`The command ${line} has a ${special}, which only a shell understands; none runs it.`, `Put it in quotes if it is part of a word, or name a script of your own that does what the ${special} was meant for.`);
    }
    return escaped ?? single ?? double?.replace(/\\(.)/gs, '$1') ?? plain ?? '';
  }).replace(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder));
}

const refused = (message: string, hint: string): SpeechError => new SpeechError(message, { kind: 'config', code: 'bad-command', hint });
