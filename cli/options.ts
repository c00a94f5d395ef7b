import { Command, CommanderError, Option } from 'commander';
import { SpeechError } from '../src/errors.js';
import { suggest } from '../src/config/suggest.js';

const actions = ['list', 'pull', 'verify', 'path'] as const;

/** What `speech-to-speech models …` asks for. */
export interface ModelsOptions {
  readonly action: (typeof actions)[number];
  readonly names: readonly string[];
  readonly all: boolean;
  /** A file or folder of the user to take the models from. */
  readonly from?: string;
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
    .addOption(new Option('--cache <FOLDER>'));
  const { operands: [action, ...names], unknown } = parse(parser, argv);
  if (unknown[0] !== undefined) {
    throw usage('unknown-flag', `models has no flag ${unknown[0].replace(/=.*$/s, '')}`, suggest(unknown[0].replace(/^-+|=.*$/gs, ''), ['all', 'from', 'cache', 'help']), '--');
  }
  if (action === undefined) throw usage('missing-action', `models needs to know what to do: ${actions.join(', ')}`);
  const known = actions.find((one) => one === action);
  if (known === undefined) throw usage('unknown-action', `models cannot "${action}": it takes ${actions.join(', ')}`, suggest(action, actions));
  const { all = false, from, cache } = parser.opts<{ all?: boolean; from?: string; cache?: string }>();
  if (from !== undefined && known !== 'pull') throw usage('bad-setting', `--from goes with models pull, not with models ${known}`);
  return { action: known, names, all, ...(from !== undefined && { from }), ...(cache !== undefined && { cache }) };
}

function parse(parser: Command, argv: readonly string[]): { operands: string[]; unknown: string[] } {
  try {
    return parser.parseOptions([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) throw usage('missing-value', `${/--\w+/.exec(error.message)?.[0] ?? 'a flag'} needs a value`);
    throw error;
  }
}

function usage(code: string, message: string, meant?: string, dashes = ''): SpeechError {
  const hint = meant === undefined ? 'See speech-to-speech models --help.' : `Did you mean ${dashes}${meant}?`;
  return new SpeechError(message, { kind: 'config', code, hint });
}
