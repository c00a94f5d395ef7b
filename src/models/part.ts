import { open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { onDisk, replaceFile } from './disk.js';
import type { ModelFile } from './model.js';

/** Bytes from `at` to before `to` have yet to come. */
export interface Segment { at: number; readonly to: number }

/** A file that is still coming, in segments that each come in order. */
export interface Part {
  readonly path: string;
  readonly file: ModelFile;
  /** The server's name for this version of the file, so that two versions are never mixed. Only a strong tag. */
  etag: string | undefined;
  segments: readonly Segment[];
}

/** What a file that is still coming is kept in, and what is known of it. */
export const partsOf = (file: string): [part: string, state: string] => [`${file}.part`, `${file}.part.json`];

/** Bytes that are there. */
export const received = ({ file, segments }: Part): number => file.size - segments.reduce((sum, { at, to }) => sum + to - at, 0);

/** Cuts a file into as many segments of at least so many bytes as there are connections. */
export function cut(size: number, connections: number, least: number): Segment[] {
  const count = Math.max(1, Math.min(connections, Math.floor(size / least)));
  const edge = (i: number): number => Math.round((size * i) / count);
  return Array.from({ length: count }, (_, i) => ({ at: edge(i), to: edge(i + 1) }));
}

/** What an earlier attempt left, or a part of which nothing has come, cut by `plan`. */
export async function takeUp(path: string, file: ModelFile, plan: () => Segment[]): Promise<Part> {
  try {
    const { size, etag, segments } = JSON.parse(await readFile(`${path}.json`, 'utf8')) as { size: number; etag?: string; segments: Segment[] };
    const there = (await stat(path)).size;
    const fits = ({ at, to }: Segment, i: number): boolean => (segments[i - 1]?.to ?? 0) <= at && at <= to && to <= size;
    // What is counted as written must be there; sizes of another version of the file are of no use.
    const reach = Math.max(0, ...segments.map(({ at }, i) => (at > (segments[i - 1]?.to ?? 0) ? at : 0)));
    if (size === file.size && segments.length > 0 && segments.at(-1)?.to === size && segments.every(fits) && there >= reach) return { path, file, etag, segments };
  } catch {
    // No earlier attempt, or one whose state cannot be read: from the beginning.
  }
  return { path, file, etag: undefined, segments: plan() };
}

/** Forgets what has come: it is to come whole, in one segment. */
export async function startOver(part: Part): Promise<void> {
  part.segments = [{ at: 0, to: part.file.size }];
  part.etag = undefined;
  await rm(stateOf(part), { force: true });
}

/** Removes what has come. */
export async function discard(part: Part): Promise<void> {
  await rm(part.path, { force: true });
  await rm(stateOf(part), { force: true });
}

const stateOf = ({ path }: Part): string => `${path}.json`;

/** A part that is open for writing. */
export interface OpenPart {
  readonly write: (segment: Segment, piece: Uint8Array) => Promise<void>;
  /** Notes what has come, so that it need not come again. */
  readonly save: () => Promise<void>;
  /** Has the disk hold it. */
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Opens the file of a part. What has come is noted after every so many bytes: a process that is killed loses no more.
 */
export async function openPart(part: Part, folder: string, every: number): Promise<OpenPart> {
  const out: FileHandle = await onDisk(folder, () => open(part.path, received(part) === 0 ? 'w' : 'r+'));
  let unsaved = 0;
  let saving = Promise.resolve();
  const save = (): Promise<void> => {
    unsaved = 0;
    // One after the other: they share the name of the file that is renamed into place.
    saving = saving.catch(() => undefined).then(() => {
      const { etag, segments, file: { size } } = part;
      return onDisk(folder, () => replaceFile(stateOf(part), JSON.stringify({ size, etag, segments })));
    });
    return saving;
  };
  const write = async (segment: Segment, piece: Uint8Array): Promise<void> => {
    await onDisk(folder, async () => {
      for (let done = 0; done < piece.length;) done += (await out.write(piece, done, piece.length - done, segment.at + done)).bytesWritten;
    });
    segment.at += piece.length;
    unsaved += piece.length;
    if (unsaved >= every || segment.at === segment.to) await save();
  };
  return { write, save, sync: () => onDisk(folder, () => out.sync()), close: () => out.close() };
}
