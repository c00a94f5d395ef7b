import { jsonLine } from '../src/json-line.js';
import type { Io } from './io.js';
import type { AppEvent } from './views/app-event.js';

/** Prints every event as a line of JSON (NDJSON). */
export function json({ stdout }: Pick<Io, 'stdout'>): (event: AppEvent) => void {
  return (event) => void stdout.write(`${jsonLine(event)}\n`);
}
