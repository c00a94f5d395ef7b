import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { stockClient } from '../fixtures/clients.js';
import { joined, silence, tone } from '../fixtures/engines.js';
import { freePort } from '../fixtures/free-port.js';
import { program } from '../fixtures/program.js';
import { recordedSession } from '../fixtures/recorded-session.js';
import { onTerminal, type OnTerminal } from '../fixtures/terminal.js';

const screened = fileURLToPath(new URL('../fixtures/programs/screened.ts', import.meta.url));
const watched = fileURLToPath(new URL('../fixtures/programs/watched.ts', import.meta.url));
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const start = (env: Record<string, string> = {}, ...flags: string[]): OnTerminal =>
  onTerminal(['--import', 'tsx', screened, '--recv_port', '0', '--send_port', '0', '--ui', 'tui', ...flags], env);

/** ms; a program is compiled and started. */
const PATIENCE = 60_000;
const [ALTERNATE, ORDINARY, CURSOR] = ['\u001b[?1049h', '\u001b[?1049l', '\u001b[?25h'];

/** The terminal is as it was: the ordinary screen, with a cursor, that echoes and takes whole lines. */
async function clean(terminal: OnTerminal): Promise<string> {
  const { code, stty } = await terminal.ended;
  const written = terminal.written();
  const left = written.lastIndexOf(ORDINARY);
  expect(left).toBeGreaterThan(written.lastIndexOf(ALTERNATE));
  expect(written.lastIndexOf(CURSOR)).toBeGreaterThan(written.lastIndexOf('\u001b[?25l'));
  expect(written.slice(left), 'nothing is painted after that').not.toMatch(/\u001b\[\d+;1H/u);
  expect(stty.split(' ')).toEqual(expect.arrayContaining(['echo', 'icanon', 'isig']));
  return code;
}

const serves = (terminal: OnTerminal) => terminal.until(() => terminal.picture().includes('SERVING') && terminal.picture().includes('q quit'));

describe('a server on a terminal', { timeout: PATIENCE }, () => {
  it('shows its dashboard by itself, and leaves a clean terminal at q', async () => {
    const terminal = start();
    await serves(terminal);
    expect(terminal.picture()).toContain('○ WAITING');
    expect(terminal.picture().split('\n')).toHaveLength(29);
    terminal.press('q');
    expect(await clean(terminal)).toBe('0');
  });

  it.each([['SIGTERM', '0'], ['SIGHUP', '0']] as const)('leaves a clean terminal at %s', async (signal, code) => {
    const terminal = start();
    await serves(terminal);
    process.kill(await terminal.pid(), signal);
    expect(await clean(terminal)).toBe(code);
  });

  it('takes Ctrl-C as from any terminal', async () => {
    const terminal = start();
    await serves(terminal);
    terminal.press('\u0003');
    expect(await clean(terminal)).toBe('130');
  });

  it('that does not end at the first Ctrl-C says so, and ends at the second', async () => {
    const terminal = start({ MISBEHAVES: 'goes on' });
    await serves(terminal);
    terminal.press('\u0003');
    await terminal.until(() => terminal.picture().includes('Once more ends it at once'));
    const again = setInterval(() => {
      if (!terminal.written().includes(ORDINARY)) terminal.press('\u0003');
    }, 50);
    expect(await clean(terminal).finally(() => clearInterval(again))).toBe('130');
  });

  it('gives the terminal back while it is suspended, and takes it again', async () => {
    const terminal = start();
    await serves(terminal);
    terminal.press('\u001a');
    await terminal.until(() => terminal.written().includes(ORDINARY));
    const pid = await terminal.pid();
    // Linux tells of the state of a process.
    if (process.platform === 'linux') await expect.poll(() => /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1], { timeout: PATIENCE }).toBe('T');
    process.kill(pid, 'SIGCONT');
    await terminal.until(() => terminal.written().lastIndexOf(ALTERNATE) > terminal.written().lastIndexOf(ORDINARY));
    await serves(terminal);
    terminal.press('q');
    expect(await clean(terminal)).toBe('0');
  });

  it('fits itself to the terminal while that changes', async () => {
    const terminal = start();
    await serves(terminal);
    terminal.resize(50, 10);
    await terminal.until(() => terminal.picture().trim().split('\n').length === 1 && terminal.picture().includes('WAITING'));
    terminal.resize(80, 24);
    await terminal.until(() => terminal.picture().split('\n').length === 23);
    terminal.press('q');
    expect(await clean(terminal)).toBe('0');
  });

  it('that crashes says why on a clean terminal', async () => {
    const terminal = start({ MISBEHAVES: 'crashes' });
    await serves(terminal);
    process.kill(await terminal.pid(), 'SIGUSR2');
    expect(await clean(terminal)).toBe('1');
    const written = terminal.written();
    expect(written.indexOf('internal error: lost')).toBeGreaterThan(written.lastIndexOf(ORDINARY));
  });

  it('keeps what libraries write off the screen, and in the log', async () => {
    const terminal = start();
    await serves(terminal);
    terminal.press('l');
    process.kill(await terminal.pid(), 'SIGUSR2');
    await terminal.until(() => terminal.picture().includes('a library complains') && terminal.picture().includes('a library talks'));
    // Nothing but whole lines of the picture went to the terminal.
    const between = terminal.written().slice(terminal.written().lastIndexOf('\u001b[2J')).replace(/\u001b\[\d+;1H.*?\u001b\[K/gsu, '');
    expect(stripVTControlCharacters(between)).not.toContain('library');
    terminal.press('q');
    expect(await clean(terminal)).toBe('0');
  });

  it('tells that a client has come, and that it is gone without a word', async () => {
    const terminal = start();
    await serves(terminal);
    const [, mic, reply] = /mic:(\d+) +tts:(\d+)/.exec(terminal.picture())!;
    const sockets = [mic, reply].map((port) => connect({ host: '127.0.0.1', port: Number(port) }).on('error', () => undefined));
    await terminal.until(() => terminal.picture().includes('LISTENING'));
    sockets.forEach((socket) => socket.resetAndDestroy());
    await terminal.until(() => terminal.picture().includes('LEFT'));
    terminal.press('q');
    expect(await clean(terminal)).toBe('0');
  });

  it('says that it records, and how much, as long as it does, and where that is in the end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'records-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const terminal = start({}, '--record', folder);
    await serves(terminal);
    expect(terminal.picture()).toContain('● REC next client');
    terminal.press('s');
    await terminal.until(() => !terminal.picture().includes('REC'));
    const [, mic, reply] = /mic:(\d+) +tts:(\d+)/.exec(terminal.picture())!;
    const [microphone, ear] = [mic, reply].map((port) => connect({ host: '127.0.0.1', port: Number(port) }).on('error', () => undefined));
    onTestFinished(() => [microphone, ear].forEach((socket) => socket!.destroy()));
    await terminal.until(() => terminal.picture().includes('LISTENING'));
    expect(readdirSync(folder)).toEqual([]);
    terminal.press('s');
    await terminal.until(() => terminal.picture().includes('● REC 0:'));
    microphone!.write(Buffer.alloc(64_000));
    await terminal.until(() => /● REC \d+:\d\d \d\d\.\d kB/.test(terminal.picture()) && terminal.picture().includes('-session-1 '));
    terminal.press('q');
    expect(await clean(terminal)).toBe('0');
    const written = stripVTControlCharacters(terminal.written().slice(terminal.written().lastIndexOf(ORDINARY)));
    expect(written).toMatch(/recorded +the recording has ended; \d+:\d\d, \d+\.\d kB in .*session-1/);
    expect(readdirSync(folder)).toHaveLength(1);
  });
});

describe('settings on a terminal', { timeout: PATIENCE }, () => {
  it('are changed by keys while somebody speaks with the server, and the answers before and after are compared', async () => {
    const terminal = start();
    await serves(terminal);
    const [, mic, reply] = /mic:(\d+) +tts:(\d+)/.exec(terminal.picture())!;
    const client = await stockClient({ host: '127.0.0.1', micPort: Number(mic), replyPort: Number(reply) });
    const question = int16ToBytes(joined(tone(900), silence(2_000)));
    terminal.press('c');
    await terminal.until(() => /A 0 turns/u.test(terminal.picture()));
    await client.speak(question);
    await terminal.until(() => /A 1 turn /u.test(terminal.picture()));
    terminal.press('\u001b[B');
    await terminal.until(() => /› thresh/u.test(terminal.picture()));
    terminal.press('\u001b[C');
    await terminal.until(() => /› thresh +◂ 0\.65 ▸ +was 0\.6/u.test(terminal.picture()));
    await client.speak(question);
    await terminal.until(() => /A 1 turn +B 1 turn/u.test(terminal.picture()) && terminal.picture().includes('A: as started  against  B: thresh 0.65'));
    await client.leave();
    terminal.press('q');
    expect(await clean(terminal)).toBe('0');
  });
});

describe('a client on a terminal', { timeout: PATIENCE }, () => {
  it('takes away what it drew when it ends: it would not be true any more', async () => {
    const terminal = onTerminal([main, 'listen-and-play', '--send_port', String(await freePort()), '--audio', 'silence', '--events_port', '0', '--ui', 'tui']);
    await terminal.until(() => terminal.written().includes('q quit'));
    terminal.press('q');
    expect((await terminal.ended).code).toBe('0');
    const written = terminal.written();
    expect(stripVTControlCharacters(written.slice(written.lastIndexOf('\u001b[2K'))).trim()).not.toContain('speaker [');
  });
});

describe('a client on a terminal whose server takes commands', { timeout: PATIENCE }, () => {
  it('asks what is typed, and stops the answer, and has the keys for that only with the token', async () => {
    const token = { SPEECH_TO_SPEECH_EVENTS_TOKEN: 'sixteen-letters-or-more' };
    const server = program(['--recv_port', '0', '--send_port', '0', '--events_port', '0'], token, ['--import', 'tsx', watched]);
    onTestFinished(() => server.stop('SIGKILL').then(() => undefined));
    const { recv, send } = (await server.until(({ type }) => type === 'serving')) as unknown as Record<'recv' | 'send', { port: number }>;
    const { events } = (await server.until(({ type }) => type === 'telling')) as unknown as { events: { port: number } };
    const client = (env: Record<string, string>) => onTerminal([main, 'listen-and-play', '--send_port', String(recv.port), '--recv_port', String(send.port), '--events_port', String(events.port), '--audio', 'silence', '--ui', 'tui'], env);
    const shown = (terminal: OnTerminal): string => stripVTControlCharacters(terminal.written());

    const terminal = client(token);
    await terminal.until(() => shown(terminal).includes('space stop  m mute  t type') && shown(terminal).includes('LISTENING'));
    const type = async (text: string): Promise<void> => {
      const before = terminal.written().length;
      terminal.press('t');
      await terminal.until(() => terminal.written().slice(before).includes('Enter asks'));
      terminal.press(`${text}\r`);
    };
    await type('are you there');
    await server.until(({ type, text }) => type === 'transcript' && text === 'are you there');
    await terminal.until(() => shown(terminal).includes('agent You said something. Thank you.'));
    await type('and now');
    await server.until(({ type, turn }) => type === 'reply.text' && turn === 2);
    terminal.press(' ');
    await server.until(({ type, reason, turn }) => type === 'cancelled' && reason === 'asked' && turn === 2);
    await terminal.until(() => /⟂ cut[^⟂]*as asked for/u.test(shown(terminal)));
    terminal.press('q');
    expect((await terminal.ended).code).toBe('0');

    const mute = client({});
    await mute.until(() => shown(mute).includes('LISTENING'));
    mute.press('?');
    await mute.until(() => shown(mute).includes('Reconnect now'));
    expect(shown(mute)).not.toContain('Type instead');
    mute.press('q');
    expect((await mute.ended).code).toBe('0');
  });
});

describe('a client that is pushed to talk', { timeout: PATIENCE }, () => {
  it('sends nothing of its microphone until space is pressed, and nothing after it is pressed again', async () => {
    const server = program(['--recv_port', '0', '--send_port', '0', '--events_port', '0'], {}, ['--import', 'tsx', watched]);
    onTestFinished(() => server.stop('SIGKILL').then(() => undefined));
    const { recv, send } = (await server.until(({ type }) => type === 'serving')) as unknown as Record<'recv' | 'send', { port: number }>;
    const { events } = (await server.until(({ type }) => type === 'telling')) as unknown as { events: { port: number } };
    const terminal = onTerminal([main, 'listen-and-play', '--send_port', String(recv.port), '--recv_port', String(send.port), '--events_port', String(events.port), '--audio', 'tone', '--push_to_talk', '--ui', 'tui']);
    const shown = (): string => stripVTControlCharacters(terminal.written());
    const loud = (event: Record<string, unknown>): boolean => event['type'] === 'levels' && ((event['mic'] as { rms: number } | undefined)?.rms ?? -100) > -60;
    const silentFor = async (count: number): Promise<void> => {
      const from = server.told.length;
      await server.until(() => server.told.slice(from).filter((event) => event.type === 'levels' && !loud(event)).length >= count);
    };
    await terminal.until(() => shown().includes('MICROPHONE CLOSED  · space to talk'));
    await silentFor(5);
    expect(server.told.some(loud)).toBe(false);
    terminal.press(' ');
    await server.until(loud);
    await terminal.until(() => shown().includes('space when you have finished'));
    terminal.press(' ');
    await silentFor(5);
    const from = server.told.length;
    await silentFor(5);
    expect(server.told.slice(from).some(loud)).toBe(false);
    terminal.press('q');
    expect((await terminal.ended).code).toBe('0');
  });
});

describe('a recording on a terminal', { timeout: PATIENCE }, () => {
  let folder = '';
  beforeAll(async () => { folder = await recordedSession(2); });
  afterAll(() => rmSync(dirname(folder), { recursive: true }));

  it('is shown as its server was, stays when it is over, is gone back in, and leaves a clean terminal at q', async () => {
    const terminal = onTerminal([main, 'replay', folder, '--speed', 'max']);
    await terminal.until(() => terminal.picture().includes('the recording is over: q quits') && terminal.picture().match(/I heard \d+ frames\./g)?.length === 4);
    expect(terminal.picture()).toMatch(/OVER {2}(\d+:\d\d) of \1/);
    // So slow that it stays where it is for as long as this takes.
    for (const key of '-------') terminal.press(key);
    for (let time = 0; time < 20; time += 1) terminal.press('\u001b[D');
    await terminal.until(() => /REPLAY {2}0:00 of .* speed 0\.01/.test(terminal.picture()) && !terminal.picture().includes('I heard'));
    terminal.press(' ');
    await terminal.until(() => terminal.picture().includes('PAUSED'));
    terminal.press('q');
    expect(await clean(terminal)).toBe('0');
  });

  it('is printed in lines where that is asked for', async () => {
    const terminal = onTerminal([main, 'replay', folder, '--speed', 'max', '--ui', 'plain']);
    expect((await terminal.ended).code).toBe('0');
    expect(terminal.written()).not.toContain(ALTERNATE);
    expect(stripVTControlCharacters(terminal.written())).toMatch(/heard +"I heard \d+ frames\."/);
  });

  it('leaves a clean terminal at SIGTERM, too', async () => {
    const terminal = onTerminal([main, 'replay', folder, '--speed', '0.01']);
    await terminal.until(() => terminal.picture().includes('REPLAY'));
    process.kill(await terminal.pid(), 'SIGTERM');
    expect(await clean(terminal)).toBe('0');
  });
});
