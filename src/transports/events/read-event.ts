import { eventSchemas, type ToldEvent } from '../../event-schema.js';
import { sanitise } from '../../sanitise.js';
import { parseLine } from './parse.js';

/** Characters of a line that was not understood which are kept to be shown. */
const SHOWN = 500;

/**
 * One line of an events port as an event, its text sanitised and fields that nobody knows left out. What is no event, or is
 * one of a type or a form that is not known here, becomes `unknown`: a newer server may have more to tell. Never throws.
 */
export function readEvent(line: Uint8Array, at: number): ToldEvent {
  const parsed = parseLine(line, (_key, value) => (typeof value === 'string' ? sanitise(value) : value));
  const value = 'value' in parsed ? parsed.value : undefined;
  const name = typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' ? value.type : '';
  const known = Object.hasOwn(eventSchemas, name) ? eventSchemas[name as keyof typeof eventSchemas].safeParse(value) : undefined;
  if (known?.success === true) return known.data;
  return { type: 'unknown', name: name.slice(0, SHOWN), line: sanitise(Buffer.from(line.subarray(0, SHOWN)).toString()), at };
}
