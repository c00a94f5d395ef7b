import type { ServerSettings } from '../../src/config/settings.js';
import { allChosen, chosen } from '../../src/engines/choose-engines.js';
import { readiness, thisMachine, type Readiness } from '../../src/engines/readiness.js';
import { allRows } from '../../src/engines/registry.js';
import { settled } from '../../src/engines/row.js';
import type { Stage } from '../../src/errors.js';
import { cacheFolder } from '../../src/models/cache.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { sanitise } from '../../src/sanitise.js';
import { engineSettings } from './conversation.js';

/** One engine as the list shows it; `chosen`: these settings ask for it. */
export interface EngineListed extends Readiness {
  readonly chosen: boolean;
}

const titles: Readonly<Record<Stage, string>> = { vad: 'Speech detection', stt: 'Speech to text', llm: 'Language model', tts: 'Text to speech' };

/** `speech-to-speech engines`: every engine by stage, ready or not, and what is missing. Loads nothing. Exits 0. */
export async function engines(settings: ServerSettings, json: boolean, { stdout, env }: Pick<Io, 'stdout' | 'env'>): Promise<number> {
  const asked = engineSettings(settings);
  const options = settled(asked);
  const machine = thisMachine(cacheFolder(settings.cache, env));
  const inUse = allChosen({ ...chosen(asked, options), options });
  const listed = await Promise.all(allRows.map(async (row): Promise<EngineListed> => {
    const use = inUse.find((one) => one.row === row);
    return { ...(await readiness(row, use?.options ?? options, machine)), chosen: use !== undefined };
  }));
  stdout.write(json ? `${JSON.stringify(listed, undefined, 1)}\n` : table(listed));
  return exitCodes.ok;
}

/** The list in words, stage by stage. */
export function table(engines: readonly EngineListed[]): string {
  const width = Math.max(...engines.map(({ name }) => name.length));
  const lines = (Object.keys(titles) as Stage[]).flatMap((stage) => [titles[stage], ...engines.filter((engine) => engine.stage === stage).flatMap((engine) => [
    `${engine.chosen ? '→' : ' '} ${engine.ready ? '✔' : '✘'} ${engine.name.padEnd(width)}  ${traits(engine)}`,
    ...engine.missing.map(({ what, how }) => `      missing: ${what}. ${how}`.trimEnd()),
  ]), '']);
  return [...lines, '✔ ready   ✘ something is missing   → chosen by these settings', ''].map(sanitise).join('\n');
}

const traits = ({ languages, licence, streams, abortable, tools }: EngineListed): string =>
  [languages, ...(streams ? ['streams'] : []), ...(abortable ? ['can be aborted'] : []), ...(tools ? ['uses tools'] : []), `licence: ${licence}`].join(' · ');
