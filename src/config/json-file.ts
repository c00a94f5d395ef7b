import { SpeechError } from '../errors.js';

/** Reads a file that holds one JSON object. */
export interface JsonFile {
  readonly path: string;
  /** "config file" */
  readonly what: string;
  readonly hint: string;
}

/**
 * The object in a JSON file.
 *
 * @throws SpeechError of kind `config` that names the file and, where it is no JSON, the line; it never quotes it.
 */
export function jsonFile({ path, what, hint }: JsonFile, readFile: (path: string) => string): object {
  const fail = (code: string, message: string, cause?: unknown) => new SpeechError(`the ${what} ${path} ${message}`, { kind: 'config', code, cause, hint });
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    throw fail('config-unreadable', `cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    // The parser's own message quotes the file, which may hold a key.
    const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    const line = position === undefined ? text.split('\n').length : text.slice(0, Number(position)).split('\n').length;
    throw fail('config-damaged', `is not valid JSON: look at line ${line}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw fail('config-damaged', 'is not an object');
  return parsed;
}
