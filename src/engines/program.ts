import { spawn } from 'node:child_process';
import { Observable } from 'rxjs';
import { complaints, executable, onPath } from '../audio/tools.js';
import { SpeechError, type Stage } from '../errors.js';
import { killGroup, outlivesUsNot } from './kill-group.js';

export interface ProgramOptions {
  readonly stage: Stage;
  /** The program and its arguments. */
  readonly words: readonly string[];
  /** What it reads from stdin. */
  readonly input: Observable<Uint8Array>;
  /** Milliseconds it may still take once it has read everything. @default 30000 */
  readonly patience?: number;
}

/**
 * Runs a program of the user and emits what it writes to stdout; completes when it ends well. It is started on
 * subscription, without a shell, and killed with all it has started on unsubscription. Errors are SpeechErrors of the
 * stage: `<stage>-program-missing`, `<stage>-program-failed` with the last line it complained with, `<stage>-timeout`.
 */
export function runProgram({ stage, words, input, patience = 30_000 }: ProgramOptions): Observable<Buffer> {
  return new Observable<Buffer>((subscriber) => {
    const [name = '', ...args] = words;
    const child = spawn(name, args, { stdio: 'pipe', detached: true });
    outlivesUsNot(child);
    let timer: NodeJS.Timeout | undefined;
    const complaint = complaints(child.stderr);
    const failed = (code: string, message: string, more: { hint?: string; cause?: unknown } = {}): void =>
      subscriber.error(new SpeechError(message, { kind: 'stage', stage, code: `${stage}-${code}`, retryable: true, ...more }));

    child.stdout.on('data', (bytes: Buffer) => subscriber.next(bytes));
    child.stdin.on('error', () => undefined); // It need not read everything: its exit code tells whether it is content.
    child.on('error', (cause) => {
      failed('program-missing', `The program ${name} cannot be run.`, { cause, hint: 'Check its name, that it is on PATH, and that it may be run.' });
    });
    child.on('exit', () => killGroup(child)); // What it started must not hold its pipes open.
    child.on('close', (code, signal) => {
      if (code === 0) subscriber.complete();
      else failed('program-failed', `The program ${name} ended with ${signal ?? `exit code ${code ?? '?'}`}${complaint() === '' ? '.' : `: ${complaint()}`}`);
    });
    const feeding = input.subscribe({
      next: (bytes) => child.stdin.write(bytes),
      error: (error: unknown) => subscriber.error(error),
      complete: () => {
        child.stdin.end();
        timer = setTimeout(() => failed('timeout', `The program ${name} took longer than ${patience / 1_000} s.`), patience);
      },
    });
    return () => {
      clearTimeout(timer);
      feeding.unsubscribe();
      killGroup(child);
    };
  });
}

/** Whether a program can be run: by its path, or by its name from PATH. */
export const isProgram = (name: string): boolean => name !== '' && (name.includes('/') ? executable(name) : onPath(name));

/** Throws a SpeechError of kind `config`, `<stage>-program-missing`, where there is no such program to do that with. */
export function requireProgram(name: string, stage: Stage, use: 'transcribe' | 'speak', hint: string): void {
  if (!isProgram(name)) throw new SpeechError(`There is no program ${name} to ${use} with.`, { kind: 'config', stage, code: `${stage}-program-missing`, hint });
}
