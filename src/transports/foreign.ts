/** A byte, or a range of bytes, both ends included. */
type Pattern = readonly (number | readonly [number, number])[];

const text = (start: string): Pattern => [...Buffer.from(start)];

// Read as PCM, the words would be a first sample beyond 16 000 out of nothing. TLS: record type 22, version 3.x, two bytes
// of length up to 2^14 + 2048, then a ClientHello (RFC 8446, 4 and 5.1).
const SIGNATURES: readonly (readonly [name: string, start: Pattern])[] = [
  ...['GET /', 'POST /', 'PUT /', 'HEAD /', 'DELETE /', 'PATCH /', 'TRACE /', 'OPTIONS ', 'CONNECT ', 'PRI * HT']
    .map((start) => ['HTTP', text(start)] as const),
  ['TLS', [0x16, 0x03, [0x00, 0x04], [0x00, 0x48], [0x00, 0xff], 0x01]],
  ['SSH', text('SSH-')],
];

// What a server of another kind says by itself, or answers to what it does not understand. TLS: a handshake, or an alert.
const ANSWERS: readonly (readonly [name: string, start: Pattern])[] = [
  ['HTTP', text('HTTP/')],
  ['TLS', [[0x15, 0x16], 0x03, [0x00, 0x04]]],
  ['SSH', text('SSH-')],
];

/** The protocol in which a server has answered, `undefined` where it is none of HTTP, TLS and SSH. */
export function answeredIn(first: Uint8Array): string | undefined {
  return ANSWERS.find(([, start]) => first.length >= start.length && agree(first, start))?.[0];
}

export interface Sniffer {
  readonly push: (bytes: Uint8Array) => void;
  /** Passes what is still held back; for the end of the stream. */
  readonly flush: () => void;
}

/**
 * Lets a stream of PCM through and stops a stranger: the first bytes (at most 7) are held back until they cannot be the
 * beginning of HTTP, TLS or SSH. Where they are, `onForeign` hears its name and nothing ever passes.
 */
export function createSniffer(pass: (bytes: Uint8Array) => void, onForeign: (name: string) => void): Sniffer {
  let held: Uint8Array | undefined = new Uint8Array(0);
  let stopped = false;
  return {
    push: (bytes) => {
      if (stopped) return;
      if (held === undefined) {
        pass(bytes);
        return;
      }
      const first = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      const verdict = foreign(first);
      if (verdict === 'undecided') {
        held = first;
      } else if (verdict === undefined) {
        held = undefined;
        pass(first);
      } else {
        stopped = true;
        onForeign(verdict);
      }
    },
    flush: () => {
      if (!stopped && held !== undefined && held.length > 0) pass(held);
      stopped = true;
    },
  };
}

/** The protocol these first bytes begin, `undefined` where they begin none, `'undecided'` where they are too few to tell. */
function foreign(first: Uint8Array): string | undefined {
  let undecided = false;
  for (const [name, start] of SIGNATURES) {
    if (!agree(first, start)) continue;
    if (first.length >= start.length) return name;
    undecided = true;
  }
  return undecided ? 'undecided' : undefined;
}

function agree(bytes: Uint8Array, pattern: Pattern): boolean {
  return pattern.every((wanted, index) => {
    const byte = bytes[index];
    if (byte === undefined) return true;
    return typeof wanted === 'number' ? byte === wanted : byte >= wanted[0] && byte <= wanted[1];
  });
}
