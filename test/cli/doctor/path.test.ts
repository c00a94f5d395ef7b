import { createServer as createHttpServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { filter, firstValueFrom, ReplaySubject } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { call } from '../../../cli/doctor/call.js';
import type { Finding } from '../../../cli/doctor/finding.js';
import { checkPath } from '../../../cli/doctor/path.js';
import type { PathOptions } from '../../../cli/doctor/path.js';
import type { Engines } from '../../../src/engines.js';
import { serve } from '../../../src/server.js';
import type { ServerEvent } from '../../../src/server.js';
import { listenTcp } from '../../../src/transports/tcp.js';
import { all } from '../../fixtures/all.js';
import { stockClient } from '../../fixtures/clients.js';
import { fakeEngines, tone } from '../../fixtures/engines.js';
import { freePort } from '../../fixtures/free-port.js';
import { serverThat } from '../../fixtures/server-that.js';

const host = '127.0.0.1';
/** Short, as all of it is said in real time. */
const probe = tone(400);
/** Long patience, for what is answered; where nothing is to come, {@link BRIEF} will do. */
const timing = { settle: 100, patience: 8_000, quiet: 300 };
const BRIEF = { ...timing, patience: 200 };

/** A server of ours; `sendPort` and `recvPort` are in the words of the client. */
async function ours(overrides: Partial<Engines> = {}): Promise<{ sendPort: number; recvPort: number; seen: ServerEvent[] }> {
  const events = new ReplaySubject<ServerEvent>(Infinity);
  const seen: ServerEvent[] = [];
  events.subscribe({ next: (event) => seen.push(event), error: () => undefined });
  const doors = listenTcp({ recvHost: host, recvPort: 0, sendHost: host, sendPort: 0 });
  const server = serve({ doors, engines: fakeEngines(overrides), session: { speech: { minSilence: 300, minSpeech: 100 } } }).subscribe(events);
  onTestFinished(() => server.unsubscribe());
  const { recv, send } = await firstValueFrom(events.pipe(filter((event) => event.type === 'serving')));
  return { sendPort: recv.port, recvPort: send.port, seen };
}

async function examined(options: Partial<PathOptions>): Promise<Record<string, Finding>> {
  const news = await all(checkPath({
    host, probe, words: 'beep', timing, patience: { banner: 50, answer: 1_500 },
    sendPort: await freePort(), recvPort: await freePort(), eventsPort: await freePort(), ...options,
  }));
  return Object.fromEntries(news.flatMap((one) => (one.type === 'finding' ? [[one.id, one]] : [])));
}

const verdicts = (findings: Record<string, Finding>): Record<string, string> => Object.fromEntries(Object.entries(findings).map(([id, { verdict }]) => [id, verdict]));

describe('the way to a server and back', () => {
  it('is good where the spoken question is answered, and its figures are told', async () => {
    const { seen, ...ports } = await ours();
    const findings = await examined(ports);
    expect(verdicts(findings)).toEqual({ 'path.name': 'good', 'path.ports': 'good', 'path.answer': 'good', 'path.latency': 'good', 'path.delivery': 'good', 'path.blocks': 'good' });
    const answered = seen.filter((event) => event.type === 'reply.audio').reduce((sum, { audio }) => sum + audio.byteLength, 0);
    expect(findings['path.answer']?.facts).toMatchObject({ bytes: Math.ceil(answered / 2048) * 2048 });
    expect(findings['path.latency']?.facts?.['ms']).toBeGreaterThan(0);
  });

  it('is left as the client of the reference leaves, and the server is free for the next', async () => {
    const { seen, ...ports } = await ours();
    await examined(ports);
    const [heard] = seen.filter((event) => event.type === 'transcript');
    expect(heard).toMatchObject({ text: 'I heard 13 frames.' });
    await examined(ports);
    expect(seen.filter((event) => event.type === 'refused')).toEqual([]);
    expect(seen.filter((event) => event.type === 'connected')).toHaveLength(2);
  });

  it('is heard at the events port, where there is one', async () => {
    const { seen: _, ...ports } = await ours();
    const eventsPort = await serverThat((socket) => socket.write('{"type":"hello","version":1}\n{"type":"transcript","final":true,"text":"Beep."}\nnonsense\n'));
    expect((await examined({ ...ports, eventsPort }))['path.heard']).toMatchObject({ verdict: 'good', text: 'The server heard "Beep.".' });
  });

  it('does not care who else listens on that port', async () => {
    const { seen: _, ...ports } = await ours();
    const eventsPort = await serverThat((socket) => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'));
    expect(await examined({ ...ports, eventsPort })).not.toHaveProperty('path.heard');
  });

  it('is bad where the ports are crossed, which is proved by swapping them', async () => {
    const { sendPort, recvPort, seen } = await ours();
    const findings = await examined({ sendPort: recvPort, recvPort: sendPort });
    expect(findings['path.crossed']).toMatchObject({ verdict: 'bad', exit: 1, advice: expect.stringContaining(`--send_port ${sendPort} --recv_port ${recvPort}`) as string });
    expect(seen.filter((event) => event.type === 'refused')).toMatchObject([{ code: 'crossed-ports' }]);
  });

  it('is bad where they are crossed, and the server sends on its microphone port', async () => {
    const sendPort = await serverThat((socket) => socket.write(Buffer.alloc(2048, 7)));
    expect((await examined({ sendPort, recvPort: await serverThat(() => undefined) }))['path.crossed']).toMatchObject({ verdict: 'bad', text: expect.stringContaining('arrives on its microphone port') as string });
  });

  it('is bad where the server serves somebody else', async () => {
    const { sendPort, recvPort, seen: _ } = await ours();
    const other = await stockClient({ host, micPort: sendPort, replyPort: recvPort });
    const findings = await examined({ sendPort, recvPort });
    expect(findings['path.busy']).toMatchObject({ verdict: 'bad', exit: 1, text: expect.stringContaining('another client') as string });
    await other.leave();
  });

  it('is bad where nobody answers, and what the server tells of it is passed on', async () => {
    const { seen: _, ...ports } = await ours({ llm: () => { throw new Error('the model is gone'); } });
    const eventsPort = await serverThat((socket) => socket.write('{"type":"hello"}\n{"type":"transcript","final":true,"text":"beep"}\n{"type":"failed","message":"the model is gone"}\n'));
    const findings = await examined({ ...ports, eventsPort, timing: { ...timing, patience: 1_000 } });
    expect(findings['path.answer']).toMatchObject({ verdict: 'bad', exit: 1, text: expect.stringContaining('within 1 s') as string, advice: expect.stringContaining('the model is gone') as string });
    expect(findings['path.heard']).toMatchObject({ verdict: 'good' });
  });

  it('is bad where the server closes its microphone port', async () => {
    const sendPort = await serverThat((socket) => socket.end());
    const findings = await examined({ sendPort, recvPort: await serverThat(() => undefined) });
    expect(findings['path.answer']).toMatchObject({ verdict: 'bad', text: expect.stringContaining('hung up') as string });
  });

  it('is bad where what listens says nothing', async () => {
    const findings = await examined({ sendPort: await serverThat(() => undefined), recvPort: await serverThat(() => undefined), timing: BRIEF, patience: { banner: 50, answer: 100 } });
    expect(findings['path.answer']).toMatchObject({ verdict: 'bad', advice: expect.stringContaining('says nothing at all') as string });
  });

  it.each<[string, (socket: Socket) => unknown]>([
    ['SSH', (socket) => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n')],
    ['TLS', (socket) => socket.on('data', () => socket.end(Buffer.from('15030300020246', 'hex')))],
    ['TLS', (socket) => socket.on('data', (bytes) => bytes[0] === 0x16 && socket.write(Buffer.from('160303003a02', 'hex')))],
    ['HTTP', (socket) => socket.on('data', (bytes) => bytes.includes('\r\n\r\n') && socket.end('HTTP/1.0 200 OK\r\n\r\n'))],
  ])('is bad where %s is spoken there', async (protocol, accept) => {
    const findings = await examined({ sendPort: await serverThat(accept), recvPort: await serverThat(() => undefined), timing: BRIEF });
    expect(findings['path.protocol']).toMatchObject({ verdict: 'bad', exit: 1, facts: { protocol } });
  });

  it('is bad where a web server has both ports', async () => {
    const server = createHttpServer((_, response) => response.end()).listen(0, host);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect((await examined({ sendPort: port, recvPort: port }))['path.protocol']).toMatchObject({ facts: { protocol: 'HTTP' } });
  });

  it('is bad where nobody listens, and each port is told of', async () => {
    const { sendPort, seen: _ } = await ours();
    const findings = await examined({ sendPort });
    expect(verdicts(findings)).toEqual({ 'path.name': 'good', 'path.send_port': 'good', 'path.recv_port': 'bad' });
    expect(findings['path.recv_port']).toMatchObject({ exit: 1, text: expect.stringContaining('Nobody listens') as string, advice: expect.stringContaining('--recv_port') as string });
  });

  it('is bad where the name is nobody\'s', async () => {
    const findings = await examined({ host: 'no-such-host.invalid' });
    expect(findings).toMatchObject({ 'path.name': { verdict: 'bad', exit: 1, advice: expect.stringContaining('--host') as string } });
    expect(Object.keys(findings)).toHaveLength(1);
  });
});

describe('a call', () => {
  it('says the whole probe, then silence until it is answered, and nothing after that', async () => {
    const heard: Buffer[] = [];
    const backs: Socket[] = [];
    let answered = 0;
    const recvPort = await serverThat((socket) => backs.push(socket));
    const sendPort = await serverThat((socket) => socket.on('data', (bytes) => {
      heard.push(bytes);
      const length = heard.reduce((sum, piece) => sum + piece.length, 0);
      if (answered > 0 || length < 2 * probe.byteLength) return;
      answered = length;
      backs[0]?.write(Buffer.alloc(4_096, 1));
    }));
    const [made] = (await all(call({ host, sendPort, recvPort, probe, timing }))).filter((news) => news.type === 'call');
    const everything = Buffer.concat(heard);
    expect(everything.subarray(0, probe.byteLength)).toEqual(Buffer.from(probe.buffer));
    expect(everything.subarray(probe.byteLength).every((byte) => byte === 0)).toBe(true);
    // What was under way when the answer came; 400 ms of quiet are waited for after that.
    expect(everything.length - answered).toBeLessThan(3_200);
    expect(made).toMatchObject({ hungUp: false, error: undefined, arrivals: [{ bytes: 4_096 }] });
    expect(made!.arrivals[0]!.at).toBeGreaterThan(made!.lastVoiced!);
  });

  it('hangs up when it is let go', async () => {
    const gone: Promise<unknown>[] = [];
    const accept = (socket: Socket): void => void gone.push(once(socket.resume(), 'close'));
    const [sendPort, recvPort] = [await serverThat(accept), await serverThat(accept)];
    const subscription = call({ host, sendPort, recvPort, probe, timing }).subscribe();
    while (gone.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    subscription.unsubscribe();
    await Promise.all(gone);
  });
});
