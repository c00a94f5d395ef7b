import { lastValueFrom } from 'rxjs';
import { cacheFolder } from '../../dist/src/models/cache.js';
import { findModel } from '../../dist/src/models/catalog.js';
import { pull } from '../../dist/src/models/pull.js';

/** The paths of a model's files, fetched if they are not there yet. */
export async function modelHere(name: string): Promise<Record<string, string>> {
  const news = await lastValueFrom(pull(findModel(name), { cache: cacheFolder() }), { defaultValue: undefined });
  if (news?.type !== 'ready') throw new Error(`${name} could not be fetched`);
  return { ...news.paths };
}
