import { mkdtemp, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defer, mergeAll } from 'rxjs';
import { asSpeechError } from '../../src/errors.js';
import { asDiskError, errorCode, freeSpace, megabytes, needSpace } from '../../src/models/disk.js';
import { failed, good } from './finding.js';
import type { Check, Finding } from './finding.js';

/** Whether models can be kept in the cache folder: the right to write, and room for what has yet to be fetched. */
export function checkDisk(cache: string, missing: number): Check {
  return defer(async () => {
    const nearest = await thatExists(cache);
    return [await writable(cache, nearest), await room(nearest, missing)].filter((finding) => finding !== undefined);
  }).pipe(mergeAll());
}

async function writable(cache: string, nearest: string): Promise<Finding> {
  try {
    // Rights alone do not tell: a file system may be read-only, or a quota used up.
    await rmdir(await mkdtemp(join(nearest, '.doctor-')));
    return good('cache.writable', `Models are kept in ${cache}${nearest === cache ? '' : ', which will be made'}.`, { cache });
  } catch (error) {
    return failed('cache.writable', asSpeechError(asDiskError(error, cache), { kind: 'model', code: 'cache-not-writable', hint: 'Name another folder with --cache.' }));
  }
}

async function room(nearest: string, missing: number): Promise<Finding | undefined> {
  try {
    await needSpace(nearest, missing);
    const free = await freeSpace(nearest);
    return free === undefined ? undefined : good('cache.space', `${megabytes(free)} are free there${missing === 0 ? '' : `, and ${megabytes(missing)} have yet to be fetched`}.`, { free, missing });
  } catch (error) {
    return failed('cache.space', error);
  }
}

/** The folder, or the nearest one above it that is there. */
async function thatExists(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await stat(at).catch((error: unknown) => errorCode(error));
    // What cannot be looked at for want of rights is there, as far as this goes.
    if (found !== 'ENOENT' && found !== 'ENOTDIR') return at;
  }
}
