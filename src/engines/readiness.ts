import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asSpeechError, type Stage } from '../errors.js';
import { describe } from '../models/cache.js';
import { findModel } from '../models/catalog.js';
import { cachedHubModel, isHubModel } from '../models/hub-model.js';
import { megabytes } from '../models/disk.js';
import { packageFolder } from './package-folder.js';
import { isProgram } from './program.js';
import { isPath, type Need, type Row, type Settled } from './row.js';

/** One engine, and whether it could be loaded now. */
export interface Readiness extends Pick<Row<Stage>, 'name' | 'stage' | 'licence' | 'languages' | 'streams' | 'abortable' | 'tools'> {
  readonly ready: boolean;
  /** What it needs, in words. */
  readonly needs: readonly string[];
  readonly missing: readonly Missing[];
}

export interface Missing {
  readonly what: string;
  /** How to get it. */
  readonly how: string;
}

/** What can be asked about a machine without loading anything; each answer is undefined where all is well. */
export interface Machine {
  readonly package: (name: string, glibc: string | undefined) => Missing | undefined;
  readonly model: (name: string) => Promise<Missing | undefined>;
  readonly program: (name: string) => boolean;
}

/** Looks, without loading anything, whether an engine has all that it needs. */
export async function readiness(row: Row<Stage>, options: Settled, machine: Machine): Promise<Readiness> {
  const { name, stage, licence, languages, streams, abortable, tools } = row;
  const about = { name, stage, licence, languages, streams, abortable, ...(tools === undefined ? {} : { tools }) };
  try {
    const needs = row.needs(options);
    const missing = (await Promise.all(needs.map((need) => missingOf(need, machine)))).filter((one) => one !== undefined);
    return { ...about, ready: missing.length === 0, needs: needs.map(inWords), missing };
  } catch (error) {
    const { message, hint = '' } = asSpeechError(error, { kind: 'internal', code: 'internal' });
    return { ...about, ready: false, needs: [], missing: [{ what: message, how: hint }] };
  }
}

function inWords(need: Need): string {
  return need.type === 'package' || need.type === 'model' || need.type === 'program' ? `the ${need.type} ${need.name}` : need.type === 'build' ? `${need.name}, compiled once` : need.name;
}

async function missingOf(need: Need, machine: Machine): Promise<Missing | undefined> {
  switch (need.type) {
    case 'package':
      return machine.package(need.name, need.glibc);
    case 'model':
      return machine.model(need.name);
    case 'program':
      return machine.program(need.name) ? undefined : { what: `the program ${need.name}`, how: 'Install it, or name another by its path.' };
    case 'build':
      return need.done() ? undefined : { what: `${need.name}, which is compiled once`, how: `speech-to-speech models pull ${need.name}` };
    default:
      return need.given ? undefined : { what: need.name, how: need.hint };
  }
}

/** The machine this runs on, with the models of a cache. */
export function thisMachine(cache: string): Machine {
  return {
    package: packageHere,
    program: isProgram,
    model: async (name) => {
      if (isPath(name)) return existsSync(name) ? undefined : { what: `the file ${name}`, how: 'Name another one.' };
      const model = isHubModel(name) ? await cachedHubModel(name, cache) : findModel(name);
      if (model === undefined) return { what: `the model ${name}`, how: 'The first start fetches it.' };
      const [row] = await describe(cache, [model]);
      if (row === undefined || row.state === 'ready' || row.state === 'unchecked') return undefined;
      return { what: `the model ${name}, ${megabytes(row.size)}${row.state === 'missing' ? '' : ` (${row.state})`}`, how: `speech-to-speech models pull ${name}` };
    },
  };
}

interface Manifest { readonly os?: readonly string[]; readonly cpu?: readonly string[]; readonly optionalDependencies?: Readonly<Record<string, string>> }

/** Names of packages that carry the native code of another for one platform. */
const NATIVE = /[-/](linux|darwin|mac|win32|win)-/;

/** Whether a package is installed and, where its native code is in packages of their own, one of them for this machine. */
export function packageHere(name: string, glibc?: string): Missing | undefined {
  const manifest = manifestOf(name);
  if (manifest === undefined) return { what: `the package ${name}`, how: `npm install ${name}` };
  const { platform, arch } = process;
  const natives = Object.keys(manifest.optionalDependencies ?? {}).filter((one) => NATIVE.test(one));
  if (natives.length > 0 && !natives.map(manifestOf).some((native) => native?.os?.includes(platform) && native.cpu?.includes(arch))) {
    return { what: `a binary of ${name} for ${platform} on ${arch}`, how: 'There may be none for this machine: use another engine of this stage.' };
  }
  if (platform !== 'linux' || glibc === undefined) return undefined;
  const here = glibcHere();
  return older(here, glibc) ? { what: `glibc ${glibc}, for ${name}; this system has ${here === '' ? 'another C library' : here}`, how: 'Use a newer system, or another engine of this stage.' } : undefined;
}

function manifestOf(name: string): Manifest | undefined {
  const folder = packageFolder(name);
  return folder === undefined ? undefined : JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Empty where the C library is another one, such as musl. */
function glibcHere(): string {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime ?? '';
}

function older(version: string, than: string): boolean {
  const [[major = 0, minor = 0], [wantedMajor = 0, wantedMinor = 0]] = [version, than].map((text) => text.split('.').map(Number)) as [number[], number[]];
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}
