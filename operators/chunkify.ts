import { defer, type OperatorFunction } from 'rxjs';

import { atOnce } from './atOnce.js';

export interface ChunkifyOptions {
  /**
   * What becomes of the bytes left over at the end, where they do not fill a chunk: dropped, filled up with zeros, or
   * passed on as they are. @default 'drop'
   */
  readonly tail?: 'drop' | 'pad' | 'keep';
  /** Told the number of bytes left over at the end, where there are any, whatever becomes of them. */
  readonly onTail?: (bytes: number) => void;
}

/**
 * Cuts a stream of bytes into chunks of exactly `size` bytes, however the network cut it.
 *
 * ```
 * segments  --3---2-9--1-|
 * chunks    ------4-(44)-|
 * ```
 *
 * (A digit is that many bytes; chunks of 4.) A chunk that lies inside one segment is a view of it and not a copy, so it may begin at an odd address: read samples
 * through a DataView or a copy. Memory in between is less than one chunk.
 *
 * @param size Bytes of a chunk.
 * @throws RangeError at call time where `size` is not a whole number above 0.
 */
export function chunkify(size: number, options: ChunkifyOptions = {}): OperatorFunction<Uint8Array, Uint8Array> {
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`chunkify: the size must be a whole number of bytes above 0, not ${size}.`);
  const { tail = 'drop', onTail } = options;

  return (segments) => defer(() => {
    /** The chunk that is being filled; what is not filled yet is zero. */
    let begun = new Uint8Array(size);
    let filled = 0;

    const cut = (segment: Uint8Array, emit: (chunk: Uint8Array) => void): void => {
      let at = 0;
      if (filled > 0) {
        at = Math.min(size - filled, segment.length);
        begun.set(segment.subarray(0, at), filled);
        filled += at;
        if (filled < size) return;
        emit(begun);
        begun = new Uint8Array(size);
      }
      for (; at + size <= segment.length; at += size) emit(segment.subarray(at, at + size));
      begun.set(segment.subarray(at));
      filled = segment.length - at;
    };

    const leave = (emit: (chunk: Uint8Array) => void): void => {
      if (filled === 0) return;
      onTail?.(filled);
      if (tail === 'pad') emit(begun);
      if (tail === 'keep') emit(begun.subarray(0, filled));
    };

    return segments.pipe(atOnce(cut, leave));
  });
}
