import { entriesOf } from './flags.js';
import type { LoadedSettings, Origin } from './load.js';
import { flagOf } from './settings.js';
import type { CommandName } from './settings.js';

/** All settings as lines of `name  value  origin`, what `--print_config` shows. Secrets are not shown. */
export function describeSettings<C extends CommandName>(command: C, loaded: Pick<LoadedSettings<C>, 'settings' | 'origins'>): string {
  const settings: Readonly<Record<string, unknown>> = loaded.settings;
  const origins: Readonly<Record<string, Origin>> = loaded.origins;
  const rows = entriesOf(command).map(([key, { secret }]) => {
    const value = settings[key];
    const shown = value === undefined ? '(unset)' : secret ? '(set, not shown)' : value === Infinity ? 'inf' : isListOfObjects(value) ? `(${value.length} of them, not shown)` : JSON.stringify(value);
    const { from, name } = origins[key] ?? { from: 'default', name: '' };
    return [flagOf(key), shown, name === '' ? from : `${from} ${name}`] as const;
  });
  const width = Math.max(...rows.map(([name]) => name.length));
  const values = Math.max(...rows.map(([, value]) => value.length).filter((length) => length <= 40));
  return rows.map(([name, value, origin]) => `${name.padEnd(width)}  ${value.padEnd(values)}  # ${origin}`).join('\n');
}

/** Tools in a config file: long, and not written to be read on one line. */
const isListOfObjects = (value: unknown): value is readonly object[] => Array.isArray(value) && value.some((one) => typeof one === 'object');
