import { close, closeSync, openSync, write, writeSync } from 'node:fs';

/** A file that grows at its end. */
export interface GrowingFile {
  readonly append: (bytes: Uint8Array) => void;
  /** Brings everything to the file before it returns, and closes it. May be called again. */
  readonly finish: () => void;
}

export interface GrowingFileOptions {
  /** What stands before so many bytes of content; always of one length. @default nothing */
  readonly head?: (length: number) => Uint8Array;
  /** Whether there must be no such file yet. @default true */
  readonly isNew?: boolean;
  /** Told once, when the file cannot be written; nothing more goes into it then. */
  readonly onFailure: (error: Error) => void;
}

/** Bytes that may wait for a disk: it is stuck, and not only slow. */
const STUCK = 16 * 1024 * 1024;

/**
 * Makes a file that only its owner can read, and writes to it in the background as it grows, so that what was appended is there
 * a moment later also where the program is killed.
 *
 * @throws Error of Node where the file cannot be made, or is there already.
 */
export function growingFile(path: string, { head = () => new Uint8Array(0), isNew = true, onFailure }: GrowingFileOptions): GrowingFile {
  const file = openSync(path, isNew ? 'wx' : 'w', 0o600);
  const start = head(0).length;
  let pending: Uint8Array[] = [head(0)];
  let waiting = 0;
  /** Where the next bytes go. */
  let end = 0;
  let underway: { readonly bytes: Uint8Array; readonly at: number } | undefined;
  let over = false;

  const fail = (error: Error): void => {
    if (over) return;
    over = true;
    pending = [];
    onFailure(error);
  };
  const flush = (): void => {
    if (underway !== undefined || pending.length === 0 || over) return;
    const bytes = Buffer.concat(pending);
    pending = [];
    waiting = 0;
    put(bytes, end);
    end += bytes.length;
  };
  const put = (bytes: Uint8Array, at: number): void => {
    underway = { bytes, at };
    write(file, bytes, 0, bytes.length, at, (error, written) => {
      underway = undefined;
      if (error !== null) fail(error);
      if (over) close(file, () => undefined);
      else if (written < bytes.length) put(bytes.subarray(written), at + written);
      else flush();
    });
  };
  const putNow = (bytes: Uint8Array, at: number): void => {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, at + done);
  };
  flush();

  return {
    append: (bytes) => {
      if (over) return;
      pending.push(bytes);
      waiting += bytes.length;
      if (waiting > STUCK) fail(new Error(`it takes nothing any more: ${waiting >> 20} MiB wait for it`));
      else flush();
    },
    finish: () => {
      if (over) return;
      over = true;
      // The process may end before the background has written: what is under way is written twice, to the same place.
      const writing = underway;
      try {
        if (writing !== undefined) putNow(writing.bytes, writing.at);
        const rest = Buffer.concat(pending);
        putNow(rest, end);
        putNow(head(end + rest.length - start), 0);
      } catch (error) {
        onFailure(error instanceof Error ? error : new Error(String(error)));
      }
      if (writing === undefined) closeSync(file);
    },
  };
}
