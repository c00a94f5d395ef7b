import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { tap } from 'rxjs';
import { buildWhisperNode } from '../../src/engines/stt/whisper-node-build.js';
import { SpeechError } from '../../src/errors.js';
import { describe, modelPath } from '../../src/models/cache.js';
import { catalog, defaultModels, findModel } from '../../src/models/catalog.js';
import { megabytes } from '../../src/models/disk.js';
import { hubAddress } from '../../src/models/hub-address.js';
import { hubFile, hubModel, isHubModel } from '../../src/models/hub-model.js';
import type { Model } from '../../src/models/model.js';
import { pull, type PullOptions } from '../../src/models/pull.js';
import { sumOf } from '../../src/models/source.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { BUILT, last, type ModelsCommand } from './models-command.js';
import { reportBuild, reportPull } from './pull-lines.js';

export interface PullCommand extends ModelsCommand, Omit<PullOptions, 'cache'> {
  readonly names: readonly string[];
  /** Every model of the catalogue, whatever is named. */
  readonly all?: boolean;
  /** Asks the user whether he accepts the licence of a model; undefined where nobody can be asked. */
  readonly accept?: ((model: Model) => Promise<boolean>) | undefined;
}

/** Failures of one model that are no reason not to fetch the next. */
const passing = new Set(['model-unreachable', 'model-damaged', 'model-unverifiable', 'licence-not-accepted', 'offline']);

/**
 * `models pull [NAME… | --all]`: fetches what is missing, one model after the other, and compiles whisper-node where
 * that is named; without a name, what the embedded defaults need. A licence that is not permissive is shown before the first
 * download, and has to be accepted. A model that cannot be had does not keep the others from coming; all errors are thrown
 * together at the end.
 */
export async function pullModels({ names, all, accept, out, progress, clear, signal, ...options }: PullCommand): Promise<number> {
  const named = names.filter((name) => name !== BUILT);
  const wanted = all === true ? catalog.map(({ name }) => name) : names.length > 0 ? named : defaultModels;
  for (const name of wanted) if (isHubModel(name)) hubFile(name); else findModel(name);
  const failures: SpeechError[] = [];
  for (const name of wanted) {
    try {
      const model = isHubModel(name) ? await hubModel(name, { ...options, hub: hubAddress(options.hub, options.env), ...(signal && { signal }) }) : findModel(name);
      out(`${name}: ${model.title}, ${megabytes(sumOf(model.files))}, licence ${model.licence}`);
      const acceptLicence = await isAccepted(model, { accept, out, ...options });
      const end = await last(pull(model, { ...options, acceptLicence }).pipe(tap(reportPull({ out, progress }))), signal);
      if (end?.type !== 'ready') return exitCodes.interrupted;
      out(`${name}: ${end.cached ? 'was there already' : 'ready'}, ${modelPath(model, options.cache)}`);
    } catch (error) {
      if (signal?.aborted) return exitCodes.interrupted;
      if (!(error instanceof SpeechError) || !passing.has(error.code)) throw error;
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

/** Shows the terms of a model that has to be downloaded, and asks for them to be accepted. */
async function isAccepted(model: Model, { cache, acceptLicence = false, accept, out }: Pick<PullCommand, 'cache' | 'acceptLicence' | 'accept' | 'out'>): Promise<boolean> {
  const [row] = await describe(cache, [model]);
  if (model.terms === undefined || row?.state === 'ready' || row?.state === 'unchecked') return true;
  out(`  ${model.terms}`);
  return acceptLicence || (await accept?.(model)) === true;
}

/** Asks on the terminal, where there is one at both ends. Ctrl-C is a no. */
export function asker({ stdin, stdout, signal }: Pick<Io, 'stdin' | 'stdout' | 'signal'>): ((model: Model) => Promise<boolean>) | undefined {
  if (stdin.isTTY !== true || stdout.isTTY !== true) return undefined;
  return async ({ name, licence }) => {
    const terminal = createInterface({ input: stdin, output: stdout });
    try {
      // Ctrl-C and the end of the input close it.
      const answer = await Promise.race([terminal.question(`  Accept the licence ${licence} of ${name}? [y/N] `, { signal }), once(terminal, 'close').then(() => 'no')]);
      return /^\s*y(es)?\s*$/i.test(answer);
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') return false;
      throw error;
    } finally {
      terminal.close();
    }
  };
}
