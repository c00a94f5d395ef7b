import { once } from 'node:events';
import { createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { bytesToInt16, int16ToBytes } from '../../src/audio/pcm.js';
import type { ClientEvent } from '../../src/client.js';
import { dial as connected } from '../fixtures/clients.js';
import { deafSpeaker, HandTime, host, joined, peer, portOf, ramp, start, undo, until, type Client } from '../fixtures/our-client.js';

const MiB = 1_048_576;

const of = <T extends ClientEvent['type']>(client: Client, type: T): Extract<ClientEvent, { type: T }>[] =>
  client.events.filter((event): event is Extract<ClientEvent, { type: T }> => event.type === type);

/** A port on which the kernel takes no further connection: nobody accepts those that it has. */
async function hungPort(): Promise<number> {
  const worker = new Worker(`
    const { parentPort } = require('node:worker_threads');
    const server = require('node:net').createServer().listen({ port: 0, host: '${host}', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });
  `, { eval: true });
  undo.push(() => worker.terminate());
  const [port] = await once(worker, 'message') as [number];
  for (const place of [1, 2]) {
    const socket = await connected(host, port);
    undo.push(() => socket.destroy(new Error(`place ${place}`)));
  }
  return port;
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

describe('S14: a hostile server', () => {
  it('that sends far more than can be heard is read at 4 MiB a second, and ten minutes of it are kept, of which one warning tells', async () => {
    const time = new HandTime();
    const server = await peer();
    const voice = new Subject<Int16Array>();
    const client = start({ ...server.ports, mic: voice, speaker: deafSpeaker().sink, fullDuplex: true, scheduler: time });
    const { reply, inbox } = await server.pair();
    await client.next('connected');

    const flood = 32 * MiB;
    const piece = Buffer.alloc(65_536, 1);
    let taken = 0;
    const pour = (): unknown => ((taken += piece.length) < flood ? reply.write(piece, pour) : reply.end(piece));
    pour();
    const received = (): number => of(client, 'traffic').at(-1)?.received ?? 0;
    // The clock stands still, so it stops there: what the kernels do not hold stays at the server.
    let [still, before] = [0, 0];
    await until(() => still > 500, () => {
      still = taken === before ? still + 1 : 0;
      before = taken;
    });
    time.pass(1000);
    expect(received()).toBeGreaterThanOrEqual(4 * MiB);
    expect(received()).toBeLessThan(4 * MiB + 65_536);
    expect(taken).toBeLessThan(flood);
    await until(() => received() === flood, () => time.pass(1000));
    const kept = 600 * 16_000 * 2;
    expect(of(client, 'warning').map(({ code }) => code)).toEqual(['too-much-audio']);
    await until(() => of(client, 'disconnected').length > 0, () => time.pass(10));
    const { drops, dropped, buffered } = of(client, 'traffic').at(-1)!;
    expect(drops.excess).toBeGreaterThanOrEqual(flood - kept);
    expect(drops.excess).toBeLessThan(flood - kept + 1024);
    expect(dropped).toBe(drops.excess);
    expect(buffered).toBeLessThanOrEqual(600_000);

    // And it lives: the next connection is spoken to as ever.
    await until(() => of(client, 'connected').length === 2, () => time.pass(100));
    const next = await server.pair();
    voice.next(ramp(1024, 7));
    expect(bytesToInt16(await next.inbox.first(2048))[0]).toBe(7);
    expect(inbox.bytes()).toHaveLength(0);
  });

  it('that never reads has two seconds wait for it, is told of once, and is left after 10 s', async () => {
    const time = new HandTime();
    const server = await peer();
    const voice = new Subject<Int16Array>();
    const client = start({ ...server.ports, mic: voice, scheduler: time });
    const { mic } = await server.pair();
    mic.pause();
    await client.next('connected');
    let spoken = 0;
    await until(() => of(client, 'warning').length > 0, () => {
      voice.next(ramp(102_400));
      spoken += 204_800;
    });
    voice.next(ramp(102_400));
    spoken += 204_800;
    expect(of(client, 'warning').map(({ code }) => code)).toEqual(['server-deaf']);

    time.pass(9_999);
    const { sent, drops } = of(client, 'traffic').at(-1)!;
    expect(drops.unread).toBeGreaterThan(0);
    expect(sent + drops.unread).toBe(spoken);
    expect(of(client, 'disconnected')).toEqual([]);
    time.pass(1);
    expect(of(client, 'disconnected')[0]?.reason).toContain('the server has read nothing for 10 s');
    await until(() => of(client, 'connected').length === 2, () => time.pass(100));
  });

  it('that sends odd bytes and ends with END has its noise dropped and counted, and does not put the next one out of step', async () => {
    const server = await peer();
    const ear = deafSpeaker();
    const client = start({ ...server.ports, speaker: ear.sink, jitter: 0 });
    const one = await server.pair();
    one.reply.write(int16ToBytes(ramp(512)));
    one.reply.end('END');
    await client.next('disconnected');
    expect(of(client, 'traffic').at(-1)).toMatchObject({ received: 1027, dropped: 3, drops: { tail: 3 } });
    const two = await server.pair();
    two.reply.write(int16ToBytes(ramp(1024)));
    await ear.arrived(1536);
    expect(joined(ear.given.slice(1))).toEqual(ramp(1024));
    two.reply.end(Uint8Array.of(1));
    await client.next('disconnected', (event) => event !== of(client, 'disconnected')[0]);
    expect(of(client, 'traffic').at(-1)).toMatchObject({ drops: { tail: 4 } });
  });

  it('that half-closes the reply port is left, and come back to', async () => {
    const server = await peer();
    const client = start(server.ports);
    const { reply, mic } = await server.pair();
    await client.next('connected');
    reply.end();
    await once(mic, 'end');
    expect((await client.next('disconnected')).retryIn).toBeDefined();
    await server.pair();
  });

  it('that resets in the middle of a reply has what it sent played, and hears nothing of it from the next connection on', async () => {
    const time = new HandTime();
    const server = await peer();
    const ear = deafSpeaker();
    const voice = new Subject<Int16Array>();
    const client = start({ ...server.ports, mic: voice, speaker: ear.sink, jitter: 0, scheduler: time });
    const { reply } = await server.pair();
    await client.next('connected');
    reply.write(int16ToBytes(ramp(2048)));
    await ear.arrived(2048);
    reply.resetAndDestroy();
    expect((await client.next('disconnected')).reason).toContain('the reply connection broke (ECONNRESET)');
    await until(() => of(client, 'connected').length === 2, () => time.pass(10));
    const next = await server.pair();
    voice.next(ramp(1024, 100));
    ear.hear(2048);
    voice.next(ramp(1024, 200));
    time.pass(200);
    voice.next(ramp(1024, 300));
    expect(bytesToInt16(await next.inbox.first(2048))[0]).toBe(300);
  });

  it('that closes the microphone port only is left after a second, and what is said meanwhile is counted', async () => {
    const time = new HandTime();
    const server = await peer();
    const voice = new Subject<Int16Array>();
    const client = start({ ...server.ports, mic: voice, scheduler: time });
    const { mic } = await server.pair();
    await client.next('connected');
    mic.end();
    await until(() => of(client, 'warning').length > 0, () => voice.next(ramp(1024)));
    expect(of(client, 'warning')[0]?.code).toBe('server-deaf');
    time.pass(999);
    expect(of(client, 'disconnected')).toEqual([]);
    time.pass(1);
    expect(of(client, 'disconnected')[0]?.reason).toContain('closed the microphone port');
    expect(of(client, 'traffic').at(-1)?.drops.unread).toBeGreaterThanOrEqual(2048);
  });

  it('that closes the microphone port and talks on for ever is left after a minute', async () => {
    const time = new HandTime();
    const server = await peer();
    const voice = new Subject<Int16Array>();
    const ear = deafSpeaker();
    const client = start({ ...server.ports, mic: voice, speaker: ear.sink, jitter: 0, fullDuplex: true, scheduler: time });
    const { mic, reply } = await server.pair();
    await client.next('connected');
    mic.end();
    await until(() => of(client, 'warning').length > 0, () => voice.next(ramp(1024)));
    for (let half = 1; half < 120; half++) {
      reply.write(int16ToBytes(ramp(512)));
      await ear.arrived(512 * half);
      time.pass(500);
    }
    expect(of(client, 'disconnected')).toEqual([]);
    time.pass(500);
    expect(of(client, 'disconnected')[0]?.reason).toContain('closed the microphone port');
  });

  it('that accepts the microphone only is named with both its ports', async () => {
    const { ports } = await peer();
    const recvPort = await freePort();
    const client = start({ ...ports, recvPort });
    expect((await client.next('disconnected')).reason)
      .toBe(`The server takes the microphone on port ${ports.sendPort}, but nobody answers on ${host}:${recvPort} (ECONNREFUSED).`);
    expect(of(client, 'connected')).toEqual([]);
  });

  it('that accepts replies only is not connected to at all', async () => {
    const server = await peer();
    const sendPort = await freePort();
    const client = start({ ...server.ports, sendPort });
    expect((await client.next('disconnected')).reason).toBe(`No server answers on ${host}:${sendPort} (ECONNREFUSED).`);
    expect(server.order).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux').each(['sendPort', 'recvPort'] as const)('that never takes the connection to its %s is given 10 s', async (which) => {
    const time = new HandTime();
    const server = await peer();
    const port = await hungPort();
    const client = start({ ...server.ports, [which]: port, scheduler: time });
    if (which === 'recvPort') await until(() => server.order.includes('mic opened'));
    await until(() => of(client, 'connecting').length === 1);
    time.pass(9_999);
    expect(of(client, 'disconnected')).toEqual([]);
    await until(() => of(client, 'disconnected').length > 0, () => time.pass(1));
    expect(of(client, 'disconnected')[0]?.reason).toMatch(new RegExp(`answers on ${host}:${port} \\(no answer within 10 s\\)`));
  });

  it('that accepts and closes at once, again and again, is tried less and less often', async () => {
    const time = new HandTime();
    const server = await peer();
    const client = start({ ...server.ports, backoff: { random: () => 1 }, scheduler: time });
    for (let times = 1; times <= 5; times++) {
      const { mic, reply } = await server.pair();
      await until(() => of(client, 'connected').length === times);
      mic.destroy();
      reply.destroy();
      await until(() => of(client, 'disconnected').length === times);
      time.pass(of(client, 'disconnected').at(-1)?.retryIn ?? 0);
    }
    expect(of(client, 'disconnected').map(({ retryIn }) => retryIn)).toEqual([250, 500, 1000, 2000, 4000]);
  });
});
