import { parseArgs } from 'node:util';
import { SpeechError } from '../../../src/errors.js';
import type { Style } from './meeting.js';
import type { Profile } from './sentence.js';

export const HELP = `Judges a server, or a client, of the socket mode by the sentences of its contract, over the wire.

  npm run conformance -- [--host localhost] [--recv_port 12345] [--send_port 12346] [options] [-- COMMAND …]

Ports are named as the SERVER names them, whoever is judged: --recv_port is the microphone's (a client calls it
--send_port), --send_port is the reply's (a client calls it --recv_port).

  --profile server      connects to a server as its clients would (the default)
  --profile client      listens on the two ports, as a server would, and judges the client that connects
  --style desktop       what the client is like: desktop (half duplex by silence) or android (never silent)
  --reference           failures that the Python reference is known for are told as known differences
  --section N           only this section of the contract: 1, 3, 4 or 5
  --speech FILE.wav     a question the server understands; unset, Flite asks for the capital of France
  --speed N             so many times faster than real time the server is spoken to (1)
  --timeout_s N         the longest wait for something that has to come (60)
  --quiet_s N           how long nothing must come before an answer counts as whole, or as none (2)
  --json                the verdicts as JSON on stdout

A command after -- is the server: it is started before the first sentence, again where a sentence has left it unwell, and
by the sentences about how a server starts and stops, which are skipped otherwise. Without it, a server that ends with its
client has to be started again by somebody else.

Exit code 0 if nothing failed, 1 if something did, 2 for wrong flags.
`;

export interface Options {
  readonly host: string;
  readonly micPort: number;
  readonly replyPort: number;
  readonly profile: Profile;
  readonly style: Style;
  readonly reference: boolean;
  readonly section: string | undefined;
  readonly speech: string | undefined;
  readonly speed: number;
  /** ms */
  readonly patience: number;
  /** ms */
  readonly quiet: number;
  readonly json: boolean;
  readonly command: readonly string[];
}

/**
 * Reads the command line, `undefined` where only help is asked for. Flags are written with `_` or with `-`.
 *
 * @throws SpeechError of kind `config`.
 */
export function conformanceOptions(argv: readonly string[]): Options | undefined {
  const end = argv.indexOf('--');
  const flags = (end < 0 ? argv : argv.slice(0, end)).map((word) => (word.startsWith('--') ? word.replace(/^--[^=]+/, (name) => `--${name.slice(2).replaceAll('-', '_')}`) : word));
  const values = read(flags);
  if (values.help) return undefined;
  const number = (name: string, value: string, least: number, most: number): number => {
    const read = Number(value);
    if (!(read >= least && read <= most)) throw wrong(`--${name} takes a number from ${least} to ${most}, not "${value}"`);
    return read;
  };
  const one = <T extends string>(name: string, value: string, of: readonly T[]): T => {
    const found = of.find((each) => each === value);
    if (found === undefined) throw wrong(`--${name} takes ${of.join(' or ')}, not "${value}"`);
    return found;
  };
  return {
    host: values.host,
    micPort: number('recv_port', values.recv_port, 0, 65_535),
    replyPort: number('send_port', values.send_port, 0, 65_535),
    profile: one('profile', values.profile, ['server', 'client']),
    style: one('style', values.style, ['desktop', 'android']),
    reference: values.reference,
    section: values.section === undefined ? undefined : one('section', values.section, ['1', '3', '4', '5']),
    speech: values.speech,
    speed: number('speed', values.speed, 0.1, 1_000),
    patience: 1_000 * number('timeout_s', values.timeout_s, 0.1, 3_600),
    quiet: 1_000 * number('quiet_s', values.quiet_s, 0.01, 600),
    json: values.json,
    command: end < 0 ? [] : argv.slice(end + 1),
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        host: { type: 'string', default: 'localhost' },
        recv_port: { type: 'string', default: '12345' },
        send_port: { type: 'string', default: '12346' },
        profile: { type: 'string', default: 'server' },
        style: { type: 'string', default: 'desktop' },
        reference: { type: 'boolean', default: false },
        section: { type: 'string' },
        speech: { type: 'string' },
        speed: { type: 'string', default: '1' },
        timeout_s: { type: 'string', default: '60' },
        quiet_s: { type: 'string', default: '2' },
        json: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function wrong(message: string): SpeechError {
  return new SpeechError(message, { kind: 'config', code: 'bad-setting', hint: 'See npm run conformance -- --help.' });
}
