import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wavBytes } from '../../src/audio/wav.js';
import { openaiServer } from '../fixtures/openai-server.js';
import type { Step } from '../fixtures/openai-server.js';
import { say } from '../fixtures/voices.js';

/** With signs that JSON and addresses write otherwise. */
const KEY = 'canary-4f9a+/"7310"==';
/** What no output may hold: a part of the key that every spelling of it has. */
const CANARY = 'canary-4f9a';
/** A word of what the speaker says, according to a recogniser that hears the same in everything. */
const SAID = 'pineapple';

const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
writeFileSync(path('hears.mjs'), `console.log('My number is ${SAID} seven.')`);
const engines = ['--stt', 'command', '--stt_command', `${process.execPath} ${path('hears.mjs')}`, '--tts', 'flite'];

/** The three ways in which a key can be given. */
const ways = {
  flag: { words: ['--responses_api_api_key', KEY], env: {} },
  variable: { words: [], env: { OPENAI_API_KEY: KEY } },
  file: { words: [path('key.json')], env: {} },
} as const;
type Way = keyof typeof ways;
const everyWay = Object.keys(ways) as Way[];
writeFileSync(path('key.json'), JSON.stringify({ responses_api_api_key: KEY }));

interface Run {
  /** Modules that are loaded before the program. */
  readonly imports?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Once this is said, the program gets the signal. */
  readonly until?: RegExp;
  readonly signal?: NodeJS.Signals;
}

let runs = 0;

/** Runs the built program with the key, and gives all that it leaves: stdout, stderr and what it tells viewers as `text`, and its log file. */
async function run(way: Way, words: readonly string[], { imports = [], env = {}, until, signal = 'SIGTERM' }: Run = {}): Promise<{ text: string; log: string }> {
  const { OPENAI_API_KEY: _, OPENAI_BASE_URL: __, ...rest } = process.env;
  runs += 1;
  const log = path(`${runs}.log`);
  const all = [...imports.flatMap((file) => ['--import', file]), main, ...words.map((word) => (word === LOG ? log : word)), ...ways[way].words];
  const child = spawn(process.execPath, all, { timeout: PATIENCE - 5_000, stdio: ['ignore', 'pipe', 'pipe'], env: { ...rest, ...ways[way].env, ...env } });
  const left: string[] = [];
  let asked = false;
  let viewer: Socket | undefined;
  const keep = (stream: Readable, index: number): Readable => stream.setEncoding('utf8').on('data', (part: string) => {
    left[index] = (left[index] ?? '') + part;
    const port = /"type":"telling".*?"port":(\d+)/.exec(left[0] ?? '')?.[1];
    // The end of the program may reset it.
    if (port !== undefined && viewer === undefined) keep(viewer = connect(Number(port), '127.0.0.1').on('error', () => undefined), 2);
    if (!asked && until?.test(left.join('\n'))) asked = child.kill(signal);
  });
  [child.stdout, child.stderr].forEach(keep);
  await once(child, 'close');
  const text = left.join('\n');
  return { text, log: existsSync(log) ? readFileSync(log, 'utf8') : '' };
}

const filesIn = (within: string): string[] => readdirSync(within, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));

/** Stands for a log file of the run's own. */
const LOG = 'LOG';
/** Crashes on a signal, with everything in the message that a message could have. */
const crashes = 'data:text/javascript,process.on("SIGUSR2", () => { throw new Error(`lost ${process.argv} ${process.env.OPENAI_API_KEY}`) })';
const anyPort = ['--recv_port', '0', '--send_port', '0'];
const PATIENCE = 60_000;

describe.concurrent.each(everyWay)('a key given by %s', { timeout: PATIENCE }, (way) => {
  it.each<readonly [what: string, words: readonly string[], says: RegExp, run: Run]>([
    ['the configuration', ['--print_config'], /responses_api_api_key +\(set, not shown\)/, {}],
    ['the help', ['--help'], /Usage: speech-to-speech/, {}],
    ['a bad value', ['--thresh', '7', '--log_level', 'debug'], /--thresh cannot be 7/, {}],
    ['an unknown flag', ['--no_such_flag', 'x', '--log_level', 'debug'], /no flag --no_such_flag/, {}],
    ['a log file that cannot be opened', [...anyPort, '--log_level', 'debug', '--log_file', folder], /log file .* cannot be opened/, {}],
    ['an address that carries it', ['--print_config', '--responses_api_base_url', `http://me:${CANARY}@127.0.0.1/v1?api_key=${CANARY}`], /base_url +"http:\/\/me:\[secret\]@127/, {}],
    ['a crash', [...anyPort, '--log_level', 'debug', ...engines], /internal error: lost/,
      { imports: [crashes], until: /serving/, signal: 'SIGUSR2' }],
  ])('is not in %s', async (_what, words, says, how) => {
    const { text } = await run(way, words, how);
    expect(text).toMatch(says);
    expect(text).not.toContain(CANARY);
  });
});

describe.concurrent('a key that the environment holds', { timeout: PATIENCE }, () => {
  it.each<readonly [what: string, words: readonly string[], says: RegExp, env: Record<string, string>]>([
    ['the list of models', ['models', 'list', '--cache', folder], /Models lie in/, {}],
    ['the address of a hub', ['models', 'pull', '--cache', folder], /"ftp:\/\/me:\[secret\]@127.0.0.1\/" is no address/, { HF_ENDPOINT: `ftp://me:${CANARY}@127.0.0.1/` }],
    ['a name that is one', ['models', 'pull', `${CANARY}-token`], /no model/i, { HF_TOKEN: `${CANARY}-token` }],
  ])('is not in %s', async (_what, words, says, env) => {
    const { text } = await run('variable', words, { env });
    expect(text).toMatch(says);
    expect(text).not.toContain(CANARY);
  });
});

describe.concurrent('a conversation', { timeout: PATIENCE }, () => {
  beforeAll(() => writeFileSync(path('question.wav'), wavBytes(say('What is my number?'))));

  const echo = { error: { message: `Incorrect API key provided: ${KEY}. You said: My number is ${SAID} seven.`, type: 'invalid_request_error', code: 'invalid_api_key' } };

  async function talk(way: Way, step: Step | undefined, words: readonly string[], until: RegExp) {
    const server = step && await openaiServer([step]);
    const common = ['talk', '--mic', path('question.wav'), '--speaker', path(`${runs}.wav`), ...anyPort,
      ...engines, '--llm_backend', 'chat-completions', '--responses_api_base_url', server?.url ?? 'http://127.0.0.1:1/v1'];
    const record = path(`recorded ${runs}`);
    const told = await run(way, [...common, '--record', record, ...words], { until });
    for (const file of filesIn(record)) expect(readFileSync(file, 'latin1'), file).not.toContain(CANARY);
    expect(filesIn(record).some((file) => readFileSync(file, 'latin1').includes(SAID))).toBe(true);
    expect(server?.requests.at(-1)?.headers.authorization).toBe(server && `Bearer ${KEY}`);
    await server?.close();
    return told;
  }

  it.each<readonly [what: string, way: Way, step: Step | undefined, words: string[], until: RegExp]>([
    ['a refusal that quotes it', 'variable', { status: 401, body: echo }, ['--ui', 'json', '--log_level', 'debug'], /"code":"llm-key-refused"/],
    ['a refusal that quotes it, in a log file', 'flag', { status: 403, body: echo }, ['--log_level', 'debug', '--log_file', LOG], /refused the API key/],
    ['an error of the server that quotes it', 'file', { status: 400, body: echo }, ['--ui', 'none', '--log_level', 'info'], /HTTP 400/],
    ['a server that is not there', 'variable', undefined, ['--ui', 'none', '--log_level', 'error'], /cannot be reached/],
    ['a server that sends something else', 'flag', 'nonsense', ['--ui', 'json', '--log_level', 'warning'], /"code":"llm-nonsense"/],
    ['an answer that says it', 'file', { answer: [`Your key is ${KEY}, and ${SAID} is your number.`] }, ['--ui', 'json', '--log_level', 'debug', '--events_port', '0'], /("type":"reply.done"[^]*){2}/],
  ])('has neither key nor words in its log after %s', async (_what, way, step, words, until) => {
    const { text, log } = await talk(way, step, words, until);
    expect(text + log).toMatch(until);
    expect(text + log).not.toContain(CANARY);
    const logged = text.split('\n').filter((line) => /^\d\d:\d\d:\d\d (debug|info|warning|error) /.test(line)).join('\n') + log;
    expect(logged).not.toContain(SAID);
    if (!words.includes('error')) expect(logged).not.toBe('');
  });

  it('has the words in its log, and no key, where that is asked for', async () => {
    const step = { answer: [`Your key is ${KEY}, and ${SAID} is your number.`] };
    const { log } = await talk('flag', step, ['--log_transcripts', '--log_file', LOG], /answered/);
    expect(log).toContain('My number is pineapple seven.');
    expect(log).toContain('and pineapple is your number.');
    expect(log).not.toContain(CANARY);
  });
});
