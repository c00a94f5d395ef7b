import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { catchError, EMPTY, filter, mergeMap, ReplaySubject, take } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Finding } from '../../../cli/doctor/finding.js';
import { holderOf } from '../../../cli/doctor/holder.js';
import { knock } from '../../../cli/doctor/knock.js';
import { checkPort } from '../../../cli/doctor/ports.js';
import { listenTcp } from '../../../src/transports/tcp.js';
import type { DoorNews } from '../../../src/transports/connection.js';
import { all, first } from '../../fixtures/all.js';
import { freePort } from '../../fixtures/free-port.js';
import { serverThat } from '../../fixtures/server-that.js';

const patience = { banner: 100, answer: 1_500 };
/** For those who will not answer. */
const brief = { banner: 50, answer: 100 };
const at = '127.0.0.1';

/** A program of another name that holds a port until the test is over. */
async function held(name: string): Promise<{ port: number; pid: number | undefined }> {
  const script = "const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))";
  const child = spawn(process.execPath, ['-e', script, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  const [port] = await once(child.stdout, 'data') as [Buffer];
  return { port: Number(port.toString()), pid: child.pid };
}

describe('who listens', () => {
  it('is a web server where HTTP is answered', async () => {
    const server = createHttpServer((_, response) => response.end('hello')).listen(0, at);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    expect(await knock(at, (server.address() as AddressInfo).port, patience)).toEqual({ kind: 'HTTP' });
  });

  it('is a web server, too, where only a whole request is answered', async () => {
    const port = await serverThat((socket) => socket.on('data', (bytes) => bytes.includes('\r\n\r\n') && socket.end('HTTP/1.0 200 OK\r\n\r\n')));
    expect(await knock(at, port, patience)).toEqual({ kind: 'HTTP' });
  });

  it.each([['a handshake', '160303003a0200'], ['an alert', '15030300020228']])('is TLS where a ClientHello is answered with %s', async (_, answer) => {
    const port = await serverThat((socket) => socket.on('data', (bytes) => bytes[0] === 0x16 && socket.write(Buffer.from(answer, 'hex'))));
    expect(await knock(at, port, patience)).toEqual({ kind: 'TLS' });
  });

  it('is SSH where it says so by itself', async () => {
    expect(await knock(at, await serverThat((socket) => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n')), patience)).toEqual({ kind: 'SSH' });
  });

  it('is the events port of a server where it says hello', async () => {
    expect(await knock(at, await serverThat((socket) => socket.write('{"type":"hello","version":1}\n')), patience)).toEqual({ kind: 'events' });
  });

  it('is unknown where it says something else', async () => {
    expect(await knock(at, await serverThat((socket) => socket.write('220 mail.example.com ESMTP\r\n')), patience)).toEqual({ kind: 'unknown', said: '220 mail.example.com ESMTP\r\n' });
  });

  it('is silent where it says nothing, and curt where it hangs up', async () => {
    expect(await knock(at, await serverThat(() => undefined), brief)).toEqual({ kind: 'silent' });
    expect(await knock(at, await serverThat((socket) => socket.end()), patience)).toEqual({ kind: 'curt' });
  });

  it('is curt where one of our audio ports is, which takes nothing of it for audio', async () => {
    const news = new ReplaySubject<DoorNews>(Infinity);
    const doors = listenTcp({ recvHost: at, recvPort: 0, sendHost: at, sendPort: 0 }).subscribe(news);
    // As a session does: it listens.
    const listening = news.pipe(mergeMap((one) => (one.type === 'connected' ? one.connection.audio.pipe(catchError(() => EMPTY)) : EMPTY))).subscribe({ error: () => undefined });
    onTestFinished(() => {
      listening.unsubscribe();
      doors.unsubscribe();
    });
    const opened = await first(news);
    if (opened?.type !== 'bound') throw new Error('not bound');
    expect(await knock(at, opened.recv.port, patience)).toEqual({ kind: 'curt' });
    expect(await all(news.pipe(filter(({ type }) => type === 'refused'), take(2)))).toMatchObject([{ code: 'wrong-protocol' }, { code: 'wrong-protocol' }]);
  });

  it('is nobody where nobody listens', async () => {
    expect(await knock(at, await freePort(), patience)).toEqual({ kind: 'nobody', code: 'ECONNREFUSED' });
  });
});

describe('the holder of a port', () => {
  it('is the process that listens on it', async () => {
    const { port, pid } = await held('a-server');
    expect(await holderOf(port)).toMatchObject({ pid, command: expect.stringContaining('a-server') as string });
  });

  it('is nobody for a free one', async () => {
    expect(await holderOf(await freePort())).toBeUndefined();
  });
});

describe('the check of a port', () => {
  const examined = async (port: number, eventsPort?: number, within = patience): Promise<Finding | undefined> => (await all(checkPort({
    id: 'port.recv', host: at, port, use: 'microphone', hostFlag: '--recv_host', portFlag: '--recv_port', eventsPort: eventsPort ?? await freePort(), patience: within,
  }))).findLast((news) => news.type === 'finding');

  it('finds a free one, and leaves it free', async () => {
    const port = await freePort();
    expect(await examined(port)).toMatchObject({ id: 'port.recv', verdict: 'good' });
    expect(await examined(port)).toMatchObject({ verdict: 'good' });
  });

  it('has nothing against any that is free', async () => {
    expect(await examined(0)).toMatchObject({ verdict: 'good' });
  });

  it('names what listens on one in use and which process that is, and another flag', async () => {
    const { port, pid } = await held('something-else');
    expect(await examined(port, undefined, brief)).toMatchObject({
      verdict: 'bad', exit: 3, text: expect.stringMatching(new RegExp(`is in use by process ${pid} .*says nothing`)) as string,
      advice: expect.stringContaining('--recv_port') as string, facts: { listener: 'silent', holder: pid },
    });
  });

  it('is cautious where a server of ours is running already, by its events', async () => {
    const { port } = await held('whatever');
    expect(await examined(port, await serverThat((socket) => socket.write('{"type":"hello"}\n')))).toMatchObject({ verdict: 'caution', facts: { listener: 'speech-to-speech' } });
  });

  it.each(['s2s_pipeline.py', '/usr/bin/speech-to-speech', 'dist/cli/main.js'])('does not knock at %s, a server that it knows by name: the reference would take that for its only client', async (name) => {
    const sockets: Socket[] = [];
    const server: Server = createServer((socket) => sockets.push(socket)).listen(0, at);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = await held(name);
    expect(await examined(port, (server.address() as AddressInfo).port)).toMatchObject({ verdict: 'caution', text: expect.stringContaining('is running here already') as string });
    expect(sockets).toEqual([]);
  });

  it('calls a host bad that is not of this machine', async () => {
    const findings = await all(checkPort({ id: 'port.recv', host: '192.0.2.1', port: await freePort(), use: 'microphone', hostFlag: '--recv_host', portFlag: '--recv_port', eventsPort: 1, patience }));
    expect(findings).toMatchObject([{ verdict: 'bad', exit: 1, advice: expect.stringContaining('--recv_host') as string }]);
  });
});
