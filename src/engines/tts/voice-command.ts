import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concat, defer, EMPTY, finalize, ignoreElements, NEVER, of, throwIfEmpty, type Observable } from 'rxjs';
import type { Loaded, Tts } from '../../engines.js';
import { SpeechError } from '../../errors.js';
import { requireProgram, runProgram } from '../program.js';
import { levelled } from './voiced.js';

export interface VoiceCommandOptions {
  /**
   * The program and its arguments; see `commandWords`. `{text}` stands for what is to be said, which is written to stdin where it
   * is missing; `{out}` for a WAV file that the program is to write, instead of writing audio to stdout.
   */
  readonly words: readonly string[];
  /** Samples per second of raw audio on stdout; a WAV says it itself. @default 24000 */
  readonly rate?: number;
  /** Milliseconds one piece of text may take. @default 30000 */
  readonly patience?: number;
}

/**
 * Any program as a voice. It is run anew for every piece of text, without a shell; cancelling kills it. It says a sentence
 * while it loads, so that its loudness and its failures are known. One that cannot be found fails loading with an error of
 * kind `config`; the others are those of `runProgram`, and `tts-format` for audio that is not understood.
 */
export function voiceCommand({ words, rate = 24_000, patience }: VoiceCommandOptions): Loaded<Tts> {
  const [name = ''] = words;
  const has = (placeholder: string): boolean => words.some((word) => word.includes(placeholder));
  const run = (text: string, out: string): Observable<Uint8Array> => runProgram({
    stage: 'tts',
    // A text that begins with a dash must not be taken for an option.
    words: words.map((word) => word.replace(/\{(text|out)\}/g, (_, which) => (which === 'out' ? out : text.replace(/^-/, ' -')))),
    input: has('{text}') ? EMPTY : of(Buffer.from(`${text}\n`)),
    ...(patience === undefined ? {} : { patience }),
  });
  const speak = (text: string): Observable<Uint8Array> => defer(() => {
    if (!has('{out}')) return run(text, '');
    const folder = mkdtempSync(join(tmpdir(), 'speech-to-speech-'));
    const out = join(folder, 'speech.wav');
    return concat(run(text, out).pipe(ignoreElements()), defer(() => of(readFileSync(out)))).pipe(finalize(() => rmSync(folder, { recursive: true, force: true })));
  }).pipe(throwIfEmpty(() => new SpeechError(`The program ${name} wrote no audio.`, { kind: 'stage', stage: 'tts', code: 'tts-program-failed', retryable: true })));

  return defer(() => {
    requireProgram(name, 'tts', 'speak', 'Check its name: it is a program on PATH, or the path of one that may be run.');
    return concat(levelled(speak, { name: `The program ${name}`, rate }), NEVER);
  });
}
