import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { filter, lastValueFrom, ReplaySubject, skip, take, type Subscription } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SpeechError } from '../../src/errors.js';
import type { Connection, DoorNews } from '../../src/transports/connection.js';
import { listenTcp, type TcpOptions } from '../../src/transports/tcp.js';
import { androidClient, closed, collect, dial, drip, hungUp, stockClient, strangers, type Ports, type StockClient } from '../fixtures/clients.js';

type News<T extends DoorNews['type']> = Extract<DoorNews, { type: T }>;

interface Server extends Ports {
  /** The n-th news of one type, counted from 0. */
  readonly next: <T extends DoorNews['type']>(type: T, n?: number) => Promise<News<T>>;
  readonly types: () => string[];
  readonly stop: () => void;
}

const subscriptions: Subscription[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const subscription of subscriptions.splice(0)) subscription.unsubscribe();
});

async function serve(options: Partial<TcpOptions> = {}, onConnected?: (connection: Connection) => void): Promise<Server> {
  const news = new ReplaySubject<DoorNews>(10_000);
  const types: string[] = [];
  news.subscribe({
    next: (one) => {
      types.push(one.type);
      if (one.type === 'connected') onConnected?.(one.connection);
    },
    error: () => types.push('error'),
  });
  const subscription = listenTcp({ recvHost: '127.0.0.1', recvPort: 0, sendHost: '127.0.0.1', sendPort: 0, ...options }).subscribe(news);
  subscriptions.push(subscription);
  const next = <T extends DoorNews['type']>(type: T, n = 0): Promise<News<T>> =>
    new Promise((resolve, reject) => {
      news.pipe(filter((one): one is News<T> => one.type === type), skip(n), take(1)).subscribe({ next: resolve, error: reject });
    });
  const bound = await next('bound');
  return {
    host: '127.0.0.1', micPort: bound.recv.port, replyPort: bound.send.port, next, types: () => types, stop: () => subscription.unsubscribe(),
  };
}

/** Listens as a session does, and keeps what it hears. */
function hear(connection: Connection): { readonly bytes: () => Buffer; readonly end: Promise<'complete' | SpeechError> } {
  const heard: Uint8Array[] = [];
  const end = new Promise<'complete' | SpeechError>((resolve, reject) => {
    connection.audio.subscribe({
      next: (bytes) => heard.push(bytes),
      complete: () => resolve('complete'),
      error: (error: unknown) => error instanceof SpeechError ? resolve(error) : reject(new Error(String(error))),
    });
  });
  return { bytes: () => Buffer.concat(heard), end };
}

const sent = (connection: Connection, bytes: Uint8Array): Promise<unknown> => lastValueFrom(connection.send(bytes), { defaultValue: undefined });
const pcm = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) % 251));

/** A stock client both of whose ports are known to be joined: it has got a block. */
async function paired(server: Server, n = 0): Promise<{ client: StockClient; connection: Connection }> {
  const client = await stockClient(server);
  const { connection } = await server.next('connected', n);
  await sent(connection, pcm(2048));
  await client.inbox.first(2048);
  return { client, connection };
}

/** The next client is heard and answered. */
async function servesTheNext(server: Server, n = 1): Promise<void> {
  const client = await stockClient(server);
  const { connection } = await server.next('connected', n);
  const ear = hear(connection);
  const disconnected = server.next('disconnected', n);
  await client.speak(pcm(2048));
  await sent(connection, pcm(4096));
  expect(await client.inbox.first(4096)).toEqual(pcm(4096));
  await client.leave();
  await disconnected;
  expect(ear.bytes()).toEqual(pcm(2048));
}

describe('the doors', () => {
  it('name the real ports they are bound to', async () => {
    const { micPort, replyPort } = await serve();
    expect(micPort).toBeGreaterThan(0);
    expect(replyPort).toBeGreaterThan(0);
    expect(micPort).not.toBe(replyPort);
  });

  it('are opened on IPv4 where the name is localhost', async () => {
    const server = await serve({ recvHost: 'localhost', sendHost: 'localhost' });
    expect((await server.next('bound')).recv.host).toBe('127.0.0.1');
  });

  it.each([['recvPort', '--recv_port'], ['sendPort', '--send_port']] as const)('say which flag changes %s when it is in use', async (name, flag) => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const error: unknown = await serve({ [name]: port }).catch((thrown: unknown) => thrown);
    holder.close();
    expect(error).toMatchObject({ kind: 'net', code: 'port-in-use' });
    expect(error instanceof SpeechError && error.message).toContain(String(port));
    expect(error instanceof SpeechError && error.hint).toContain(flag);
  });

  it('free the first port when the second cannot be opened', async () => {
    const { micPort, stop } = await serve();
    stop();
    await expect(serve({ recvPort: micPort, sendHost: '192.0.2.1' })).rejects.toMatchObject({ code: 'host-not-local' });
    await expect(serve({ recvPort: micPort })).resolves.toMatchObject({ micPort });
  });

  it('say so when the host is none', async () => {
    await expect(serve({ recvHost: 'nowhere.invalid' })).rejects.toMatchObject({ kind: 'net', code: 'host-unknown' });
  });

  it('free both ports and let the client go when they are closed', async () => {
    const server = await serve({}, hear);
    const client = await stockClient(server);
    await server.next('connected');
    server.stop();
    await Promise.all([hungUp(client.mic), hungUp(client.reply)]);
    const again = await serve({ recvPort: server.micPort, sendPort: server.replyPort });
    await servesTheNext(again, 0);
  });

  it('refuse impossible numbers at the call', () => {
    const options = { recvHost: 'localhost', recvPort: 12345, sendHost: 'localhost', sendPort: 12346 };
    expect(() => listenTcp({ ...options, recvPort: 70_000 })).toThrow(RangeError);
    expect(() => listenTcp({ ...options, recvPort: 0.5 })).toThrow(RangeError);
    expect(() => listenTcp({ ...options, stallTimeout: -1 })).toThrow(RangeError);
    expect(() => listenTcp({ ...options, pairTimeout: 0.5 })).not.toThrow();
    expect(() => listenTcp({ ...options, maxQueue: Number.NaN })).toThrow(RangeError);
  });
});

describe('a client', () => {
  it('is connected as soon as its microphone is, before it says anything', async () => {
    const server = await serve();
    await dial(server.host, server.micPort);
    const { connection } = await server.next('connected');
    expect(connection.peer).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('is heard to the byte when it writes one byte at a time', async () => {
    const server = await serve();
    const client = await stockClient(server);
    const ear = hear((await server.next('connected')).connection);
    await drip(client.mic, pcm(77));
    client.mic.end();
    await ear.end;
    expect(ear.bytes()).toEqual(pcm(77));
  });

  it('is heard in plain arrays of bytes, whose slices are copies', async () => {
    const server = await serve();
    const client = await stockClient(server);
    const { connection } = await server.next('connected');
    const first = new Promise<Uint8Array>((resolve, reject) => connection.audio.pipe(take(1)).subscribe({ next: resolve, error: reject }));
    await client.speak(pcm(5));
    expect(Buffer.isBuffer(await first)).toBe(false);
  });

  it('is heard to the byte however its audio is cut (R3)', async () => {
    const server = await serve();
    let n = 0;
    await fc.assert(fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 3000 }), { maxLength: 12 }), async (pieces) => {
      const client = await stockClient(server);
      const { connection } = await server.next('connected', n);
      const ear = hear(connection);
      for (const piece of pieces) await client.speak(piece);
      client.mic.end();
      await ear.end;
      expect(ear.bytes()).toEqual(Buffer.concat(pieces));
      connection.close('done');
      await server.next('disconnected', n);
      await client.leave();
      n += 1;
    }), { numRuns: 20 });
  });

  it('may open both ports at once, and is heard while it is muted', async () => {
    const server = await serve();
    const client = await androidClient(server);
    const { connection } = await server.next('connected');
    const ear = hear(connection);
    await client.speak(pcm(3000));
    client.mute(true);
    await client.speak(pcm(1500));
    await sent(connection, pcm(1024));
    expect(await client.inbox.first(1024)).toEqual(pcm(1024));
    await client.leave();
    await ear.end;
    expect(ear.bytes()).toEqual(Buffer.concat([pcm(3000), Buffer.alloc(1500)]));
  });

  it('that brings its reply port late gets the audio queued so far, in order', async () => {
    const server = await serve();
    await dial(server.host, server.micPort);
    const { connection } = await server.next('connected');
    const done = Promise.all([sent(connection, pcm(1000)), sent(connection, pcm(2000)), sent(connection, pcm(40_000))]);
    const inbox = collect(await dial(server.host, server.replyPort));
    await done;
    expect(await inbox.first(43_000)).toEqual(Buffer.concat([pcm(1000), pcm(2000), pcm(40_000)]));
  });

  it('that half-closes its microphone is answered until the server closes', async () => {
    const server = await serve();
    const client = await stockClient(server);
    const { connection } = await server.next('connected');
    const ear = hear(connection);
    await client.speak(pcm(2048));
    client.mic.end();
    expect(await ear.end).toBe('complete');
    await sent(connection, pcm(4096));
    connection.close('answered');
    expect(await client.inbox.all()).toEqual(pcm(4096));
    expect((await server.next('disconnected')).reason).toBe('answered');
    await servesTheNext(server);
  });

  it('that leaves and comes back at once is not taken for a second one', async () => {
    const server = await serve({}, hear);
    for (let n = 0; n < 20; n += 1) {
      const client = await stockClient(server);
      await server.next('connected', n);
      await client.leave();
    }
    expect(server.types()).not.toContain('refused');
  });

  it('whose microphone is reset ends its session with an error, and the next is served', async () => {
    const server = await serve();
    const { client, connection } = await paired(server);
    const ear = hear(connection);
    client.mic.resetAndDestroy();
    expect(await ear.end).toMatchObject({ kind: 'net', code: 'connection-lost' });
    await hungUp(client.reply);
    expect((await server.next('disconnected')).reason).toContain('microphone');
    await servesTheNext(server);
  });

  it('whose reply port is reset ends its session, and the next is served', async () => {
    const server = await serve();
    const { client, connection } = await paired(server);
    const ear = hear(connection);
    client.reply.resetAndDestroy();
    await hungUp(client.mic);
    expect(await ear.end).toBeInstanceOf(SpeechError);
    await servesTheNext(server);
  });

  it('that never brings a reply port is let go after the pair time-out', async () => {
    const server = await serve({ pairTimeout: 50 });
    const mic = await dial(server.host, server.micPort);
    const ear = hear((await server.next('connected')).connection);
    await hungUp(mic);
    expect(await ear.end).toBe('complete');
    expect((await server.next('disconnected')).reason).toContain('no reply port');
    await servesTheNext(server);
  });

  it('is let go when nobody listens to it any more', async () => {
    const server = await serve();
    const { client, connection } = await paired(server);
    connection.audio.subscribe().unsubscribe();
    await hungUp(client.mic);
    expect(server.types().filter((type) => type === 'disconnected')).toHaveLength(1);
    await servesTheNext(server);
  });
});

describe('turning away', () => {
  it('refuses a second microphone at once and leaves the first alone', async () => {
    const server = await serve();
    const client = await stockClient(server);
    const ear = hear((await server.next('connected')).connection);
    const second = await dial(server.host, server.micPort);
    await hungUp(second);
    expect(await server.next('refused')).toMatchObject({ code: 'busy' });
    await client.speak(pcm(512));
    await client.leave();
    await ear.end;
    expect(ear.bytes()).toEqual(pcm(512));
    await servesTheNext(server);
  });

  it('refuses a second reply port at once and leaves the first alone', async () => {
    const server = await serve();
    const { client, connection } = await paired(server);
    await hungUp(await dial(server.host, server.replyPort));
    expect(await server.next('refused')).toMatchObject({ code: 'busy' });
    await sent(connection, pcm(2048));
    expect(await client.inbox.first(4096)).toEqual(Buffer.concat([pcm(2048), pcm(2048)]));
  });

  it('reaps a reply port that stays alone', async () => {
    const server = await serve({ pairTimeout: 50 });
    const reply = await dial(server.host, server.replyPort);
    const { localPort } = reply;
    await hungUp(reply);
    expect(await server.next('refused')).toMatchObject({ code: 'pair-timeout', peer: `127.0.0.1:${localPort ?? 0}` });
    await servesTheNext(server, 0);
  });

  it('says at once that a reply port is alone', async () => {
    const server = await serve();
    const reply = await dial(server.host, server.replyPort);
    expect(await server.next('waiting')).toMatchObject({ peer: `127.0.0.1:${reply.localPort ?? 0}` });
    await closed(reply);
  });

  it('does not give a reply port that was left behind to the next client', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const server = await serve();
    const orphan = await dial(server.host, server.replyPort);
    const { peer } = await server.next('waiting');
    vi.advanceTimersByTime(5_000);
    await servesTheNext(server, 0);
    expect(await server.next('refused')).toMatchObject({ code: 'left-behind', peer });
    await hungUp(orphan);
  });

  it('gives a reply port that has waited for long to a microphone that brings no other', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout'] });
    const server = await serve();
    const reply = await dial(server.host, server.replyPort);
    const inbox = collect(reply);
    await server.next('waiting');
    vi.advanceTimersByTime(5_000);
    const mic = await dial(server.host, server.micPort);
    const delivered = sent((await server.next('connected')).connection, pcm(2048));
    vi.advanceTimersByTime(1_000);
    await delivered;
    expect(await inbox.first(2048)).toEqual(pcm(2048));
    await Promise.all([closed(reply), closed(mic)]);
  });

  it('prefers the younger of two reply ports that have no microphone yet', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const server = await serve();
    const orphan = await dial(server.host, server.replyPort);
    await server.next('waiting');
    vi.advanceTimersByTime(5_000);
    const reply = await dial(server.host, server.replyPort);
    const inbox = collect(reply);
    await hungUp(orphan);
    const mic = await dial(server.host, server.micPort);
    await sent((await server.next('connected')).connection, pcm(2048));
    expect(await inbox.first(2048)).toEqual(pcm(2048));
    await Promise.all([closed(reply), closed(mic)]);
  });

  it('keeps the first of two reply ports that come together', async () => {
    const server = await serve();
    const first = await dial(server.host, server.replyPort);
    await server.next('waiting');
    await hungUp(await dial(server.host, server.replyPort));
    expect(await server.next('refused')).toMatchObject({ code: 'busy' });
    await closed(first);
  });

  it('forgets a reply port that left before its microphone came', async () => {
    const server = await serve();
    const reply = await dial(server.host, server.replyPort);
    reply.end();
    await hungUp(reply);
    await servesTheNext(server, 0);
    expect(server.types()).not.toContain('refused');
  });

  it.each(Object.entries(strangers))('closes on %s before a byte of it is heard (R14, S1)', async (name, hello) => {
    const server = await serve();
    const mic = await dial(server.host, server.micPort);
    const ear = hear((await server.next('connected')).connection);
    mic.write(hello);
    await hungUp(mic);
    expect(await ear.end).toMatchObject({ code: 'wrong-protocol' });
    expect(ear.bytes()).toHaveLength(0);
    expect((await server.next('refused')).reason).toContain(name === 'TLS' || name === 'SSH' ? name : 'HTTP');
    await server.next('disconnected');
    await servesTheNext(server);
  });

  it('knows a stranger who comes byte by byte', async () => {
    const server = await serve();
    const mic = await dial(server.host, server.micPort);
    const ear = hear((await server.next('connected')).connection);
    drip(mic, strangers['HTTP POST']!).catch(() => undefined);
    expect(await ear.end).toMatchObject({ code: 'wrong-protocol' });
    expect(ear.bytes()).toHaveLength(0);
  });

  it('lets through audio that begins like a stranger', async () => {
    const server = await serve();
    const client = await stockClient(server);
    const ear = hear((await server.next('connected')).connection);
    await drip(client.mic, Buffer.from('GETTING'));
    client.mic.end();
    await ear.end;
    expect(ear.bytes().toString()).toBe('GETTING');
  });

  it('lets through a first byte that could have become a stranger', async () => {
    const server = await serve();
    const client = await stockClient(server);
    const ear = hear((await server.next('connected')).connection);
    client.mic.end('P');
    await ear.end;
    expect(ear.bytes().toString()).toBe('P');
  });

  it('closes on HTTP on the reply port', async () => {
    const server = await serve();
    const reply = await dial(server.host, server.replyPort);
    reply.write(strangers['HTTP GET']!);
    await hungUp(reply);
    expect(await server.next('refused')).toMatchObject({ code: 'wrong-protocol' });
    await servesTheNext(server, 0);
  });

  it('tells a client whose ports are crossed', async () => {
    const server = await serve();
    const client = await stockClient({ host: server.host, micPort: server.replyPort, replyPort: server.micPort });
    const ear = hear((await server.next('connected')).connection);
    await client.speak(pcm(2048));
    expect(await ear.end).toMatchObject({ code: 'crossed-ports' });
    expect((await server.next('disconnected')).reason).toContain('crossed');
    await closed(client.mic);
    await servesTheNext(server);
  });

  const outside = Object.values(networkInterfaces()).flat().find((one) => one?.family === 'IPv4' && !one.internal)?.address;
  it.skipIf(outside === undefined)('drops a reply port that comes from another address than the microphone (S5)', async () => {
    const server = await serve({ recvHost: '0.0.0.0', sendHost: '0.0.0.0' });
    const reply = await dial(outside!, server.replyPort);
    await dial('127.0.0.1', server.micPort);
    await hungUp(reply);
    expect(await server.next('refused')).toMatchObject({ code: 'stranger' });
  });
});

describe('sending', () => {
  it('completes after the bytes before it', async () => {
    const server = await serve();
    const client = await stockClient(server);
    const { connection } = await server.next('connected');
    const order: number[] = [];
    await Promise.all([100_000, 10, 0, 3].map(async (length, index) => {
      await sent(connection, pcm(length));
      order.push(index);
    }));
    expect(order).toEqual([0, 1, 2, 3]);
    expect((await client.inbox.first(100_013)).subarray(100_000)).toEqual(Buffer.concat([pcm(10), pcm(3)]));
  });

  it('drops what was not written yet when it is unsubscribed', async () => {
    const server = await serve();
    await dial(server.host, server.micPort);
    const { connection } = await server.next('connected');
    const dropped = connection.send(pcm(5000)).subscribe();
    const kept = sent(connection, pcm(10));
    dropped.unsubscribe();
    const inbox = collect(await dial(server.host, server.replyPort));
    await kept;
    connection.close('done');
    expect(await inbox.all()).toEqual(pcm(10));
  });

  it('stops after the 16 KiB that are under way when it is cancelled', async () => {
    const server = await serve();
    const { client, connection } = await paired(server);
    connection.send(pcm(200_000)).subscribe().unsubscribe();
    await sent(connection, Buffer.from('next'));
    connection.close('done');
    expect(await client.inbox.all()).toEqual(Buffer.concat([pcm(2048), pcm(16_384), Buffer.from('next')]));
  });

  it('fails what still waits, and whatever comes later, when the client has gone', async () => {
    const server = await serve();
    const mic = await dial(server.host, server.micPort);
    const { connection } = await server.next('connected');
    hear(connection);
    const waiting = sent(connection, pcm(2048));
    await closed(mic);
    await expect(waiting).rejects.toMatchObject({ kind: 'net', code: 'client-gone' });
    await expect(sent(connection, pcm(2048))).rejects.toMatchObject({ code: 'client-gone' });
  });

  it('lets a client go that takes none of its reply, and serves the next (R4)', async () => {
    const server = await serve({ stallTimeout: 100, maxQueue: 64 << 20 });
    const mic = await dial(server.host, server.micPort);
    const reply = (await dial(server.host, server.replyPort)).pause();
    const { connection } = await server.next('connected');
    const ear = hear(connection);
    await expect(sent(connection, new Uint8Array(32 << 20))).rejects.toMatchObject({ code: 'slow-reader' });
    expect(await ear.end).toMatchObject({ code: 'slow-reader' });
    expect((await server.next('disconnected')).reason).toContain('slow reader');
    await Promise.all([hungUp(mic), hungUp(reply)]);
    await servesTheNext(server);
  });

  it('lets a client go for which more than the queue holds is waiting', async () => {
    const server = await serve({ maxQueue: 10_000 });
    const mic = await dial(server.host, server.micPort);
    const { connection } = await server.next('connected');
    hear(connection);
    const sends = await Promise.allSettled([sent(connection, pcm(6000)), sent(connection, pcm(4000)), sent(connection, pcm(1))]);
    expect(sends.map((one) => one.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect((await server.next('disconnected')).reason).toContain('10000 bytes');
    await hungUp(mic);
    await servesTheNext(server);
  });
});

describe('the news', () => {
  it('say disconnected once for every connected', async () => {
    const server = await serve();
    for (let n = 0; n < 3; n += 1) {
      const { client, connection } = await paired(server, n);
      hear(connection);
      connection.close('first');
      connection.close('second');
      await Promise.all([hungUp(client.mic), hungUp(client.reply)]);
    }
    expect(server.types()).toEqual(['bound', ...Array.from({ length: 3 }, () => ['connected', 'paired', 'disconnected']).flat()]);
  });
});
