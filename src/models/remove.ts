import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Observable } from 'rxjs';
import { modelFolder } from './cache.js';
import { errorCode, onDisk, weigh } from './disk.js';
import { LOCK, lockFolder } from './lock.js';
import { task } from './task.js';

/**
 * Deletes what the cache has of a model, what an unfinished pull has left included, and emits the number of bytes: 0 where
 * nothing was there. Waits for a process that is fetching it, after one call of `onWait`. Errs with `cache-not-writable`.
 */
export function remove(name: string, cache: string, onWait: () => void): Observable<number> {
  return task<number>(async (say, signal) => {
    const folder = modelFolder({ name }, cache);
    if (await stat(folder).catch(() => undefined) === undefined) {
      say(0);
      return;
    }
    const unlock = await lockFolder(folder, signal, onWait);
    try {
      const content = (await readdir(folder)).filter((entry) => entry !== LOCK);
      const bytes = await weigh(folder);
      for (const entry of content) await onDisk(folder, () => rm(join(folder, entry), { recursive: true, force: true }));
      say(content.length === 0 ? 0 : bytes);
    } finally {
      unlock();
      await rmdir(folder).catch((error: unknown) => {
        // Another process has the lock by now, and will fetch it again.
        if (errorCode(error) !== 'ENOTEMPTY') throw error;
      });
    }
  });
}
