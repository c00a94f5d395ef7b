import { join } from 'node:path';
import { stat } from 'node:fs/promises';
import type { Observable } from 'rxjs';
import { modelFolder, stampFile } from './cache.js';
import type { Model } from './model.js';
import { hashFile } from './disk.js';
import { meter, type Progress } from './meter.js';
import { task } from './task.js';

export type VerifyNews =
  | Progress
  | { readonly type: 'verified'; readonly file: string; readonly path: string; readonly state: 'ok' | 'damaged' | 'missing'; readonly reason?: string };

/**
 * Reads every file of a model in full and says of each whether it is the published one, whatever an earlier check noted.
 * Nothing is deleted or fetched. Cold; unsubscribing stops the reading.
 */
export function verify(model: Model, cache: string): Observable<VerifyNews> {
  return task<VerifyNews>(async (say, signal) => {
    const folder = modelFolder(model, cache);
    const progress = meter(model.files.reduce((sum, { size }) => sum + size, 0), say);
    for (const { name: file, size, sha256 } of model.files) {
      const path = join(folder, file);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) {
        say({ type: 'verified', file, path, state: 'missing' });
      } else if (found.size !== size) {
        say({ type: 'verified', file, path, state: 'damaged', reason: `it is ${found.size} bytes long, not ${size}` });
      } else {
        const actual = await hashFile(path, signal, (count) => progress.add(file, count));
        // Where the folder cannot be written, the next start hashes again, that is all.
        await stampFile(folder, file, actual).catch(() => undefined);
        say({ type: 'verified', file, path, ...(actual === sha256 ? { state: 'ok' } : { state: 'damaged', reason: `its sha256 is ${actual}, not ${sha256}` }) });
      }
    }
  });
}
