import { SAMPLE_RATE } from './engines.js';
import { sanitise } from './sanitise.js';

/** An event as one line of JSON: samples become counts, errors become their fields, text is sanitised. */
export function jsonLine(event: { readonly type: string; readonly at: number }): string {
  return JSON.stringify(event, (_key, value: unknown) => plainValue(value));
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'string') return sanitise(value);
  if (value instanceof Int16Array) {
    return { samples: value.length, bytes: value.byteLength, ms: Math.round((1000 * value.length) / SAMPLE_RATE) };
  }
  if (ArrayBuffer.isView(value)) return { bytes: value.byteLength };
  // The stack holds paths of this machine, and the cause may be anything: neither is news.
  if (value instanceof Error) {
    const { name, message, kind, code, hint, stage } = value as Error & Record<'kind' | 'code' | 'hint' | 'stage', unknown>;
    return { name, message, kind, code, hint, stage };
  }
  return value;
}
