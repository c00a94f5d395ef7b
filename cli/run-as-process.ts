import { sanitise } from '../src/sanitise.js';
import { askedToStop } from './asked-to-stop.js';
import { exitCodes, printError } from './exit.js';
import { Stopped } from './io.js';
import type { Io, Output } from './io.js';
import { keepSecretsOf, newRedactor, withoutSecrets } from './redact.js';

/**
 * Runs a command as this process: the first signal asks it to stop, the second ends it at once. A reader of stdout that
 * leaves (`| head`) asks it to stop, too. An error that nobody caught ends it with one clear line, and its stack only when
 * `debug` is set.
 */
export async function runAsProcess(command: (io: Io) => Promise<number>, debug = false): Promise<never> {
  const { stdin, env } = process;
  const redactor = newRedactor();
  keepSecretsOf(env, redactor);
  const stdout = withoutSecrets(process.stdout, redactor);
  const stderr = withoutSecrets(process.stderr, redactor);
  const stop = new AbortController();
  const force = new AbortController();

  const leave = (code: number): never => {
    force.abort();
    process.exit(code);
  };
  const onSignal = askedToStop({ stop: (reason) => stop.abort(reason), leave, now: () => performance.now() });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') stop.abort(new Stopped('EPIPE'));
    else crash(error);
  });
  // With stderr gone there is nobody left to tell.
  stderr.on('error', () => undefined);

  const crash = (error: unknown): never => {
    // First, or what is said would go to a screen that is about to be gone.
    force.abort();
    stderr.write(`internal error: ${sanitise(error instanceof Error ? error.message : String(error))}\n`);
    stderr.write('This is a fault of the program. Please report it, with what was done before; --log_level debug shows where it happened.\n');
    if (debug && error instanceof Error) stderr.write(`${(error.stack ?? '').split('\n').map(sanitise).join('\n')}\n`);
    return leave(exitCodes.error);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);

  const io: Io = { stdin, stdout, stderr, env, signal: stop.signal, force: force.signal, quit: onSignal, ...redactor };
  const code = await command(io).catch((error: unknown) => printError(error, io, debug));
  await Promise.all([flushed(stdout), flushed(stderr)]);
  const reason: unknown = stop.signal.reason;
  return leave(code === exitCodes.ok && reason instanceof Stopped && reason.by === 'SIGINT' ? exitCodes.interrupted : code);
}

function flushed(stream: Output): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.errored) resolve();
    else stream.write('', () => resolve());
  });
}
