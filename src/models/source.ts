import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stampFile } from './cache.js';
import type { Model, ModelFile } from './model.js';
import { onDisk } from './disk.js';
import type { Progress } from './meter.js';

/** News of one pull, in order: `trying` each source, its progress, why it was left; last, once, `ready`. */
export type PullNews =
  | { readonly type: 'trying'; readonly source: string }
  | Progress
  /** The files are put together from what was fetched; bytes written so far. */
  | { readonly type: 'converting'; readonly file: string; readonly done: number; readonly total: number }
  /** A server that is asked too much wants to be left alone for so many seconds. */
  | { readonly type: 'waiting'; readonly source: string; readonly seconds: number }
  | { readonly type: 'skipped'; readonly source: string; readonly reason: string }
  /** File name → absolute path. `cached`: they were there already, and nothing was fetched. */
  | { readonly type: 'ready'; readonly paths: Readonly<Record<string, string>>; readonly cached: boolean };

/** What a source is asked to do: to put these files of a model into this folder, whole and verified. */
export interface Errand {
  readonly model: Model;
  readonly files: readonly ModelFile[];
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly say: (news: PullNews) => void;
}

/** A source cannot deliver; the next one is asked. */
export class NotHere extends Error {
  /** @param damaged what it delivered was wrong, and asking once more may help */
  constructor(reason: string, readonly damaged = false) {
    super(reason.replace(/[\p{Cc}\p{Cf}]/gu, ' ')); // it quotes servers and programs, and ends up on a terminal
  }
}

export function sumOf(files: readonly { readonly size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Why a file that came is not the one that was asked for. */
export function wrongHash(file: ModelFile, sha256: string): NotHere {
  return new NotHere(`the sha256 of its ${file.name} is ${sha256}, not ${file.sha256}`, true);
}

/** Gives a verified file its name, in one step, and notes that it was verified. */
export async function putInPlace(fresh: string, file: ModelFile, folder: string): Promise<void> {
  await onDisk(folder, async () => {
    await rename(fresh, join(folder, file.name));
    await stampFile(folder, file.name, file.sha256);
  });
}

/** Bytes that are written at once: an archive comes in pieces of 16 kB, and a write for each takes longer than unpacking it. */
const BLOCK = 1 << 20;

async function* inBlocks(pieces: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    size += piece.length;
    if (size < BLOCK) continue;
    yield Buffer.concat(waiting, size);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting, size);
}

/** Writes pieces to a temporary file, hashing them, and puts it in place if it is the right one; else nothing is left of it. */
export async function storeFile(file: ModelFile, pieces: AsyncIterable<Buffer> | Iterable<Buffer>, errand: Errand, onBytes: (count: number) => void): Promise<void> {
  const fresh = join(errand.folder, `.${file.name}.new`);
  const hash = createHash('sha256');
  const out = await onDisk(errand.folder, () => open(fresh, 'w'));
  let size = 0;
  try {
    for await (const piece of inBlocks(pieces)) {
      errand.signal.throwIfAborted();
      size += piece.length;
      if (size > file.size) break;
      hash.update(piece);
      await onDisk(errand.folder, () => out.appendFile(piece));
      onBytes(piece.length);
    }
    await onDisk(errand.folder, () => out.sync());
    await out.close();
    if (size !== file.size) throw new NotHere(`its ${file.name} is ${size > file.size ? 'more than' : size} bytes long, not ${file.size}`, true);
    const sha256 = hash.digest('hex');
    if (sha256 !== file.sha256) throw wrongHash(file, sha256);
    await putInPlace(fresh, file, errand.folder);
  } finally {
    await out.close();
    await rm(fresh, { force: true });
  }
}
