import { createServer } from 'node:net';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { filter, firstValueFrom, NEVER, ReplaySubject, Subject, take, type Subscription } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { eventSchemas, type NewsEvent } from '../../../src/event-schema.js';
import type { Command } from '../../../src/transports/events/commands.js';
import { tellViewers, type TellViewersOptions } from '../../../src/transports/events/tell-viewers.js';
import { LONGEST_COMMAND, MOST_COMMANDS, MOST_WAITING } from '../../../src/transports/events/viewer.js';
import { strangers } from '../../fixtures/clients.js';
import { rawViewer, type Line, type RawViewer } from '../../fixtures/viewer.js';

const TOKEN = 'a-token-of-many-characters';
const at = Date.now();

const running: Subscription[] = [];
afterEach(() => running.splice(0).forEach((one) => one.unsubscribe()));

interface Door {
  readonly events: Subject<NewsEvent>;
  readonly port: number;
  readonly seen: NewsEvent[];
  readonly commands: Command[];
  readonly until: <T extends NewsEvent['type']>(type: T) => Promise<Extract<NewsEvent, { type: T }>>;
  readonly join: () => Promise<RawViewer>;
}

async function open(options: Partial<TellViewersOptions> = {}): Promise<Door> {
  const events = new Subject<NewsEvent>();
  const news = new ReplaySubject<NewsEvent>(10_000);
  const seen: NewsEvent[] = [];
  const commands: Command[] = [];
  news.subscribe({ next: (event) => seen.push(event), error: () => undefined });
  running.push(events.pipe(tellViewers<NewsEvent>({
    host: '127.0.0.1', port: 0, program: { name: 'test', version: '1.2.3' }, onCommand: (command) => commands.push(command), ...options,
  })).subscribe(news));
  const until: Door['until'] = (type) => firstValueFrom(news.pipe(filter((event): event is Extract<NewsEvent, { type: typeof type }> => event.type === type), take(1)));
  const { events: { port } } = await until('telling');
  const join = async (): Promise<RawViewer> => {
    const viewer = await rawViewer(port);
    await viewer.until(({ type }) => type === 'viewer.joined');
    return viewer;
  };
  return { events, port, seen, commands, until, join };
}

const is = (type: string) => (line: Line): boolean => line.type === type;
const saying = (code: string) => (line: Line): boolean => line.type === 'error' && line['code'] === code;
const say = (viewer: RawViewer, ...lines: unknown[]): void => lines.forEach((line) => viewer.socket.write(`${JSON.stringify(line)}\n`));
const types = (lines: readonly Line[]): string[] => lines.map(({ type }) => type);

describe('a viewer', () => {
  it('is greeted with the version, the program and the ports, and then gets everything as it happens', async () => {
    const { events, join, seen } = await open();
    events.next({ type: 'serving', recv: { host: '127.0.0.1', port: 1 }, send: { host: '127.0.0.1', port: 2 }, at });
    const viewer = await join();
    expect(viewer.lines[0]).toMatchObject({ type: 'hello', version: 1, program: { name: 'test', version: '1.2.3' }, ports: { recv: 1, send: 2 } });
    events.next({ type: 'reply.audio', session: 1, turn: 1, piece: 0, audio: new Int16Array(160), at });
    expect(await viewer.until(is('reply.audio'))).toEqual({ type: 'reply.audio', session: 1, turn: 1, piece: 0, audio: { samples: 160, bytes: 320, ms: 10 }, at });
    expect(seen.map(({ type }) => type)).toEqual(['telling', 'serving', 'viewer.joined', 'reply.audio']);
    for (const line of viewer.lines) expect(eventSchemas[line.type as 'hello'].parse(line)).toEqual(line);
  });

  it('who comes late learns who is connected, that the gate is closed, and what the turn under way is about', async () => {
    const { events, join } = await open();
    const past: NewsEvent[] = [
      { type: 'serving', recv: { host: '127.0.0.1', port: 1 }, send: { host: '127.0.0.1', port: 2 }, at },
      { type: 'connected', session: 1, peer: '127.0.0.1:3', paired: true, at },
      { type: 'disconnected', session: 1, peer: '127.0.0.1:3', reason: 'the client left', at },
      { type: 'connected', session: 2, peer: '127.0.0.1:4', paired: false, at },
      { type: 'paired', session: 2, peer: '127.0.0.1:4', at },
      { type: 'listening', session: 2, at },
      { type: 'speech.started', session: 2, turn: 1, at },
      { type: 'transcript', session: 2, turn: 1, text: 'an older question', final: true, at },
      { type: 'cancelled', session: 2, turn: 1, reason: 'no-words', at },
      { type: 'gate', session: 2, open: true, reason: 'no words were heard', dropped: 0, at },
      { type: 'levels', session: 2, mic: { rms: -30, peak: -20 }, at },
      { type: 'speech.started', session: 2, turn: 2, at },
      { type: 'speech.stopped', session: 2, turn: 2, accepted: true, reason: 'silence', length: 1, voiced: 1, lastVoicedAt: at, at },
      { type: 'gate', session: 2, open: false, reason: 'the answer comes first', at },
      { type: 'watchdog', session: 2, remaining: 30_000, fired: false, at },
      { type: 'transcript', session: 2, turn: 2, text: 'what', final: false, at },
      { type: 'transcript', session: 2, turn: 2, text: 'what is it', final: true, at },
      { type: 'watchdog', session: 2, remaining: 29_000, fired: false, at },
      { type: 'reply.text', session: 2, turn: 2, piece: 0, text: 'It is', at },
      { type: 'reply.text', session: 2, turn: 2, piece: 1, text: 'this.', at },
    ];
    past.forEach((event) => events.next(event));
    const snapshot = eventSchemas.snapshot.parse((await join()).lines[1]);
    expect(snapshot.events.map((event) => ('session' in event ? `${event.session ?? ''} ${event.type}` : event.type))).toEqual([
      'telling', 'serving', '2 connected', '2 paired', '2 listening', '2 speech.started', '2 speech.stopped', '2 gate', '2 transcript', '2 watchdog', '2 reply.text', '2 reply.text',
    ]);
    expect(snapshot.events.find(({ type }) => type === 'gate')).toMatchObject({ open: false });
    expect(snapshot.events.find(({ type }) => type === 'watchdog')).toMatchObject({ remaining: 29_000 });
    expect(snapshot.events.find(({ type }) => type === 'transcript')).toMatchObject({ text: 'what is it' });
  });

  it('is one of at most eight; another is told so, and the server, too', async () => {
    const { join, port, until } = await open();
    const first = await join();
    for (let others = 1; others < 8; others++) await join();
    const ninth = await rawViewer(port);
    await ninth.closed;
    expect(types(ninth.lines)).toEqual(['error']);
    expect(await until('refused')).toMatchObject({ code: 'too-many-viewers' });
    first.socket.destroy();
    expect(await until('viewer.left')).toMatchObject({ reason: 'it left' });
    expect((await join()).lines[0]).toMatchObject({ type: 'hello' });
  });

  it('gets no secret, and no escape sequence', async () => {
    const { events, join } = await open({ redact: (line) => line.replaceAll('canary', '[secret]') });
    const viewer = await join();
    events.next({ type: 'transcript', turn: 1, text: 'the canary \u001b[2J sings', final: true, at });
    expect(await viewer.until(is('transcript'))).toMatchObject({ text: 'the [secret]  sings' });
  });

  it('gets the last words when the server closes its doors', async () => {
    const { events, join } = await open();
    const viewer = await join();
    events.next({ type: 'notice', message: 'closing', at });
    events.complete();
    await viewer.closed;
    expect(viewer.lines.at(-1)).toMatchObject({ message: 'closing' });
  });

  it.each(Object.keys(strangers))('that speaks %s is refused, with a reason among the events', async (name) => {
    const { port, until } = await open();
    const stranger = await rawViewer(port);
    stranger.socket.write(strangers[name]!);
    await stranger.closed;
    expect(await until('refused')).toMatchObject({ code: 'wrong-protocol', reason: expect.stringContaining('events port') as string });
  });
});

describe('the events port', () => {
  const outside = Object.values(networkInterfaces()).flat().find((one) => one?.family === 'IPv4' && !one.internal)?.address;
  it.skipIf(outside === undefined)('turns away who may not connect, and says so', async () => {
    const { port, until } = await open({ host: '0.0.0.0', allow: ['192.0.2.1'] });
    const stranger = await rawViewer(port, outside);
    await stranger.closed;
    expect(stranger.lines).toEqual([]);
    expect(await until('refused')).toMatchObject({ code: 'not-allowed' });
  });

  it('turns nobody on this machine away, whoever else may connect', async () => {
    const { join } = await open({ allow: ['192.0.2.1'] });
    await join();
    await expect(open({ allow: ['everybody'] })).rejects.toMatchObject({ code: 'bad-network' });
  });

  it('that is in use is an error that names the flag', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(open({ port })).rejects.toMatchObject({ code: 'port-in-use', hint: expect.stringContaining('--events_port') as string });
    holder.close();
  });

  it('is free again when nobody listens any more', async () => {
    const { port } = await open();
    running.splice(0).forEach((one) => one.unsubscribe());
    expect((await open({ port })).port).toBe(port);
  });

  it('takes no token that could be guessed', () => {
    expect(() => NEVER.pipe(tellViewers({ host: 'localhost', port: 0, program: { name: '', version: '' }, token: 'short' }))).toThrow(RangeError);
  });
});

describe('R12: what a viewer sends', () => {
  const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
  it.each<[string, Uint8Array | string, string]>([
    ['bad JSON', '{"type":\n', 'bad-json'],
    ['bad UTF-8', Uint8Array.of(0x7b, 0xff, 0xfe, 0x0a), 'bad-utf8'],
    ['NUL', '{"type":"cancel"\0}\n', 'bad-json'],
    ['JSON of depth 10 000', `${deep}\n`, 'unknown-command'],
    ['a command of depth 10 000', `{"type":"auth","token":${deep}}\n`, 'unknown-command'],
    ['__proto__', '{"__proto__":{"type":"cancel"},"type":"x"}\n', 'unknown-command'],
    ['a command with __proto__', '{"type":"cancel","__proto__":{"session":1}}\n', 'unknown-command'],
    ['an unknown type', '{"type":"format"}\n', 'unknown-command'],
    ['a type of all objects', '{"type":"constructor"}\n', 'unknown-command'],
    ['no object', '[1]\n', 'unknown-command'],
    ['null', 'null\n', 'unknown-command'],
    ['a CRLF line', '{"type":"format"}\r\n', 'unknown-command'],
    ['a line of 64 KiB', `"${'x'.repeat(LONGEST_COMMAND - 2)}"\n`, 'unknown-command'],
  ])('that is %s is answered with one error, and he stays', async (_what, content, code) => {
    const { join, events, commands } = await open({ token: TOKEN });
    const viewer = await join();
    say(viewer, { type: 'auth', token: TOKEN });
    viewer.socket.write(content);
    await viewer.until(saying(code));
    say(viewer, { type: 'cancel' });
    await viewer.until((line) => line.type === 'accepted' && line['command'] === 'cancel');
    events.next({ type: 'notice', message: 'still here', at });
    await viewer.until(is('notice'));
    expect(viewer.lines.filter(is('error'))).toHaveLength(1);
    expect(commands).toEqual([{ type: 'cancel' }]);
    expect(({} as { session?: unknown }).session).toBeUndefined();
  });

  it('may come a byte at a time', async () => {
    const { join, commands } = await open({ token: TOKEN });
    const viewer = await join();
    for (const byte of Buffer.from(`{"type":"auth","token":"${TOKEN}"}\r\n{"type":"cancel","session":3}\n`)) viewer.socket.write(Uint8Array.of(byte));
    await viewer.until((line) => line['command'] === 'cancel');
    expect(commands).toEqual([{ type: 'cancel', session: 3 }]);
  });

  it('is not read on after a line of more than 64 KiB: he is told and let go', async () => {
    const { join, until, commands } = await open({ token: TOKEN });
    const viewer = await join();
    viewer.socket.write(`{"type":"auth","token":"${TOKEN}"}\n"${'x'.repeat(LONGEST_COMMAND)}"\n{"type":"cancel"}\n`);
    await viewer.closed;
    expect(viewer.lines.at(-1)).toMatchObject({ type: 'error', code: 'line-too-long' });
    expect((await until('viewer.left')).reason).toContain('65536');
    expect(commands).toEqual([]);
  });

  it('in a flood ends with him let go', async () => {
    const { join, until } = await open();
    const viewer = await join();
    viewer.socket.write('x\n'.repeat(100_000));
    await viewer.closed;
    expect((await until('viewer.left')).reason).toContain(`${MOST_COMMANDS} lines`);
    expect(viewer.lines.filter(is('error')).length).toBeLessThanOrEqual(MOST_COMMANDS + 1);
  });
});

describe('S7: a command', () => {
  it.each<[string, string | undefined, unknown[], string]>([
    ['where there is no token', undefined, [{ type: 'cancel' }], 'read-only'],
    ['with a token where there is none', undefined, [{ type: 'auth', token: '' }], 'read-only'],
    ['before the token', TOKEN, [{ type: 'cancel' }], 'no-token'],
    ['after a wrong token', TOKEN, [{ type: 'auth', token: `${TOKEN}x` }, { type: 'cancel' }], 'no-token'],
    ['after the token and a wrong one', TOKEN, [{ type: 'auth', token: TOKEN }, { type: 'auth', token: 'x' }, { type: 'cancel' }], 'no-token'],
  ])('%s is refused', async (_when, token, lines, code) => {
    const { join, commands } = await open(token === undefined ? {} : { token });
    const viewer = await join();
    say(viewer, ...lines);
    await viewer.until(saying(code));
    expect(commands).toEqual([]);
  });

  it('of one viewer does not open the port to another, and the token is told to nobody', async () => {
    const { join, commands, seen } = await open({ token: TOKEN });
    const [one, other] = [await join(), await join()];
    say(one, { type: 'auth', token: TOKEN });
    await one.until(is('accepted'));
    say(other, { type: 'cancel' });
    await other.until(saying('no-token'));
    expect(commands).toEqual([]);
    expect(JSON.stringify([one.lines, other.lines, seen])).not.toContain(TOKEN);
  });
});

describe('R13: a viewer who stops reading', () => {
  it('is let go when 256 KiB of words wait for him, and the others get every one', async () => {
    const door = await open();
    const [slow, quick] = [await door.join(), await door.join()];
    slow.socket.pause();
    for (let n = 0; n < 20_000 && !door.seen.some(({ type }) => type === 'viewer.left'); n++) {
      door.events.next({ type: 'transcript', session: 1, turn: 1, text: 'words '.repeat(1_000), final: false, at });
      if (n % 20 === 0) await sleep(1);
    }
    expect(await door.until('viewer.left')).toMatchObject({ reason: `slow reader: more than ${MOST_WAITING} bytes of events wait for it` });
    const told = door.seen.filter(({ type }) => type === 'transcript').length;
    door.events.next({ type: 'notice', message: 'the end', at });
    await quick.until(is('notice'));
    expect(quick.lines.filter(is('transcript'))).toHaveLength(told);
    slow.socket.resume();
    await slow.closed;
    expect(slow.lines.filter(is('transcript')).length).toBeLessThan(told);
  });
});
