const utf8 = new TextDecoder('utf-8', { fatal: true });

/** What a line from outside says, or why that cannot be told. */
export type Parsed = { readonly value: unknown } | { readonly wrong: 'bad-utf8' | 'bad-json' };

/** Reads one line of JSON. Never throws; `revive` is what JSON.parse takes. */
export function parseLine(line: Uint8Array, revive?: (key: string, value: unknown) => unknown): Parsed {
  let text: string;
  try {
    text = utf8.decode(line);
  } catch {
    return { wrong: 'bad-utf8' };
  }
  try {
    return { value: JSON.parse(text, revive) as unknown };
  } catch {
    // No JSON, or so deep that it cannot be followed.
    return { wrong: 'bad-json' };
  }
}
