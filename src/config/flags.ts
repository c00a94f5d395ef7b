import { Command, CommanderError, Option } from 'commander';
import { SpeechError } from '../errors.js';
import { flagOf, settingOf, settingsOf } from './settings.js';
import type { CommandName, Setting } from './settings.js';
import { suggest } from './suggest.js';
import { upstreamFlag } from './upstream.js';

/** What a command line says, before any value was looked at. */
export interface Flags {
  /** Values as they stand, by key of the setting. */
  readonly given: ReadonlyMap<string, unknown>;
  /** The config file, if there is one. */
  readonly file: string | undefined;
  readonly printConfig: boolean;
  readonly warnings: readonly string[];
}

/** The settings of a command as entries. */
export function entriesOf(command: CommandName): [key: string, setting: Setting][] {
  return Object.entries(settingsOf[command]).map(([key, schema]) => [key, settingOf(schema)]);
}

/** The command with all its flags, for parsing and for the help. */
export function commandFor(command: CommandName): Command {
  const built = new Command(command).helpOption(false).exitOverride().configureOutput({ writeErr: () => undefined });
  for (const [key, setting] of entriesOf(command)) {
    const switchable = typeof setting.default === 'boolean';
    const value = setting.placeholder.startsWith('[') ? setting.placeholder : `<${setting.placeholder}>`;
    const help = setting.choices === undefined ? setting.help : `[${setting.choices.join(', ')}] ${setting.help}`;
    const option = new Option(`--${flagOf(key)} ${value}`, help).helpGroup(`${setting.group}:`);
    const shown = setting.default === Infinity ? 'inf' : String(setting.default);
    if (setting.default !== undefined) option.default(setting.default, shown.length > 60 ? 'see --print_config' : shown);
    if (setting.variable !== undefined) option.env(setting.variable);
    built.addOption(option);
    if (switchable) built.addOption(new Option(`--no_${flagOf(key)}`).hideHelp());
  }
  if ('inputDevice' in settingsOf[command]) built.addOption(new Option('--list_devices', 'List the microphones and speakers of this machine').helpGroup('Audio:'));
  return built
    .addOption(new Option('--print_config', 'Show every setting and where it comes from').helpGroup('Program:'))
    .addOption(new Option('-h, --help', 'Show this').helpGroup('Program:'))
    .addOption(new Option('-V, --version', 'Show the version').helpGroup('Program:'));
}

/**
 * Reads the flags of a command. `--recv_port 1`, `--recv-port 1` and `--recv_port=1` are one; the last one wins.
 *
 * @throws SpeechError of kind `config` for a flag that nobody knows, one without its value, or a stray argument.
 */
export function parseFlags(command: CommandName, argv: readonly string[]): Flags {
  const words = argv.map(snake);
  const parser = commandFor(command);
  const foreign = upstreamFlagsIn(words, command);
  for (const flag of foreign) parser.addOption(new Option(`--${flag} [value]`).hideHelp());

  const { operands, unknown } = parse(parser, words);
  const given = new Map<string, unknown>();
  const typed = (name: string) => parser.getOptionValueSource(name) === 'cli';
  for (const [key] of entriesOf(command)) {
    const flag = flagOf(key);
    if (typed(flag)) {
      const value: unknown = parser.getOptionValue(flag);
      if (typeof value === 'string' && value.startsWith('--') && !words.includes(`--${flag}=${value}`)) throw missingValue(flag);
      given.set(key, value);
    }
    if (typed(`no_${flag}`)) given.set(key, false);
  }
  if (unknown[0] !== undefined) throw unknownFlag(nameOf(unknown[0]), command);
  const files = operands.filter((operand) => operand.endsWith('.json'));
  const stray = operands.find((operand) => !operand.endsWith('.json')) ?? files[1];
  if (stray !== undefined) throw strayArgument(stray);
  return {
    given,
    file: files[0],
    printConfig: typed('print_config'),
    warnings: foreign.map((flag) => unsupported(`--${flag}`, flag)),
  };
}

/** The sentence that tells of a flag or key of the reference that was skipped. */
export function unsupported(shown: string, flag: string): string {
  const nearest = upstreamFlag(flag)?.nearest;
  return `${shown} is a setting of the Python program and is skipped here${nearest === undefined ? '' : `; the nearest is --${nearest}`}`;
}

/** ` Did you mean …?` for a name that nobody knows. */
export function didYouMean(name: string, command: CommandName, dashes = '--'): string | undefined {
  const own = entriesOf(command).map(([key]) => flagOf(key));
  const others = (Object.keys(settingsOf) as CommandName[])
    .filter((other) => other !== command && entriesOf(other).some(([key]) => flagOf(key) === name))
    .map((other) => (other === 'listen-and-play' ? other : other === 'serve' ? 'speech-to-speech' : `speech-to-speech ${other}`));
  if (others.length > 0) return `It is known to ${others.join(' and ')}.`;
  const meant = suggest(name, [...own, 'list_devices', 'print_config', 'help', 'version']);
  return meant === undefined ? undefined : `Did you mean ${dashes}${meant}?`;
}

function parse(parser: Command, words: string[]): { operands: string[]; unknown: string[] } {
  try {
    return parser.parseOptions(words);
  } catch (error) {
    if (error instanceof CommanderError && error.code === 'commander.optionMissingArgument') {
      throw missingValue(/--(\w+)/.exec(error.message)?.[1] ?? '', error);
    }
    throw error;
  }
}

/** `--recv-port=1-2` → `--recv_port=1-2`. */
export function snake(word: string): string {
  return word.replace(/^--[^=]+/, (flag) => `--${flag.slice(2).replaceAll('-', '_')}`);
}

/** The flag alone: what follows `=` may be a secret. */
function nameOf(word: string): string {
  return word.replace(/^-+/, '').replace(/=.*$/s, '');
}

function upstreamFlagsIn(words: readonly string[], command: CommandName): string[] {
  if (command === 'listen-and-play') return [];
  const own = new Set(entriesOf(command).flatMap(([key]) => [flagOf(key), `no_${flagOf(key)}`]));
  const names = words.filter((word) => word.startsWith('--')).map(nameOf);
  return [...new Set(names.filter((name) => !own.has(name) && upstreamFlag(name) !== undefined))];
}

function unknownFlag(name: string, command: CommandName): SpeechError {
  const hint = didYouMean(name, command) ?? 'See --help for all flags.';
  return new SpeechError(`there is no flag ${name.length > 1 ? '--' : '-'}${name}`, { kind: 'config', code: 'unknown-flag', hint });
}

function missingValue(flag: string, cause?: unknown): SpeechError {
  const hint = `Write --${flag} VALUE, or --${flag}=VALUE where the value begins with dashes.`;
  return new SpeechError(`--${flag} needs a value`, { kind: 'config', code: 'missing-value', hint, cause });
}

function strayArgument(word: string): SpeechError {
  const hint = ['serve', 'talk', 'models', 'engines', 'doctor', 'listen-and-play', 'watch', 'replay', 'help'].includes(word)
    ? 'A command is the first word: speech-to-speech COMMAND --flags.'
    : 'Flags begin with --; one argument may be a config file, NAME.json.';
  return new SpeechError(`"${word}" is neither a flag nor the value of one`, { kind: 'config', code: 'stray-argument', hint });
}
