import { readFileSync } from 'node:fs';
import { entriesOf } from '../src/config/flags.js';
import { loadSettings } from '../src/config/load.js';
import type { LoadedSettings } from '../src/config/load.js';
import { describeSettings } from '../src/config/describe.js';
import type { CommandName } from '../src/config/settings.js';
import { suggest } from '../src/config/suggest.js';
import { SpeechError } from '../src/errors.js';
import { sanitise } from '../src/sanitise.js';
import { exitCodes, printError } from './exit.js';
import { helpFor } from './help.js';
import type { Topic } from './help.js';
import type { Io } from './io.js';
import { doctorOptions, modelsOptions } from './options.js';
import { withPreset } from './preset.js';
import { version } from './version.js';

const commands = ['serve', 'talk', 'listen-and-play', 'watch', 'replay', 'models', 'engines', 'voices', 'doctor', 'help'] as const;

/** Runs the command that the words of a command line ask for, and gives the exit code. It prints errors, and never throws. */
export async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await run(argv, io);
  } catch (error) {
    return printError(error, io, wantsDebug(argv, io.env));
  }
}

/** Whether stacks are wanted. Looked up without parsing, as what cannot be parsed may be what is to be traced. */
export function wantsDebug(argv: readonly string[], env: Io['env']): boolean {
  return /--log[-_]level[ =]debug/i.test(argv.join(' ')) || env['SPEECH_TO_SPEECH_LOG_LEVEL']?.toLowerCase() === 'debug';
}

async function run(argv: readonly string[], io: Io): Promise<number> {
  const [first, ...others] = argv;
  const command = commands.find((known) => known === first);
  const rest = command === undefined ? argv : others;
  if (command === undefined && first !== undefined && !first.startsWith('-') && !first.endsWith('.json')) throw unknownCommand(first);

  /** `listen-and-play doctor`: the client's end is to be examined. */
  const ofClient = command === 'listen-and-play' && rest[0] === 'doctor';

  if (rest.some((word) => word === '--version' || word === '-V')) return say(version(), io);
  if (command === 'help') return say(helpFor(topicOf(rest[0])), io);
  if (rest.some((word) => word === '--help' || word === '-h')) return say(helpFor(ofClient ? 'doctor' : command ?? 'serve'), io);

  if (ofClient) return doctor(rest.slice(1), io, true);
  switch (command) {
    case 'doctor':
      return doctor(rest, io, false);
    case 'models': {
      const options = modelsOptions(rest);
      const { models } = await import('./commands/models.js');
      return models(options, io);
    }
    case 'engines': {
      const words = rest.filter((word) => word !== '--json');
      return withSettings('serve', words, io, async ({ settings }) => (await import('./commands/engines.js')).engines(settings, words.length < rest.length, io));
    }
    case 'voices': {
      const words = rest.filter((word) => word !== '--json' && word !== '--play');
      const asked = { json: rest.includes('--json'), play: rest.includes('--play') };
      return withSettings('talk', words, io, async ({ settings }) => (await import('./commands/voices.js')).voices(settings, asked, io));
    }
    case 'talk':
    case 'listen-and-play':
      if (rest.some(listsDevices)) {
        return withSettings(command, rest.filter((word) => !listsDevices(word)), io, async ({ settings }) => (await import('./commands/list-devices.js')).listDevicesCommand(settings, io));
      }
      if (command === 'talk') return withSettings('talk', rest, io, async ({ settings, origins }) => (await import('./commands/talk.js')).talk(settings, io, origins));
      return withSettings('listen-and-play', rest, io, async ({ settings }) => (await import('./commands/listen-and-play.js')).listenAndPlayCommand(settings, io));
    case 'watch':
      return withSettings('watch', rest, io, async ({ settings }) => (await import('./commands/watch.js')).watch(settings, io));
    case 'replay': {
      const [path, ...words] = rest;
      // What prints settings needs no recording.
      if ((path === undefined || path.startsWith('-')) && !rest.includes('--print_config')) throw noRecording();
      return withSettings('replay', path?.startsWith('-') === true ? rest : words, io, async ({ settings }) => (await import('./commands/replay.js')).replay(path ?? '', settings, io));
    }
    case 'serve':
    case undefined:
      return withSettings('serve', rest, io, async ({ settings }) => (await import('./commands/serve.js')).serve(settings, io));
  }
}

const listsDevices = (word: string): boolean => /^--list[-_]devices$/.test(word);

/** Examines the client's end, the way to a server that is named, or else the server's end. */
async function doctor(argv: readonly string[], io: Io, ofClient: boolean): Promise<number> {
  const { options, remote, settings: words } = doctorOptions(argv);
  const { doctorOfClient, doctorOfServer } = await import('./commands/doctor.js');
  return ofClient || remote
    ? withSettings('listen-and-play', words, io, ({ settings }) => doctorOfClient(settings, { ...options, devices: ofClient }, io))
    : withSettings('talk', words, io, ({ settings }) => doctorOfServer(settings, options, io));
}

/** Loads the settings of a command, tells of what was odd about them, and hands them over. */
async function withSettings<C extends CommandName>(
  command: C, argv: readonly string[], io: Io, then: (loaded: LoadedSettings<C>) => Promise<number>,
): Promise<number> {
  const { loaded, line } = await withPreset(loadSettings(command, argv, io.env, (path) => readFileSync(path, 'utf8')), io);
  for (const [key, { secret }] of entriesOf(command)) {
    const value: unknown = loaded.settings[key as keyof typeof loaded.settings];
    // One for each of several engines, or one that has commas in it.
    if (secret && typeof value === 'string') for (const one of [value, ...value.split(',')]) io.keepSecret(one);
  }
  for (const warning of loaded.warnings) io.stderr.write(`warning: ${sanitise(warning)}\n`);
  if (line !== undefined && loaded.settings.ui !== 'none') io.stderr.write(`${sanitise(line)}\n`);
  if (loaded.printConfig) return say(describeSettings(command, loaded), io);
  return then(loaded);
}

function say(text: string, { stdout }: Io): number {
  stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  return exitCodes.ok;
}

function topicOf(word: string | undefined): Topic {
  if (word === undefined || word === 'help') return 'serve';
  const topic = commands.find((known) => known === word);
  if (topic === undefined || topic === 'help') throw unknownCommand(word);
  return topic;
}

function noRecording(): SpeechError {
  return new SpeechError('replay needs to know what to show', { kind: 'config', code: 'missing-recording', hint: 'Name it first: speech-to-speech replay FOLDER, which is one of those that --record has made, or a file of events.' });
}

function unknownCommand(word: string): SpeechError {
  const meant = suggest(word, commands);
  const hint = meant === undefined ? `It is one of ${commands.join(', ')}; without one the server starts.` : `Did you mean ${meant}?`;
  return new SpeechError(`there is no command "${word}"`, { kind: 'config', code: 'unknown-command', hint });
}
