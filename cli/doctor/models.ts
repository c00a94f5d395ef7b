import { stat } from 'node:fs/promises';
import { concat, concatMap, defer, from, map, of, toArray } from 'rxjs';
import type { Observable } from 'rxjs';
import { describe } from '../../src/models/cache.js';
import type { ModelRow } from '../../src/models/cache.js';
import { megabytes } from '../../src/models/disk.js';
import { cachedHubModel } from '../../src/models/hub-model.js';
import { verify } from '../../src/models/verify.js';
import { exitCodes } from '../exit.js';
import { bad, caution, good, working } from './finding.js';
import type { Check, Finding } from './finding.js';
import type { Model } from '../../src/models/model.js';

/** The id of what was found about a model. */
export const modelId = (name: string): string => `model.${name}`;

export interface ModelsChecked {
  readonly fast: boolean;
  /** What is not here cannot come. @default false */
  readonly offline?: boolean;
}

const IMPORT = 'Bring its files here and run: speech-to-speech models import FILE';

/** Whether the models are there and whole; `fast` looks at sizes and earlier checks, otherwise every byte is read. */
export function checkModels(models: readonly Model[], cache: string, { fast, offline = false }: ModelsChecked): Check {
  return defer(() => describe(cache, models)).pipe(
    concatMap((rows) => from(rows)),
    concatMap((row) => (fast || row.state === 'missing' || row.state === 'partial' ? of(atAGlance(row, offline)) : inFull(row, cache))),
  );
}

/** As `checkModels`, for a file of the hub; the hub itself is not asked. */
export function checkHubModel(name: string, cache: string, options: ModelsChecked): Check {
  return defer(() => cachedHubModel(name, cache)).pipe(concatMap((model) => (model === undefined
    ? of(options.offline === true ? bad(modelId(name), exitCodes.model, `${name} is not here, and nothing may be fetched.`, IMPORT)
      : caution(modelId(name), `${name} is not here: the next start fetches it.`, 'Start once while the hub can be reached.'))
    : checkModels([model], cache, options))));
}

/** Whether files that the user named as models are there. What is in them shows when they are loaded. */
export function checkModelFiles(paths: readonly string[]): Check {
  return from(paths).pipe(concatMap(async (path) => {
    const found = await stat(path).catch(() => undefined);
    return found?.isFile() === true
      ? good('model.file', `${path} is there (${megabytes(found.size)}).`, { path, bytes: found.size })
      : bad('model.file', exitCodes.model, `There is no model ${path}.`, 'Check the path after --stt_model or --llm_model.', { path });
  }));
}

function atAGlance({ model, size, state, path }: ModelRow, offline: boolean): Finding {
  const id = modelId(model.name);
  const facts = { path, bytes: size, state };
  switch (state) {
    case 'ready':
      return good(id, `${model.name} is there, and was whole when it was last read (${megabytes(size)}).`, facts);
    case 'unchecked':
      return good(id, `${model.name} is there and has the right size (${megabytes(size)}); without --fast it is read in full.`, facts);
    case 'missing':
    case 'partial':
      if (offline) return bad(id, exitCodes.model, `${model.name} is not here${state === 'partial' ? ' in full' : ''}, and nothing may be fetched (${megabytes(size)}).`, IMPORT, facts);
      if (model.terms !== undefined) return caution(id, `${model.name} is not here, and its licence has to be accepted before it is fetched (${megabytes(size)}).`, `Read it and fetch the model: speech-to-speech models pull ${model.name}`, facts);
      return caution(id, `${model.name} is not here${state === 'partial' ? ' in full' : ''}: the next start fetches it (${megabytes(size)}).`, `Fetch it now: speech-to-speech models pull ${model.name}`, facts);
    case 'damaged':
      return damaged(model, 'it has the wrong size', facts);
  }
}

/** Every byte, compared with the published sha256. */
function inFull(row: ModelRow, cache: string): Check {
  const { model, size } = row;
  return concat(
    of(working(`reading ${model.name} (${megabytes(size)})`)),
    verified(row, cache),
  );
}

function verified({ model, size, path }: ModelRow, cache: string): Observable<Finding> {
  return verify(model, cache).pipe(
    concatMap((news) => (news.type === 'verified' && news.state !== 'ok' ? of(news) : [])),
    toArray(),
    map((wrong) => {
      const facts = { path, bytes: size, state: wrong.length === 0 ? 'verified' : 'damaged' };
      const [first] = wrong;
      return first === undefined
        ? good(modelId(model.name), `${model.name} is whole: its sha256 is the published one (${megabytes(size)}).`, facts)
        : damaged(model, `${first.file}: ${first.reason ?? 'it is missing'}`, facts);
    }),
  );
}

function damaged({ name }: Model, reason: string, facts: NonNullable<Finding['facts']>): Finding {
  return bad(modelId(name), exitCodes.model, `${name} is damaged: ${reason}.`, `Fetch it again: speech-to-speech models pull ${name}`, facts);
}
