import { SpeechError } from '../src/errors.js';
import { sanitise } from '../src/sanitise.js';
import type { Io } from './io.js';

/** What the program says with its exit status. */
export const exitCodes = {
  ok: 0,
  error: 1,
  /** Bad usage or configuration. */
  usage: 2,
  portInUse: 3,
  audioDevice: 4,
  /** A model is missing or damaged. */
  model: 5,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof SpeechError)) return exitCodes.error;
  if (error.code === 'port-in-use') return exitCodes.portInUse;
  switch (error.kind) {
    case 'config':
      return exitCodes.usage;
    case 'device':
      return exitCodes.audioDevice;
    case 'model':
      return exitCodes.model;
    default:
      return exitCodes.error;
  }
}

/** Prints what went wrong and what to do next, and gives the exit code. Only with `debug` does it print stacks. */
export function printError(error: unknown, { stderr }: Pick<Io, 'stderr'>, debug = false): number {
  const message = error instanceof Error ? error.message : String(error);
  const line = (text: string) => stderr.write(`${text.split('\n').map(sanitise).join('\n')}\n`);
  line(`error: ${message}`);
  if (error instanceof SpeechError) {
    if (error.hint !== undefined) line(error.hint);
  } else {
    line('This is a fault of the program. Please report it; --log_level debug shows where it happened.');
  }
  if (debug && error instanceof Error) {
    for (let at: unknown = error; at instanceof Error; at = at.cause) line(at.stack ?? at.message);
  }
  return exitCodeOf(error);
}
