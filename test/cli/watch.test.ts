import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Subject } from 'rxjs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { toViewers } from '../../cli/commands/viewers.js';
import { watch } from '../../cli/commands/watch.js';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { wavBytes } from '../../src/audio/wav.js';
import { loadSettings } from '../../src/config/load.js';
import { stockClient } from '../fixtures/clients.js';
import { joined, silence, tone } from '../fixtures/engines.js';
import { fakeIo } from '../fixtures/io.js';
import { program, type Program, type Told } from '../fixtures/program.js';

const folder = mkdtempSync(join(tmpdir(), 'watch-'));
afterAll(() => rmSync(folder, { recursive: true }));

const serves = ['--import', 'tsx', fileURLToPath(new URL('../fixtures/programs/watched.ts', import.meta.url))];
const speech = joined(tone(640), silence(1_500));
/** ms; a process takes its time to start on a busy machine. */
const PATIENCE = 60_000;

const running: Program[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop('SIGKILL')));
});
const start = (...words: Parameters<typeof program>): Program => {
  const started = program(...words);
  running.push(started);
  return started;
};

interface Ports { readonly recv: number; readonly send: number; readonly events: number }

async function server(...flags: string[]): Promise<{ server: Program; ports: Ports }> {
  const server = start(['--recv_port', '0', '--send_port', '0', ...flags], {}, serves);
  const { recv, send } = (await server.until(({ type }) => type === 'serving')) as unknown as { recv: { port: number }; send: { port: number } };
  if (flags.length === 0) return { server, ports: { recv: recv.port, send: send.port, events: 1 } };
  const { events } = (await server.until(({ type }) => type === 'telling')) as unknown as { events: { port: number } };
  return { server, ports: { recv: recv.port, send: send.port, events: events.port } };
}

const is = (type: string) => (event: Told): boolean => event.type === type;

describe('watch', () => {
  it('prints what happens on a running server as that prints it itself, and comes back when the server does', async () => {
    const { server: first, ports } = await server('--events_port', '0', '--barge_in', 'off');
    const viewer = start(['watch', '--events_port', String(ports.events)]);
    expect(await viewer.until(is('hello'))).toMatchObject({ version: 1, program: { name: 'speech-to-speech-rx' } });
    const client = await stockClient({ host: '127.0.0.1', micPort: ports.recv, replyPort: ports.send });
    await client.speak(int16ToBytes(speech));
    const done = await viewer.until(is('reply.done'));
    await first.until(is('reply.done'));
    await viewer.until((event) => event.type === 'gate' && event['open'] === true);
    const both = (event: Told): boolean => 'turn' in event;
    expect(viewer.told.filter(both)).toEqual(first.told.filter(both));
    expect(done).toMatchObject({ session: 1, turn: 1, text: 'You said something. Thank you.' });
    expect(viewer.told.some(is('levels'))).toBe(true);
    await client.leave();
    await first.stop();

    await viewer.until(is('watch.lost'));
    await server('--events_port', String(ports.events));
    const before = viewer.told.length;
    await viewer.until(is('watching'), before - 1);
    expect(await viewer.stop('SIGINT')).toBe(130);
    expect(viewer.stderr()).not.toContain('error');
  }, PATIENCE);

  it('shows one session only where it is asked to, ends with the server under --once, and exits 0', async () => {
    const { server: one, ports } = await server('--events_port', '0');
    const viewer = start(['watch', '--events_port', String(ports.events), '--session', '2', '--once']);
    await viewer.until(is('snapshot'));
    for (let session = 1; session <= 2; session++) {
      const client = await stockClient({ host: '127.0.0.1', micPort: ports.recv, replyPort: ports.send });
      await client.speak(int16ToBytes(speech));
      await one.until((event) => event.type === 'transcript' && event['session'] === session);
      await client.leave();
      await one.until((event) => event.type === 'disconnected' && event['session'] === session);
    }
    await one.stop();
    expect(await viewer.exited).toBe(0);
    expect(new Set(viewer.told.filter((event) => 'session' in event).map(({ session }) => session))).toEqual(new Set([2]));
    expect(viewer.told.some(is('transcript'))).toBe(true);
    expect(viewer.told.some(is('serving'))).toBe(false);
  }, PATIENCE);

  it('ends with a clear error under --once where nobody answers', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    holder.close();
    const viewer = start(['watch', '--once', '--events_port', String(typeof address === 'object' && address !== null ? address.port : 0)]);
    expect(await viewer.exited).toBe(1);
    expect(viewer.stderr()).toMatch(/^error: No server tells events on localhost:\d+ \(ECONNREFUSED\)\.\nStart the server with --events_port/u);
  }, PATIENCE);

  it('says what a late viewer should know in plain lines', async () => {
    const hello = '{"type":"hello","version":1,"program":{"name":"x","version":"1"},"at":1}';
    const past = [
      { type: 'connected', session: 1, peer: '192.0.2.1:4000', paired: true, at: 1 },
      { type: 'gate', session: 1, open: false, reason: 'you have finished; the answer comes first', at: 1 },
      { type: 'transcript', session: 1, turn: 1, text: 'hi', final: true, at: 1 },
    ];
    const door = createServer((socket) => {
      socket.write(`${hello}\n${JSON.stringify({ type: 'snapshot', events: past, at: 1 })}\n`);
      socket.end('{"type":"watchdog","session":1,"remaining":20000,"fired":false,"at":1}\n{"type":"mood","at":1}\n');
    }).listen(0, '127.0.0.1');
    await once(door, 'listening');
    const address = door.address();
    const { settings } = loadSettings('watch', ['--once', '--host', '127.0.0.1', '--events_port', String(typeof address === 'object' && address !== null ? address.port : 0)], {}, () => '');
    const { io, out } = fakeIo();
    expect(await watch(settings, io)).toBe(0);
    door.close();
    const lines = out().trimEnd().split('\n').map((line) => line.slice(10));
    expect(lines.slice(1)).toEqual([
      '● connected    192.0.2.1:4000, session 1',
      '■ gate closed  you have finished; the answer comes first',
      '‹ heard        "hi"   turn 1',
      '! watchdog     not listening: waiting for the LLM; listening again in 20 s, whatever happens',
      '· unknown      an event "mood", which a newer program may know',
    ]);
  });
});

describe('listen-and-play', () => {
  const recording = join(folder, 'question.wav');
  const play = (ports: Ports, eventsPort: number): Program => start([
    'listen-and-play', '--host', '127.0.0.1', '--send_port', String(ports.recv), '--recv_port', String(ports.send), '--events_port', String(eventsPort),
    '--mic', recording, '--speaker', join(folder, 'answer.wav'),
  ]);
  writeFileSync(recording, wavBytes(speech));

  it('shows what the server does in its own session, and its own news with it', async () => {
    const { ports } = await server('--events_port', '0', '--barge_in', 'off');
    const client = play(ports, ports.events);
    await client.until(is('reply.done'));
    await client.until((event) => event.type === 'gate' && event['open'] === true);
    await client.until(is('playing'));
    const types = client.told.filter((event) => event['session'] === 1).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['connected', 'listening', 'speech.started', 'speech.stopped', 'gate', 'watchdog', 'transcript', 'reply.done']));
    await client.stop('SIGINT');
  }, PATIENCE);

  it.each([['has no events port', 1], ['is not asked', 0]])('does as well by itself, and says nothing of it, where the server %s', async (_what, eventsPort) => {
    const { ports } = await server();
    const client = play(ports, eventsPort);
    await client.until((event) => event.type === 'playing' && event['playing'] === true);
    expect(client.told.filter((event) => 'session' in event || event.type === 'notice' || event.type === 'warning')).toEqual([]);
    await client.stop('SIGINT');
  }, PATIENCE);
});

describe('the token', () => {
  const take = (words: string[], env: Record<string, string> = {}): void => {
    const { settings } = loadSettings('serve', ['--events_port', '0', ...words], env, () => '');
    toViewers(settings, fakeIo(env).io, new Subject());
  };
  const file = (text: string, mode: number): string => {
    const path = join(folder, `token-${Math.random()}`);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };

  it('comes from a file that only its owner can read, or from the environment', () => {
    expect(() => take(['--events_token_file', file('sixteen-letters-or-more\n', 0o600)])).not.toThrow();
    expect(() => take([], { SPEECH_TO_SPEECH_EVENTS_TOKEN: 'sixteen-letters-or-more' })).not.toThrow();
    expect(() => take([])).not.toThrow();
  });

  it.each([['0640', 0o640], ['0604', 0o604], ['0644', 0o644]])('is not taken from a file of mode %s', (_name, mode) => {
    expect(() => take(['--events_token_file', file('sixteen-letters-or-more', mode)])).toThrow(/can be read by others/u);
  });

  it('that is missing or too short is refused, and not repeated', () => {
    expect(() => take(['--events_token_file', join(folder, 'nowhere')])).toThrow(/cannot be read/u);
    expect(() => take(['--events_token_file', file('canary', 0o600)])).toThrow(/^the token in [^ ]+ is too short: it takes at least 16 characters$/u);
    expect(() => take([], { SPEECH_TO_SPEECH_EVENTS_TOKEN: 'canary' })).toThrow(/^the token in SPEECH_TO_SPEECH_EVENTS_TOKEN is too short/u);
  });

  it('is taken from no flag', () => {
    expect(() => take(['--events_token', 'sixteen-letters-or-more'])).toThrow(/there is no flag --events_token/u);
  });

  it('is kept out of everything that is shown', () => {
    const { io } = fakeIo({ SPEECH_TO_SPEECH_EVENTS_TOKEN: 'canary-1234567890' });
    toViewers(loadSettings('serve', ['--events_port', '0'], {}, () => '').settings, io, new Subject());
    expect(io.redact('say canary-1234567890')).toBe('say [secret]');
  });
});
