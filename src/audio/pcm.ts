/** Samples in −1…1 as 16-bit PCM: rounded to the nearest step, clamped at both ends, not-a-number as silence. */
export function floatToInt16(samples: Float32Array): Int16Array {
  const pcm = new Int16Array(samples.length);
  for (let index = 0; index < pcm.length; index++) {
    pcm[index] = Math.max(-32_768, Math.min(32_767, Math.round((samples[index] ?? 0) * 32_768)));
  }
  return pcm;
}

/** 16-bit PCM as samples in −1…1 (32 768 steps to one). */
export function int16ToFloat(pcm: Int16Array): Float32Array {
  const samples = new Float32Array(pcm.length);
  for (let index = 0; index < pcm.length; index++) samples[index] = (pcm[index] ?? 0) / 32_768;
  return samples;
}

/**
 * Little-endian bytes as 16-bit PCM: a view of the same memory where it is aligned, a copy where it is not. A last odd
 * byte is left out; keeping it for the next call is the caller's affair.
 */
export function bytesToInt16(bytes: Uint8Array): Int16Array {
  const length = bytes.byteLength >> 1;
  if (bytes.byteOffset % 2 === 0) return new Int16Array(bytes.buffer, bytes.byteOffset, length);
  // Not bytes.slice(): that of a Node Buffer is a view, too.
  return new Int16Array(Uint8Array.prototype.slice.call(bytes, 0, length * 2).buffer);
}

/** 16-bit PCM as little-endian bytes: a view of the same memory. All platforms this package runs on are little-endian. */
export function int16ToBytes(pcm: Int16Array): Uint8Array {
  return new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
}

/** Pieces of PCM as one. */
export function joinPcm(pieces: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0));
  pieces.reduce((at, piece) => {
    whole.set(piece, at);
    return at + piece.length;
  }, 0);
  return whole;
}
