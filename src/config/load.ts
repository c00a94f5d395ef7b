import { SpeechError } from '../errors.js';
import { didYouMean, entriesOf, parseFlags, unsupported } from './flags.js';
import { jsonFile } from './json-file.js';
import { flagOf, variableOf } from './settings.js';
import type { CommandName, Setting, Settings } from './settings.js';
import { upstreamFlag } from './upstream.js';

/** Where a value comes from; `name` is the flag, the variable, the file or the preset. */
export interface Origin {
  readonly from: 'flag' | 'variable' | 'file' | 'preset' | 'default';
  readonly name: string;
}

export interface LoadedSettings<C extends CommandName> {
  readonly settings: Settings<C>;
  readonly origins: Readonly<Record<keyof Settings<C>, Origin>>;
  /** Sentences for the user: flags that were skipped, values that were replaced. */
  readonly warnings: readonly string[];
  /** Whether the settings are to be shown and nothing else done. */
  readonly printConfig: boolean;
}

interface Given { readonly raw: unknown; readonly origin: Origin }

/**
 * The settings of a command: flags before environment variables before the config file before defaults. Pure but for
 * `readFile`, which gets the path of the config file and returns its text.
 *
 * @throws SpeechError of kind `config` that names the flag, what it was given and what it takes.
 */
export function loadSettings<C extends CommandName>(
  command: C,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): LoadedSettings<C> {
  const flags = parseFlags(command, argv);
  const warnings = [...flags.warnings];
  const file = flags.file === undefined ? new Map<string, unknown>() : readConfig(flags.file, readFile, command, warnings);

  const settings: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [key, setting] of entriesOf(command)) {
    const flag = flagOf(key);
    const variable = variableOf(command, key, setting);
    const candidates: Given[] = [
      { raw: flags.given.get(key), origin: { from: 'flag', name: `--${flag}` } },
      { raw: env[variable] === '' ? undefined : env[variable], origin: { from: 'variable', name: variable } },
      { raw: file.get(key), origin: { from: 'file', name: flags.file ?? '' } },
    ];
    // An empty value of a setting that may be unset is how a script passes a variable that is not set.
    const given = candidates.find(({ raw }) => raw !== undefined && !(raw === '' && setting.default === undefined));
    settings[key] = given === undefined ? setting.default : valueOf(flag, setting, given, warnings);
    origins[key] = given?.origin ?? { from: 'default', name: '' };
  }
  checkTogether(settings, origins);
  // The table says which type each key has, and every value came through its schema or is its default.
  return { settings, origins, warnings, printConfig: flags.printConfig } as LoadedSettings<C>;
}

function valueOf(flag: string, setting: Setting, { raw, origin }: Given, warnings: string[]): unknown {
  const word = typeof raw === 'string' ? raw.trim().toLowerCase() : '';
  const instead = setting.instead?.[word];
  if (instead !== undefined) {
    warnings.push(`--${flag} ${word} belongs to the Python program; ${instead} is used here`);
    return instead;
  }
  const parsed = setting.schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const shown = setting.secret ? 'what it was given' : typeof raw === 'string' && /^[\w.+-]+$/.test(raw) ? raw : typeof raw === 'object' && !Array.isArray(raw) ? 'an object' : JSON.stringify(raw);
  throw badSetting(`--${flag} cannot be ${shown}${whence(origin)}: it takes ${setting.allowed}`, setting.advice?.[word]);
}

function whence({ from, name }: Origin): string {
  return from === 'variable' ? ` (variable ${name})` : from === 'file' ? ` (in ${name})` : '';
}

/** What one setting alone cannot tell. */
function checkTogether(settings: Readonly<Record<string, unknown>>, origins: Readonly<Record<string, Origin>>): void {
  const { minSpeechMs, maxSpeechMs } = settings;
  for (const [one, other] of [['recvPort', 'sendPort'], ['recvPort', 'eventsPort'], ['sendPort', 'eventsPort']] as const) {
    const port = settings[one];
    if (typeof port !== 'number' || port === 0 || port !== settings[other]) continue;
    const origin = [one, other].map((key) => origins[key]).find((from) => from !== undefined && from.from !== 'default');
    throw badSetting(`--${flagOf(one)} and --${flagOf(other)} cannot both be ${port}${origin ? whence(origin) : ''}: they take two different ports`);
  }
  if (typeof minSpeechMs === 'number' && typeof maxSpeechMs === 'number' && maxSpeechMs < minSpeechMs) {
    throw badSetting(`--max_speech_ms cannot be ${maxSpeechMs} while --min_speech_ms is ${minSpeechMs}: it takes at least that`);
  }
}

function badSetting(message: string, hint?: string): SpeechError {
  return new SpeechError(message, { kind: 'config', code: 'bad-setting', ...(hint !== undefined && { hint }) });
}

/** The values of a config file by key of the setting. */
function readConfig(path: string, readFile: (path: string) => string, command: CommandName, warnings: string[]): Map<string, unknown> {
  const values = new Map<string, unknown>();
  const keys = new Map(entriesOf(command).map(([key]) => [flagOf(key), key]));
  for (const [name, value] of Object.entries(jsonFile({ path, what: 'config file', hint: 'It holds one JSON object, for example { "recv_port": 12345 }.' }, readFile))) {
    if (name === '$schema') continue;
    const flag = name.replaceAll('-', '_');
    const key = keys.get(flag);
    if (key !== undefined) {
      if (value !== null) values.set(key, value);
    } else if (command !== 'listen-and-play' && upstreamFlag(flag)) {
      warnings.push(unsupported(`"${name}" in ${path}`, flag));
    } else {
      const hint = didYouMean(flag, command, '') ?? 'Its keys are the flags without dashes: see --help.';
      throw new SpeechError(`there is no setting "${name}" (in ${path})`, { kind: 'config', code: 'unknown-key', hint });
    }
  }
  return values;
}
