import { Command, CommanderError, Option } from 'commander';
import { SpeechError } from '../src/errors.js';
import { snake } from '../src/config/flags.js';
import { kindOf, port } from '../src/config/kinds.js';
import { suggest } from '../src/config/suggest.js';
import { presets, type Preset } from '../src/models/preset.js';

const actions = ['list', 'pull', 'import', 'verify', 'path', 'rm'] as const;

/** What each of the flags of `models` goes with; `--cache` goes with all. */
const goesWith: Readonly<Record<string, (typeof actions)[number]>> = { all: 'pull', from: 'pull', preset: 'pull', accept_licence: 'pull', offline: 'pull', as: 'import', json: 'list' };

/** What `speech-to-speech models …` asks for. */
export interface ModelsOptions {
  readonly action: (typeof actions)[number];
  readonly names: readonly string[];
  readonly all: boolean;
  /** A file or folder of the user to take the models from. */
  readonly from?: string;
  /** The models that this preset chooses for this machine. */
  readonly preset?: Preset;
  readonly acceptLicence: boolean;
  /** Nothing is asked of the network. */
  readonly offline: boolean;
  /** The model that an imported file is. */
  readonly as?: string;
  readonly json: boolean;
  readonly cache?: string;
}

/**
 * Reads the arguments of `models`.
 *
 * @throws SpeechError of kind `config`.
 */
export function modelsOptions(argv: readonly string[]): ModelsOptions {
  const parser = new Command('models').helpOption(false).exitOverride().configureOutput({ writeErr: () => undefined })
    .addOption(new Option('--all'))
    .addOption(new Option('--from <PATH>'))
    .addOption(new Option('--preset <NAME>'))
    .addOption(new Option('--accept_licence'))
    .addOption(new Option('--offline'))
    .addOption(new Option('--as <NAME>'))
    .addOption(new Option('--json'))
    .addOption(new Option('--cache <FOLDER>'));
  const { operands: [action, ...names], unknown } = parse(parser, argv.map(snake));
  if (unknown[0] !== undefined) {
    throw usage('unknown-flag', `models has no flag ${unknown[0].replace(/=.*$/s, '')}`, suggest(unknown[0].replace(/^-+|=.*$/gs, ''), [...Object.keys(goesWith), 'cache', 'help']), '--');
  }
  if (action === undefined) throw usage('missing-action', `models needs to know what to do: ${actions.join(', ')}`);
  const known = actions.find((one) => one === action);
  if (known === undefined) throw usage('unknown-action', `models cannot "${action}": it takes ${actions.join(', ')}`, suggest(action, actions));
  const { all = false, accept_licence: acceptLicence = false, offline = false, json = false, preset: named, ...rest } =
    parser.opts<{ all?: boolean; accept_licence?: boolean; offline?: boolean; json?: boolean; from?: string; preset?: string; as?: string; cache?: string }>();
  const stray = Object.keys(parser.opts()).find((flag) => flag !== 'cache' && goesWith[flag] !== known);
  if (stray !== undefined) throw usage('bad-setting', `--${stray} goes with models ${goesWith[stray] ?? ''}, not with models ${known}`);
  const preset = presets.find((one) => one === named);
  if (named !== undefined && preset === undefined) throw usage('bad-setting', `--preset takes one of ${presets.join(', ')}, not "${named}"`, suggest(named, presets));
  return { action: known, names, all, acceptLicence, offline, json, ...(preset && { preset }), ...rest };
}

/** What `speech-to-speech doctor …` asks for. */
export interface DoctorOptions {
  /** A line of JSON for each finding. */
  readonly json: boolean;
  /** Models are not read in full. */
  readonly fast: boolean;
  /** Engines are loaded. */
  readonly engines: boolean;
  /** The speaker is tried with a tone. */
  readonly play: boolean;
  /** Where the server tells its events; undefined where the user does not say. */
  readonly eventsPort?: number;
}

/**
 * Reads the arguments of `doctor`. What is not its own are settings, of the client where a host is named and of the server
 * where none is.
 *
 * @throws SpeechError of kind `config`.
 */
export function doctorOptions(argv: readonly string[]): { readonly options: DoctorOptions; readonly remote: boolean; readonly settings: readonly string[] } {
  const parser = new Command('doctor').helpOption(false).exitOverride().configureOutput({ writeErr: () => undefined })
    .addOption(new Option('--json'))
    .addOption(new Option('--fast'))
    .addOption(new Option('--no_engines'))
    .addOption(new Option('--play'))
    .addOption(new Option('--events_port <PORT>'));
  const { operands, unknown } = parse(parser, argv.map(snake), 'doctor');
  const { json = false, fast = false, no_engines: none = false, play = false, events_port: events } =
    parser.opts<{ json?: boolean; fast?: boolean; no_engines?: boolean; play?: boolean; events_port?: string }>();
  const eventsPort = events === undefined ? undefined : port.safeParse(events);
  if (eventsPort?.success === false) throw new SpeechError(`--events_port cannot be ${JSON.stringify(events)}: it takes ${kindOf(port).allowed}`, { kind: 'config', code: 'bad-setting' });
  const settings = [...operands, ...unknown];
  return {
    options: { json, fast, engines: !none, play, ...(eventsPort !== undefined && { eventsPort: eventsPort.data }) },
    remote: settings.some((word) => /^--host(=|$)/.test(word)),
    settings,
  };
}

function parse(parser: Command, argv: readonly string[], command = 'models'): { operands: string[]; unknown: string[] } {
  try {
    return parser.parseOptions([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) throw usage('missing-value', `${/--\w+/.exec(error.message)?.[0] ?? 'a flag'} needs a value`, undefined, '', command);
    throw error;
  }
}

function usage(code: string, message: string, meant?: string, dashes = '', command = 'models'): SpeechError {
  const hint = meant === undefined ? `See speech-to-speech ${command} --help.` : `Did you mean ${dashes}${meant}?`;
  return new SpeechError(message, { kind: 'config', code, hint });
}
