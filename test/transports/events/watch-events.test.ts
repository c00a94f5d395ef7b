import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { filter, from, lastValueFrom, ReplaySubject, Subject, take, toArray, type Subscription } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ToldEvent } from '../../../src/event-schema.js';
import { SpeechError } from '../../../src/errors.js';
import type { Command } from '../../../src/transports/events/commands.js';
import { ofClient } from '../../../src/transports/events/of-client.js';
import { watchEvents, type WatchEventsOptions } from '../../../src/transports/events/watch-events.js';
import { all } from '../../fixtures/all.js';

const undo: (() => unknown)[] = [];
afterEach(() => undo.splice(0).forEach((step) => step()));

const HELLO = '{"type":"hello","version":1,"program":{"name":"test","version":"1"},"at":1}\n';

/** A server of which the test is the brain: what it does with each connection, the last of them for all that follow. */
async function server(...plays: ((socket: Socket) => void)[]): Promise<{ port: number; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const door = createServer((socket) => {
    socket.on('error', () => undefined).resume();
    sockets.push(socket);
    plays[Math.min(sockets.length, plays.length) - 1]?.(socket);
  }).listen(0, '127.0.0.1');
  await once(door, 'listening');
  undo.push(() => door.close(), () => sockets.forEach((socket) => socket.destroy()));
  const address = door.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, sockets };
}

function watching(port: number, options: Partial<WatchEventsOptions> = {}) {
  const events = new ReplaySubject<ToldEvent>(10_000);
  const seen: ToldEvent[] = [];
  events.subscribe({ next: (event) => seen.push(event), error: () => undefined });
  const subscription: Subscription = watchEvents({ host: '127.0.0.1', port, backoff: { first: 1, most: 5 }, ...options }).subscribe(events);
  undo.push(() => subscription.unsubscribe());
  const until = <T extends ToldEvent['type']>(type: T, times = 1): Promise<Extract<ToldEvent, { type: T }>[]> =>
    lastValueFrom(events.pipe(filter((event): event is Extract<ToldEvent, { type: T }> => event.type === type), take(times), toArray()));
  return { seen, until, stop: () => subscription.unsubscribe() };
}

const failure = async (port: number, host = '127.0.0.1', options: Partial<WatchEventsOptions> = {}): Promise<SpeechError> => {
  const error: unknown = await lastValueFrom(watchEvents({ host, port, ...options })).then(() => undefined, (thrown: unknown) => thrown);
  if (error instanceof SpeechError) return error;
  throw new Error('it did not fail');
};

describe('asking a server through its events port', () => {
  it('shows the token before the first command, to each server anew, and nothing to one that is only watched', async () => {
    const commands = new Subject<Command>();
    const heard: string[][] = [];
    const { port, sockets } = await server((socket) => {
      const lines: string[] = [];
      heard.push(lines);
      socket.on('data', (bytes) => lines.push(...String(bytes).trim().split('\n')));
      socket.write(HELLO);
    });
    const { until } = watching(port, { commands, token: 'sixteen-letters-or-more' });
    await until('hello');
    sockets[0]!.destroy();
    await until('hello', 2);
    expect(heard).toEqual([[], []]);
    commands.next({ type: 'cancel', session: 1 });
    commands.next({ type: 'ask', text: 'What is ⟂?', session: 1 });
    await expect.poll(() => heard[1]).toEqual(['{"type":"auth","token":"sixteen-letters-or-more"}', '{"type":"cancel","session":1}', '{"type":"ask","text":"What is ⟂?","session":1}']);
  });

  it('takes no command while there is no server', async () => {
    const commands = new Subject<Command>();
    const { port, sockets } = await server((socket) => socket.write(HELLO));
    const { until } = watching(port, { commands, backoff: { first: 600_000, random: () => 1 } });
    await until('hello');
    expect(commands.observed).toBe(true);
    sockets[0]!.destroy();
    await until('watch.lost');
    expect(commands.observed).toBe(false);
  });

  it('goes to a server that has been away at once where it is told to', async () => {
    const reconnectNow = new Subject<void>();
    const { port, sockets } = await server((socket) => socket.write(HELLO));
    const { until } = watching(port, { reconnectNow, backoff: { first: 600_000, most: 600_000, random: () => 1 } });
    await until('hello');
    sockets[0]!.destroy();
    await until('watch.lost');
    reconnectNow.next();
    await until('hello', 2);
  });
});

describe('watching events', () => {
  it('tells when the port is reached, and then what it tells', async () => {
    const { port } = await server((socket) => socket.end(`${HELLO}{"type":"listening","session":1,"at":2}\r\n\n`));
    expect(await all(watchEvents({ host: '127.0.0.1', port, reconnect: false }))).toMatchObject([
      { type: 'watching', host: '127.0.0.1', port }, { type: 'hello', version: 1 }, { type: 'listening', session: 1, at: 2 },
    ]);
  });

  it.each<[string, string | Uint8Array, Partial<ToldEvent>]>([
    ['an event of the future', '{"type":"mood","value":7,"at":2}\n', { type: 'unknown', name: 'mood', line: '{"type":"mood","value":7,"at":2}' }],
    ['a known event of another form', '{"type":"gate","open":"half","at":2}\n', { type: 'unknown', name: 'gate' }],
    ['a type of all objects', '{"type":"constructor","at":2}\n', { type: 'unknown', name: 'constructor' }],
    ['no object', '7\n', { type: 'unknown', name: '' }],
    ['no JSON', 'ok\n', { type: 'unknown', name: '', line: 'ok' }],
    ['no UTF-8', Uint8Array.of(0xff, 0xfe, 0x0a), { type: 'unknown', name: '' }],
    ['JSON of depth 200 000', `${'['.repeat(200_000)}${']'.repeat(200_000)}\n`, { type: 'unknown', name: '' }],
    ['__proto__', '{"type":"listening","__proto__":{"session":9},"at":2}\n', { type: 'listening', at: 2 }],
  ])('passes %s without stumbling', async (_what, line, expected) => {
    const { port } = await server((socket) => {
      socket.write(HELLO);
      socket.write(line);
      socket.end('{"type":"notice","message":"and on","at":3}\n');
    });
    const events = await all(watchEvents({ host: '127.0.0.1', port, reconnect: false }));
    expect(events[2]).toMatchObject(expected);
    expect(events[2]).not.toHaveProperty('session');
    expect(events[3]).toMatchObject({ message: 'and on' });
  });

  it('leaves out fields that it does not know', async () => {
    const { port } = await server((socket) => socket.end(`${HELLO}{"type":"listening","mood":"good","at":2}\n`));
    expect((await all(watchEvents({ host: '127.0.0.1', port, reconnect: false })))[2]).toEqual({ type: 'listening', at: 2 });
  });

  it.each([
    ['hello', `{"type":"hello","version":1,"program":{"name":"\\u001b[2Jtest","version":"1"},"at":1}\n`],
    ['transcript', `${HELLO}{"type":"transcript","turn":1,"text":"\\u001b]52;c;x\\u0007hi\\u202e","final":true,"at":1}\n`],
    ['unknown', `${HELLO}{"type":"\\u001b[31mmood","at":1}\n`],
    ['unknown', `${HELLO}\u001b[2J\u009b31m\n`],
  ])('S14: lets no escape sequence of a hostile server through in %s', async (type, lines) => {
    const { port } = await server((socket) => socket.end(lines));
    const events = await all(watchEvents({ host: '127.0.0.1', port, reconnect: false }));
    expect(events.some((event) => event.type === type)).toBe(true);
    const texts: string[] = [];
    JSON.stringify(events, (_key, value: unknown) => (typeof value === 'string' ? texts.push(value) : value));
    expect(texts.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/u);
  });

  it('S14: leaves a server whose line has no end', async () => {
    const { port } = await server((socket) => socket.write(`${HELLO}"${'x'.repeat(2_000_000)}`));
    expect(await failure(port, '127.0.0.1', { reconnect: false })).toMatchObject({ code: 'connection-lost', message: expect.stringContaining('1048576') as string });
  });

  it.each([
    ['says something else first', (socket: Socket) => socket.write('{"type":"listening","at":1}\n'), 'no-events-port'],
    ['is a web server', (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'no-events-port'],
    ['sends audio', (socket: Socket) => socket.write(Buffer.alloc(2_000_000)), 'no-events-port'],
    ['tells events of another version', (socket: Socket) => socket.write(HELLO.replace('"version":1', '"version":2')), 'events-version'],
  ])('gives a server up that %s, whether or not it may reconnect', async (_what, play, code) => {
    const { port } = await server(play);
    expect(await failure(port)).toMatchObject({ code });
  });

  it('gives a host up that there is not', async () => {
    expect(await failure(1, 'nowhere.invalid')).toMatchObject({ code: 'host-unknown', message: expect.stringContaining('nowhere.invalid') as string });
  });

  it('tells why it was not let in', async () => {
    const { port } = await server((socket) => socket.end('{"type":"error","code":"too-many-viewers","message":"Nobody more may watch.","at":1}\n'));
    expect(await failure(port, '127.0.0.1', { reconnect: false })).toMatchObject({ code: 'refused', message: expect.stringContaining('Nobody more may watch.') as string });
  });

  it('tries again where it may, with one word about each time, when nobody answers', async () => {
    const { port, sockets } = await server();
    undo.splice(0).forEach((step) => step());
    const { until, seen } = watching(port);
    const lost = await until('watch.lost', 5);
    expect(lost.map(({ reason }) => reason)).toEqual(Array.from({ length: 5 }, () => `No server tells events on 127.0.0.1:${port} (ECONNREFUSED).`));
    for (const [attempt, { retryIn }] of lost.entries()) expect(retryIn).toBeLessThanOrEqual(Math.min(5, 2 ** attempt));
    expect(seen.every(({ type }) => type === 'watch.lost')).toBe(true);
    expect(sockets).toEqual([]);
  });

  it('comes back after the server closed, broke or refused it', async () => {
    const { port } = await server(
      (socket) => socket.end(HELLO),
      (socket) => socket.write(HELLO, () => socket.resetAndDestroy()),
      (socket) => socket.end('{"type":"error","code":"too-many-viewers","message":"Full.","at":1}\n'),
      (socket) => socket.write(`${HELLO}{"type":"notice","message":"back again","at":1}\n`),
    );
    const { until, seen } = watching(port);
    await until('notice');
    expect(seen.filter(({ type }) => type === 'watch.lost')).toHaveLength(3);
  });

  it('closes its connection when nobody listens any more', async () => {
    const { port, sockets } = await server((socket) => socket.write(HELLO));
    const { until, stop } = watching(port);
    await until('hello');
    stop();
    await once(sockets[0]!, 'close');
  });
});

describe('the news of one client', () => {
  const at = 1;
  const connected = (session: number, peer: string): ToldEvent => ({ type: 'connected', session, peer, paired: true, at });

  it.each<[string, ToldEvent[], string[]]>([
    ['are those after it came', [connected(1, 'other'), { type: 'listening', session: 1, at }, connected(2, 'mine'), { type: 'listening', session: 2, at }], ['connected 2', 'listening 2']],
    ['begin in the snapshot where it was there before', [{ type: 'snapshot', at, events: [connected(2, 'mine') as never, { type: 'gate', session: 2, open: true, reason: '', at }, { type: 'listening', session: 3, at }] }, { type: 'listening', session: 2, at }], ['connected 2', 'gate 2', 'listening 2']],
    ['are none where the server does not know it', [connected(1, 'other'), { type: 'listening', session: 1, at }, { type: 'notice', message: 'hm', at }], []],
  ])('%s', async (_what, events, expected) => {
    const own = await all(from(events).pipe(ofClient('mine')));
    expect(own.map((event) => `${event.type} ${'session' in event ? event.session ?? '' : ''}`)).toEqual(expected);
  });
});
