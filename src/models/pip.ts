import { spawn } from 'node:child_process';

/** How to call pip: a program and what comes before pip's own arguments. */
export type Pip = readonly [program: string, ...first: string[]];

const known: readonly Pip[] = [['pip'], ['pip3'], ['python3', '-m', 'pip'], ['python', '-m', 'pip']];

/** Milliseconds a pip may take to say its version; a cold Python on a busy machine takes a few seconds. */
const PROBE = 20_000;

/** The first pip on this machine that answers, and answers for Python 3. */
export async function findPip(named: string | undefined, signal: AbortSignal): Promise<Pip | undefined> {
  for (const pip of named === undefined ? known : [[named] as const]) {
    const { code, output } = await runPip(pip, ['--version'], { signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE)]) });
    signal.throwIfAborted();
    if (code === 0 && /python 3/i.test(output)) return pip;
  }
  return undefined;
}

export interface PipResult {
  /** Exit code; undefined where it could not be started or was killed. */
  readonly code: number | undefined;
  /** The last of what it printed, both streams. */
  readonly output: string;
}

const TAIL = 4_000;

/** Runs pip to its end. Aborting kills it, with every process it started. */
export function runPip([program, ...first]: Pip, args: readonly string[], options: { signal: AbortSignal; env?: NodeJS.ProcessEnv }): Promise<PipResult> {
  return new Promise((resolve) => {
    if (options.signal.aborted) {
      resolve({ code: undefined, output: '' });
      return;
    }
    // A process group of its own, so that all of it can be killed, and so that Ctrl-C reaches it through us only.
    const child = spawn(program, [...first, ...args], { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: options.env ?? process.env });
    let output = '';
    const keep = (text: string): void => {
      output = (output + text).slice(-TAIL);
    };
    const kill = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        child.kill('SIGKILL'); // the group is gone already
      }
    };
    const settle = (code: number | undefined): void => {
      options.signal.removeEventListener('abort', kill);
      resolve({ code, output });
    };
    options.signal.addEventListener('abort', kill, { once: true });
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => {
      keep(error.message);
      settle(undefined);
    });
    child.on('close', (code) => settle(code ?? undefined));
  });
}

/** What pip says is wrong, on one line: its errors, else the last it printed. */
export function complaint(output: string): string {
  const lines = output.split(/[\r\n]+/).map((line) => line.trim()).filter((line) => line !== '');
  const errors = lines.filter((line) => line.startsWith('ERROR:')).map((line) => line.slice('ERROR:'.length).trim());
  const said = errors.length > 0 ? errors.join(' ') : (lines.at(-1) ?? 'it said nothing');
  return said.length > 400 ? `${said.slice(0, 400)}…` : said;
}
