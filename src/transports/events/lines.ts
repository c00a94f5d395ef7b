export interface LinesOptions {
  /** Bytes that a line may have. */
  readonly most: number;
  /** Told of each line without its end, which is LF or CRLF. The bytes are valid during the call only. */
  readonly onLine: (line: Uint8Array) => void;
  /** Told when a line is longer than that. Nothing is told after it. */
  readonly onTooLong: () => void;
}

const LF = 10;
const CR = 13;
/** Bytes for the beginning of a line, which grow with it. */
const SMALL = 1024;

/** Cuts a stream of bytes into lines, however the network cut it. What it keeps is never more than one line may have. */
export function createLines({ most, onLine, onTooLong }: LinesOptions): (bytes: Uint8Array) => void {
  let begun = new Uint8Array(0);
  let filled = 0;
  let stopped = false;

  const keep = (piece: Uint8Array): void => {
    if (filled + piece.length > begun.length) {
      const larger = new Uint8Array(Math.min(most, Math.max(SMALL, 2 * begun.length, filled + piece.length)));
      larger.set(begun.subarray(0, filled));
      begun = larger;
    }
    begun.set(piece, filled);
    filled += piece.length;
  };
  const take = (piece: Uint8Array): Uint8Array => {
    if (filled === 0) return piece;
    keep(piece);
    return begun.subarray(0, filled);
  };

  return (bytes) => {
    for (let from = 0; !stopped && from < bytes.length;) {
      const end = bytes.indexOf(LF, from);
      const piece = bytes.subarray(from, end < 0 ? bytes.length : end);
      if (filled + piece.length > most) {
        stopped = true;
        begun = new Uint8Array(0);
        onTooLong();
      } else if (end < 0) {
        keep(piece);
        return;
      } else {
        const line = take(piece);
        onLine(line.at(-1) === CR ? line.subarray(0, -1) : line);
        filled = 0;
        from = end + 1;
      }
    }
  };
}
