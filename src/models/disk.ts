import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { SpeechError } from '../errors.js';

/** 77704715 → `77.7 MB`; decimal units, as file sizes are published. */
export function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}

/** The code of a system error, `ENOSPC` for one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const full = new Set(['ENOSPC', 'EDQUOT']);
const forbidden = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENAMETOOLONG', 'ELOOP', 'EISDIR', 'EINVAL']);
const ELSEWHERE = 'Name another folder with --cache or SPEECH_TO_SPEECH_CACHE';

/** A failure to write into the cache as the error a user can act on; any other value comes back as it is. */
export function asDiskError(error: unknown, folder: string): unknown {
  const code = errorCode(error) ?? '';
  if (full.has(code)) return diskFull(`The disk is full while a model is being written to ${folder}.`, error);
  if (!forbidden.has(code)) return error;
  return new SpeechError(`The models' folder ${folder} cannot be written (${code}).`, {
    kind: 'model',
    code: 'cache-not-writable',
    hint: `${ELSEWHERE}, or give yourself the right to write there.`,
    cause: error,
  });
}

/** @param message what was being done, and where */
export function diskFull(message: string, cause?: unknown): SpeechError {
  return new SpeechError(message, {
    kind: 'model',
    code: 'disk-full',
    hint: `Free some space and start again: what has been fetched is kept. ${ELSEWHERE}, if that has more room.`,
    cause,
  });
}

/** Creates the folder and what it lies in. */
export async function makeFolder(folder: string): Promise<void> {
  await onDisk(folder, () => mkdir(folder, { recursive: true }));
}

/** Does something to the disk, and turns its failure into one a user can act on. */
export async function onDisk<T>(folder: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw asDiskError(error, folder);
  }
}

/** Bytes that may still be written there; undefined where the file system does not tell. */
export async function freeSpace(folder: string): Promise<number | undefined> {
  const stats = await statfs(folder).catch(() => undefined);
  return stats === undefined || stats.blocks === 0 ? undefined : stats.bavail * stats.bsize;
}

/** Bytes of all files in a folder and those in it; 0 for one that is not there. */
export async function weigh(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const sizes = await Promise.all(entries.filter((entry) => entry.isFile())
    .map((entry) => stat(join(entry.parentPath, entry.name)).then(({ size }) => size, () => 0))); // What has gone meanwhile weighs nothing.
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Refuses to begin what cannot be finished. File systems that do not tell their free space are trusted. */
export async function needSpace(folder: string, bytes: number): Promise<void> {
  const free = await freeSpace(folder);
  if (free !== undefined && free < bytes) throw diskFull(`${megabytes(bytes)} are needed in ${folder}, and ${megabytes(free)} are free.`);
}

/** Writes a small file so that a reader sees the old one or the new one, never half of it. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const fresh = `${path}.${process.pid}.new`;
  try {
    await writeFile(fresh, content);
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

/** The sha256 of a file, in hex. `onBytes` hears the length of each piece that was read. */
export async function hashFile(path: string, signal: AbortSignal, onBytes?: (count: number) => void): Promise<string> {
  const hash = createHash('sha256');
  const pieces = createReadStream(path, { highWaterMark: 1 << 20, signal }) as AsyncIterable<Buffer>;
  for await (const piece of pieces) {
    hash.update(piece);
    onBytes?.(piece.length);
  }
  return hash.digest('hex');
}
