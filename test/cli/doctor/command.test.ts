import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { concat, filter, firstValueFrom, NEVER, of, share } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dispatch } from '../../../cli/dispatch.js';
import { examine } from '../../../cli/doctor/examine.js';
import { bad, caution, good, working } from '../../../cli/doctor/finding.js';
import { exitCodes } from '../../../cli/exit.js';
import { Stopped } from '../../../cli/io.js';
import { doctorOptions } from '../../../cli/options.js';
import { serve } from '../../../src/server.js';
import { listenTcp } from '../../../src/transports/tcp.js';
import { fakeEngines } from '../../fixtures/engines.js';
import { gone } from '../../fixtures/fake-tools.js';
import { freePort } from '../../fixtures/free-port.js';
import { fakeIo } from '../../fixtures/io.js';
import { descendants } from '../../fixtures/program.js';
import { folder } from '../../models/helpers.js';

const fine = good('node.version', 'Node is fine.', { version: '20.19.5' });
const odd = caution('terminal.size', 'It is narrow.', 'Widen it.');
const wrong = bad('microphone.level', exitCodes.audioDevice, 'It is broken.', 'Mend it.');
const worse = bad('port.recv', exitCodes.portInUse, 'It is held by sk-abcdefghijklmnopqrst.', 'Free it.');

describe('an examination', () => {
  it('prints a line for each finding and a sentence in the end, and what is under way beside it', async () => {
    const { io, out, err } = fakeIo({ LANG: 'en_US.UTF-8' });
    expect(await examine(of(working('looking'), fine, odd), 'auto', io)).toBe(0);
    expect(out()).toBe('✔ node       Node is fine.\n! terminal   It is narrow.\n             → Widen it.\n\nIt should work; there is 1 thing to know of.\n');
    expect(err()).toBe('looking\n');
  });

  it('is drawn in ASCII where the locale knows no Unicode', async () => {
    const { io, out } = fakeIo({ LC_ALL: 'C' });
    await examine(of(fine, odd), 'auto', io);
    expect(out()).toBe('+ node       Node is fine.\n! terminal   It is narrow.\n             -> Widen it.\n\nIt should work; there is 1 thing to know of.\n');
  });

  it('exits with the code of the first thing that is bad', async () => {
    expect(await examine(of(odd, wrong, worse), 'auto', fakeIo().io)).toBe(4);
    expect(await examine(of(worse, wrong), 'none', fakeIo().io)).toBe(3);
  });

  it('is a line of JSON for each finding, and one for all', async () => {
    const { io, out } = fakeIo();
    expect(await examine(of(working('looking'), fine, wrong), 'json', io)).toBe(4);
    expect(out().trimEnd().split('\n').map((line) => JSON.parse(line) as object)).toEqual([
      { type: 'finding', id: 'node.version', verdict: 'good', text: 'Node is fine.', facts: { version: '20.19.5' }, at: expect.any(Number) as number },
      { type: 'finding', id: 'microphone.level', verdict: 'bad', text: 'It is broken.', advice: 'Mend it.', exit: 4, at: expect.any(Number) as number },
      { type: 'summary', text: '1 thing has to be put right.', exit: 4, at: expect.any(Number) as number },
    ]);
  });

  it('prints nothing for --ui none', async () => {
    const { io, out, err } = fakeIo();
    await examine(of(working('looking'), wrong), 'none', io);
    expect(out() + err()).toBe('');
  });

  it.each(['auto', 'json'] as const)('never shows a key (%s)', async (ui) => {
    const { io, out } = fakeIo();
    await examine(of(worse), ui, io);
    expect(out()).toContain('[secret]');
    expect(out()).not.toContain('sk-abc');
  });

  it('ends at once on Ctrl-C, with 130 and no summary', async () => {
    const { io, out, stop } = fakeIo({ LANG: 'en_US.UTF-8' });
    const ended = examine(concat(of(wrong, working('looking')), NEVER), 'auto', io);
    stop(new Stopped('SIGINT'));
    expect(await ended).toBe(130);
    expect(out()).toBe('✖ microphone It is broken.\n             → Mend it.\n');
  });
});

describe('the flags of the doctor', () => {
  it('are its own, and the rest is for the settings', () => {
    expect(doctorOptions(['own.json', '--json', '--thresh', '0.7', '--no-engines', '--recv-port=4000', '--fast', '--play', '--events_port', '4002'])).toEqual({
      options: { json: true, fast: true, engines: false, play: true, eventsPort: 4002 }, remote: false,
      settings: ['own.json', '--thresh', '0.7', '--recv_port=4000'],
    });
    expect(doctorOptions([])).toEqual({ options: { json: false, fast: false, engines: true, play: false }, remote: false, settings: [] });
  });

  it.each([[['--host', 'server.example.com']], [['--json', '--host=server.example.com']]])('ask for the way to a server with %j', (words) => {
    expect(doctorOptions(words).remote).toBe(true);
  });

  it.each([
    [['doctor', '--events_port', '70000'], 'error: --events_port cannot be "70000": it takes a port from 1 to 65535\n'],
    [['doctor', '--events_port'], 'error: --events_port needs a value\nSee speech-to-speech doctor --help.\n'],
    [['doctor', '--thersh', '1'], 'error: there is no flag --thersh\nDid you mean --thresh?\n'],
    [['doctor', '--host', 'localhost', '--recv_rate', '1'], 'error: --recv_rate cannot be 1'],
  ])('that are wrong exit 2: %j', async (words, text) => {
    const { io, out, err } = fakeIo();
    expect(await dispatch(words, io)).toBe(2);
    expect(out()).toBe('');
    expect(err().startsWith(text)).toBe(true);
  });

  it.each([[['doctor', '--help']], [['help', 'doctor']], [['listen-and-play', 'doctor', '--help']]])('are explained by %j', async (words) => {
    const { io, out } = fakeIo();
    expect(await dispatch(words, io)).toBe(0);
    expect(out()).toMatch(/^Usage: speech-to-speech doctor/);
  });
});

/** Runs the built program to its end. */
async function program(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
  const child = spawn(process.execPath, [main, ...words, '--json', '--events_port', String(await freePort())], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, OPENAI_API_KEY: '', OPENAI_BASE_URL: '', ...env } });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const code = once(child, 'close').then(([exit]) => exit as number | null);
  return { child, code, out: () => out, err: () => err, lines: () => out.trimEnd().split('\n').map((line) => JSON.parse(line) as { type: string; id?: string; verdict?: string; exit?: number; facts?: Record<string, unknown> }) };
}

describe('the program', () => {
  it('examines this machine, its key included, which it shows to nobody', { timeout: 60_000 }, async () => {
    const key = 'canary-0123456789';
    const api = createServer((request, response) => response.writeHead(request.headers.authorization === `Bearer ${key}` ? 401 : 400, { 'content-type': 'application/json' }).end('{}')).listen(0, '127.0.0.1');
    await once(api, 'listening');
    onTestFinished(() => void api.close());
    const words = ['doctor', '--cache', folder(), '--recv_port', String(await freePort()), '--send_port', String(await freePort()), '--tts', 'flite'];
    const { code, lines, out, err } = await program(words, { OPENAI_API_KEY: key, OPENAI_BASE_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}/v1` });
    expect(await code).toBe(1);
    expect(lines().filter(({ verdict }) => verdict === 'bad')).toMatchObject([{ id: 'api.models', facts: { code: 'llm-key-refused' } }]);
    const ids = lines().map(({ id }) => id);
    for (const id of ['node.version', 'terminal.tty', 'native.onnxruntime-node', 'cache.writable', 'model.whisper-tiny.en', 'microphone.found', 'speaker.found', 'port.recv', 'port.send', 'engine.vad', 'engine.tts']) expect(ids).toContain(id);
    // Nothing is fetched, and so there is no Whisper to be loaded; the model of a server is not loaded here.
    expect(ids).not.toContain('engine.stt');
    expect(ids).not.toContain('engine.llm');
    expect(lines().at(-1)).toMatchObject({ type: 'summary', exit: 1 });
    expect(out() + err()).not.toContain(key);
  });

  it('speaks to a server with a voice of its own', { timeout: 60_000 }, async () => {
    const server = serve({ doors: listenTcp({ recvHost: '127.0.0.1', recvPort: 0, sendHost: '127.0.0.1', sendPort: 0 }), engines: fakeEngines() }).pipe(share());
    const serving = firstValueFrom(server.pipe(filter((event) => event.type === 'serving')));
    const heard = firstValueFrom(server.pipe(filter((event) => event.type === 'transcript')));
    const subscription = server.subscribe();
    onTestFinished(() => subscription.unsubscribe());
    const { recv, send } = await serving;
    const { code, lines } = await program(['doctor', '--host', '127.0.0.1', '--send_port', String(recv.port), '--recv_port', String(send.port)]);
    expect(await code).toBe(0);
    expect(lines().map(({ id }) => id)).toEqual(['path.name', 'path.ports', 'path.answer', 'path.latency', 'path.delivery', 'path.blocks', 'path.heard', undefined]);
    expect(lines().filter(({ verdict }) => verdict === 'caution')).toMatchObject([{ id: 'path.heard', text: expect.stringContaining('No events port answers') as string }]);
    // "What is the capital of France?" is more than a second of voice.
    expect(Number(/\d+/.exec((await heard).text)?.[0])).toBeGreaterThan(25);
  });

  it.runIf(process.platform === 'linux')('examines the client\'s end, where a missing microphone is bad, and then the way to the server', { timeout: 60_000 }, async () => {
    const home = folder();
    const nothing = { PATH: home, HOME: home, XDG_RUNTIME_DIR: home, PULSE_SERVER: '' };
    const { code, lines } = await program(['listen-and-play', 'doctor', '--host', '127.0.0.1', '--send_port', String(await freePort()), '--recv_port', String(await freePort())], nothing);
    expect(await code).toBe(4);
    expect(lines().map(({ id, verdict }) => `${id ?? 'summary'} ${verdict ?? ''}`.trim())).toEqual([
      'node.version good', 'terminal.tty good', 'audio.devices caution', 'microphone.found bad', 'speaker.found bad', 'path.name good', 'path.send_port bad', 'path.recv_port bad', 'summary',
    ]);
  });

  it.runIf(process.platform === 'linux')('ends on Ctrl-C with 130, and no process of it stays', { timeout: 60_000 }, async () => {
    const { child, code, err } = await program(['doctor', '--cache', folder(), '--recv_port', '0', '--send_port', '0']);
    while (!err().includes('loading the native packages')) await once(child.stderr, 'data');
    let children: number[] = [];
    while (children.length === 0) {
      children = descendants(child.pid!, '-child.js');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill('SIGINT');
    expect(await code).toBe(130);
    await Promise.all(children.map(gone));
  });
});
