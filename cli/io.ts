import type { Readable, Writable } from 'node:stream';
import type { Redactor } from './redact.js';

/** A stream to write to that may be a terminal. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** Everything a command has of the world around it. */
export interface Io extends Redactor {
  readonly stdin: Readable & { readonly isTTY?: boolean; readonly setRawMode?: (raw: boolean) => unknown };
  /** Nothing secret comes through stdout and stderr, whoever writes to them. */
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the program is asked to stop; the reason is a {@link Stopped}. What is under way may still be finished. */
  readonly signal: AbortSignal;
  /** Aborted when the program ends at once. Listeners have this tick only, to end what would outlive it. */
  readonly force: AbortSignal;
  /** A key that asks the program to stop, where the terminal makes no signal of it; the second one ends it at once. */
  readonly quit: (by: 'q' | 'SIGINT') => void;
}

/** Who asked the program to stop: a signal, a key, or a reader of stdout who left. */
export class Stopped extends Error {
  override readonly name = 'Stopped';

  constructor(readonly by: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'EPIPE' | 'q') {
    super(`stopped by ${by}`);
  }
}
