import { concat, EMPTY, from, fromEvent, ignoreElements, lastValueFrom, of, switchMap, take, takeUntil } from 'rxjs';
import type { TalkSettings } from '../../src/config/settings.js';
import { chosen, chosenFor } from '../../src/engines/choose-engines.js';
import { readiness, thisMachine } from '../../src/engines/readiness.js';
import { registry } from '../../src/engines/registry.js';
import { settled, type Row, type Voice } from '../../src/engines/row.js';
import { SpeechError } from '../../src/errors.js';
import { cacheFolder, modelPaths } from '../../src/models/cache.js';
import { catalog } from '../../src/models/catalog.js';
import { sanitise } from '../../src/sanitise.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { mouth } from './audio.js';
import { engineSettings } from './conversation.js';

export interface VoicesOptions {
  readonly json: boolean;
  /** Let the chosen voice be heard instead. */
  readonly play: boolean;
}

/** One voice as the list shows it. */
export interface VoiceListed extends Omit<Voice, 'model'> {
  readonly engine: string;
  /** Whether it has been fetched, or needs no fetching. */
  readonly here: boolean;
}

const GREETING = 'Hello. This is how I sound, and I am glad to talk with you.';

/** `speech-to-speech voices`: the voices of every engine that is ready here, or would be with its models fetched; or the sound of the one that the settings choose. */
export async function voices(settings: TalkSettings, { json, play }: VoicesOptions, io: Pick<Io, 'stdout' | 'stderr' | 'env' | 'signal'>): Promise<number> {
  if (play) return hear(settings, io);
  const asked = engineSettings(settings);
  const options = settled(asked);
  const inUse = chosenFor('tts', { ...chosen(asked, options), options });
  const machine = thisMachine(cacheFolder(settings.cache, io.env));
  const all: readonly Row<'tts'>[] = Object.values(registry.tts);
  const listed = await Promise.all(all.map(async (row): Promise<readonly VoiceListed[]> => {
    const told = inUse.find((one) => one.row === row)?.options ?? options;
    // A voice that is asked for of one engine is no reason to hide the others.
    const { ready } = await readiness(row, { ...told, voice: undefined }, { ...machine, model: () => Promise.resolve(undefined) });
    const known = ready ? (await row.voices?.(told) ?? []) : [];
    return Promise.all(known.map(async ({ model, ...voice }) => ({ engine: row.name, ...voice, here: model === undefined || await machine.model(model) === undefined })));
  }));
  io.stdout.write(json ? `${JSON.stringify(listed.flat(), undefined, 1)}\n` : table(listed.flat()));
  return exitCodes.ok;
}

function table(all: readonly VoiceListed[]): string {
  const rows = [['ENGINE', 'VOICE', 'LANGUAGE', 'HERE', 'LICENCE'], ...all.map(({ engine, name, language, here, licence }) => [engine, name, language, here ? 'yes' : 'no', licence])];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
  return [...lines, '', 'Hear one: speech-to-speech voices --play --tts ENGINE --voice VOICE', 'Fetch one that is not here: speech-to-speech models pull VOICE', 'Engines that are not ready: speech-to-speech engines', ''].map(sanitise).join('\n');
}

/** Plays a sentence in the voice that the settings choose. */
async function hear(settings: TalkSettings, { stderr, env, signal }: Pick<Io, 'stderr' | 'env' | 'signal'>): Promise<number> {
  const asked = engineSettings(settings);
  const all = settled(asked);
  const cache = cacheFolder(settings.cache, env);
  const [{ row, options }] = chosenFor('tts', { ...chosen(asked, all), options: all });
  const { missing: [missing] } = await readiness(row, options, thisMachine(cache));
  if (missing !== undefined) throw new SpeechError(`The engine ${row.name} is not ready: ${missing.what}`, { kind: 'config', code: 'engine-not-ready', hint: missing.how });
  const { speaker, note } = mouth(settings);
  if (note !== undefined) stderr.write(`warning: ${sanitise(note)}\n`);
  const files = Object.fromEntries(catalog.map((model) => [model.name, modelPaths(model, cache)]));
  // The engine is let go when the last word has been heard, and not before.
  const heard = row.load(options, files).pipe(switchMap((tts) => concat(speaker(from(tts(GREETING))).pipe(ignoreElements()), of(true))), take(1));
  await lastValueFrom(signal.aborted ? EMPTY : heard.pipe(takeUntil(fromEvent(signal, 'abort'))), { defaultValue: undefined });
  return signal.aborted ? exitCodes.interrupted : exitCodes.ok;
}
