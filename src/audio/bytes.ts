/**
 * What Node read, as a plain Uint8Array of the same memory. A Buffer is one only by name: its `slice` gives a view where a
 * Uint8Array's gives a copy, and code that is written for the one goes wrong with the other. So none leaves the edges.
 */
export function plainBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
