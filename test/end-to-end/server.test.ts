import { connect } from 'node:net';
import { once } from 'node:events';
import { firstValueFrom, filter, finalize, from, NEVER, of, ReplaySubject, Subject, VirtualTimeScheduler } from 'rxjs';
import type { Subscription } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { int16ToBytes } from '../../src/audio/pcm.js';
import type { Engines } from '../../src/engines.js';
import { serve } from '../../src/server.js';
import type { ServerEvent, ServerOptions } from '../../src/server.js';
import { listenTcp } from '../../src/transports/tcp.js';
import { stockClient } from '../fixtures/clients.js';
import type { Ports } from '../fixtures/clients.js';
import { fakeEngines, joined, silence, slowly, tone } from '../fixtures/engines.js';

/** A question: half a second of tone, and more silence than any endpoint needs. All of it may arrive in one burst. */
const QUESTION = int16ToBytes(joined(tone(640), silence(1_500)));

const running: Subscription[] = [];
afterEach(() => running.splice(0).forEach((server) => server.unsubscribe()));

interface Server {
  ports: Ports;
  seen: ServerEvent[];
  /** The first event of the type, past or future, for which the test holds. */
  until: <T extends ServerEvent['type']>(type: T, test?: (event: Extract<ServerEvent, { type: T }>) => boolean) => Promise<Extract<ServerEvent, { type: T }>>;
  completed: Promise<void>;
}

async function server(engines: Engines, options: Partial<ServerOptions> = {}): Promise<Server> {
  const events = new ReplaySubject<ServerEvent>(Infinity);
  const seen: ServerEvent[] = [];
  events.subscribe({ next: (event) => seen.push(event), error: () => undefined });
  const until: Server['until'] = (type, test = () => true) =>
    firstValueFrom(events.pipe(filter((event): event is Extract<ServerEvent, { type: typeof type }> => event.type === type), filter(test)));
  const completed = new Promise<void>((resolve, reject) => events.subscribe({ complete: resolve, error: reject }));
  completed.catch(() => undefined);
  const doors = listenTcp({ recvHost: '127.0.0.1', recvPort: 0, sendHost: '127.0.0.1', sendPort: 0, stallTimeout: 500 });
  running.push(serve({ doors, engines, ...options }).subscribe(events));
  const { recv, send } = await until('serving');
  return { ports: { host: '127.0.0.1', micPort: recv.port, replyPort: send.port }, seen, until, completed };
}

describe('a server on real sockets', () => {
  it('answers a stock client with whole blocks, and the words are told beside', async () => {
    const { ports, until, seen } = await server(fakeEngines());
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    const done = await until('reply.done');
    await until('gate', ({ open }) => open);
    const expected = seen.filter((event) => event.type === 'reply.audio').reduce((sum, { audio }) => sum + audio.byteLength, 0);
    const padded = Math.ceil(expected / 2048) * 2048;
    expect(await client.inbox.first(padded)).toHaveLength(padded);
    expect(done.text).toBe('You said: I heard 20 frames. Thank you.');
    expect(done.latency?.total).toBeGreaterThanOrEqual(0);
    await client.leave();
    expect(await until('disconnected')).toMatchObject({ session: 1 });
    expect(client.inbox.bytes()).toHaveLength(padded);
  });

  it('answers what is typed, and says so where that reaches nobody', async () => {
    const typed = new Subject<{ readonly session?: number; readonly text: string }>();
    const { ports, until, seen } = await server(fakeEngines(), { typed });
    typed.next({ text: 'Is anybody there?' });
    expect(seen.at(-1)).toMatchObject({ type: 'warning', code: 'nobody-asked' });
    const client = await stockClient(ports);
    await until('connected');
    typed.next({ text: 'To whoever is there.' });
    typed.next({ session: 7, text: 'To somebody who is not.' });
    expect(seen.filter(({ type }) => type === 'warning')).toHaveLength(2);
    await client.speak(int16ToBytes(silence(100)));
    expect(await until('reply.done')).toMatchObject({ session: 1, text: 'You said: To whoever is there. Thank you.' });
    await client.leave();
    await until('disconnected');
    typed.next({ session: 1, text: 'To somebody who has left.' });
    expect(seen.filter((event) => event.type === 'warning' && event.code === 'nobody-asked')).toHaveLength(3);
  });

  it('serves the next client after one that left in the middle of an answer, and nothing of the old turn runs on', async () => {
    let live = 0;
    const { ports, until, seen } = await server(fakeEngines({
      llm: () => { live += 1; return NEVER.pipe(finalize(() => (live -= 1))); },
    }));
    const first = await stockClient(ports);
    await first.speak(QUESTION);
    await until('transcript');
    await first.leave();
    await until('disconnected');
    expect(seen.find((event) => event.type === 'cancelled')).toMatchObject({ reason: 'left', turn: 1 });
    expect(live).toBe(0);
    const second = await stockClient(ports);
    await second.speak(QUESTION);
    expect(await until('transcript', ({ session }) => session === 2)).toMatchObject({ turn: 1 });
    await second.leave();
  });

  it('lets a client half-close its microphone and still hear the answer', async () => {
    const { ports, until } = await server(fakeEngines());
    const client = await stockClient(ports);
    await client.speak(int16ToBytes(tone(640)));
    client.mic.end();
    await until('reply.done');
    const all = await client.inbox.all();
    expect(all.length).toBeGreaterThan(2048);
    expect(all.length % 2048).toBe(0);
    await until('disconnected');
  });

  it('tells of an odd tail that was dropped', async () => {
    const { ports, until } = await server(fakeEngines());
    const client = await stockClient(ports);
    await client.speak(new Uint8Array(1024 + 7));
    client.mic.end();
    expect((await until('warning')).message).toContain('7 bytes');
  });

  it('sends nothing more of an answer that the watchdog gave up, however much of it waits for a slow client', async () => {
    const whole = Array.from({ length: 400 }, () => new Int16Array(16_000));
    let calls = 0;
    const { ports, until, seen } = await server(fakeEngines({ llm: () => of('Well.'), tts: () => (++calls === 1 ? from(whole) : of(tone(500))) }), { watchdog: 300 });
    const client = await stockClient(ports);
    client.reply.pause();
    await client.speak(QUESTION);
    expect(await until('gate', ({ open }) => open)).toMatchObject({ reason: 'watchdog' });
    client.reply.resume();
    expect(await until('cancelled')).toMatchObject({ turn: 1, reason: 'watchdog' });
    await client.speak(QUESTION);
    await until('reply.done', ({ turn }) => turn === 2);
    expect(seen.filter((event) => event.type === 'reply.done')).toHaveLength(1);
    await client.leave();
    expect(client.inbox.bytes().length).toBeLessThan(whole.length * 32_000);
  });

  it('pads to whole blocks after an answer of which only a part was sent', async () => {
    let calls = 0;
    const { ports, until, seen } = await server(fakeEngines({ llm: () => of('Well.'), tts: () => (++calls === 1 ? of(new Int16Array(8_000_100)) : of(new Int16Array(500))) }), { watchdog: 300 });
    const client = await stockClient(ports);
    client.reply.pause();
    await client.speak(QUESTION);
    await until('gate', ({ open }) => open);
    client.reply.resume();
    await until('cancelled');
    await client.speak(QUESTION);
    await until('reply.done', ({ turn }) => turn === 2);
    await until('gate', ({ open }) => open && seen.filter((event) => event.type === 'reply.done').length === 1);
    client.mic.end();
    const received = (await client.inbox.all()).length;
    expect(received).toBeLessThan(16_000_200);
    expect(received % 2048).toBe(0);
  });

  it('waits, and loses nothing, when a client sends no bytes in the middle of an utterance (R7)', async () => {
    // Five minutes of it.
    const time = new VirtualTimeScheduler(undefined, 300_000);
    const { ports, until, seen } = await server(fakeEngines(), { scheduler: time });
    const client = await stockClient(ports);
    await client.speak(QUESTION.subarray(0, 10_240));
    await until('speech.started');
    // Time is counted in audio: nothing falls due, and no watchdog runs, however long the silence on the wire.
    time.flush();
    expect(seen.map(({ type }) => type).filter((type) => type !== 'wire')).toEqual(['serving', 'connected', 'listening', 'paired', 'speech.started']);
    await client.speak(QUESTION.subarray(10_240));
    expect(await until('transcript', ({ final }) => final)).toMatchObject({ text: 'I heard 20 frames.' });
    await client.leave();
  });

  it('lets a client go that sends nothing for the idle time-out, where there is one', async () => {
    const { ports, until } = await server(fakeEngines(), { idleTimeout: 100 });
    const client = await stockClient(ports);
    await client.speak(QUESTION.subarray(0, 1_024));
    expect(await until('disconnected')).toMatchObject({ reason: 'no audio came for 0.1 s' });
    await client.leave();
  });

  it('tells of a reply port whose microphone has yet to come', async () => {
    const { ports, until } = await server(fakeEngines());
    const reply = connect({ port: ports.replyPort, host: ports.host });
    reply.on('error', () => undefined);
    await once(reply, 'connect');
    expect(await until('waiting')).toMatchObject({ peer: `127.0.0.1:${reply.localPort ?? 0}` });
    reply.destroy();
  });

  describe('asked to stop (R11)', () => {
    const stopping = async (engines: Engines, drainTimeout = 5_000): Promise<Server & { stop: Subject<void> }> => {
      const stop = new Subject<void>();
      return { ...(await server(engines, { drain: stop, drainTimeout })), stop };
    };

    it('goes at once when nobody waits for an answer, and frees its ports', async () => {
      const { stop, completed, ports } = await stopping(fakeEngines());
      const client = await stockClient(ports);
      stop.next();
      await completed;
      await client.inbox.all();
      const late = connect({ port: ports.micPort, host: ports.host });
      expect(await once(late, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }]);
    });

    it('finishes the answer that is under way', async () => {
      const { stop, completed, ports, until, seen } = await stopping(fakeEngines({ llm: slowly(20, ['One. ', 'Two. ', 'Three.']) }));
      const client = await stockClient(ports);
      await client.speak(QUESTION);
      await until('transcript');
      stop.next();
      await completed;
      expect(seen.some((event) => event.type === 'reply.done')).toBe(true);
      const sent = seen.filter((event) => event.type === 'reply.audio').reduce((sum, { audio }) => sum + audio.byteLength, 0);
      expect((await client.inbox.all()).length).toBe(Math.ceil(sent / 2048) * 2048);
    });

    it('gives an answer up that takes too long', async () => {
      const { stop, completed, ports, until } = await stopping(fakeEngines({ llm: () => NEVER }), 50);
      const client = await stockClient(ports);
      await client.speak(QUESTION);
      await until('transcript');
      stop.next();
      await completed;
      await client.inbox.all();
    });
  });
});
