import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concat, filter, firstValueFrom, from, ignoreElements, last, map, NEVER, of, ReplaySubject, scan, Subject, switchMap, throwError, timer, type Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { SpeakerSink } from '../../src/audio/devices.js';
import { nullSpeaker } from '../../src/audio/synthetic.js';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { listenAndPlay } from '../../src/client.js';
import type { Engines, ToolCall } from '../../src/engines.js';
import { eventSchemas, type NewsEvent, type ToldEvent } from '../../src/event-schema.js';
import { jsonLine } from '../../src/json-line.js';
import { recorder } from '../../src/recording/recorder.js';
import { serve, type ServerOptions } from '../../src/server.js';
import type { Tool } from '../../src/tools.js';
import type { Command } from '../../src/transports/events/commands.js';
import { ofClient } from '../../src/transports/events/of-client.js';
import { tellViewers } from '../../src/transports/events/tell-viewers.js';
import { watchEvents } from '../../src/transports/events/watch-events.js';
import { listenTcp } from '../../src/transports/tcp.js';
import { dial, stockClient, type Ports } from '../fixtures/clients.js';
import { fakeEngines, joined, silence, slowly, tone } from '../fixtures/engines.js';
import { rawViewer } from '../fixtures/viewer.js';

const QUESTION = int16ToBytes(joined(tone(640), silence(1_500)));
const TOKEN = 'a-token-of-many-characters';

const running: Subscription[] = [];
/** The types of all events that were told in the tests of this file. */
const told = new Set<string>();
afterEach(() => running.splice(0).forEach((one) => one.unsubscribe()));

/** An event as a reader of `--ui json` or of the port has it; it must be in the schema, to the last field. */
function checked<E extends NewsEvent>(event: E): E {
  const line = JSON.parse(jsonLine(event)) as ToldEvent;
  expect(eventSchemas[event.type].parse(line), event.type).toEqual(line);
  told.add(event.type);
  return event;
}

async function server(engines: Partial<Engines> = {}, options: Partial<ServerOptions> = {}) {
  const news = new ReplaySubject<NewsEvent>(Infinity);
  const seen: NewsEvent[] = [];
  const cancel = new Subject<Command>();
  const doors = listenTcp({ recvHost: '127.0.0.1', recvPort: 0, sendHost: '127.0.0.1', sendPort: 0, stallTimeout: 500 });
  running.push(serve({ doors, engines: fakeEngines(engines), levels: true, cancel: cancel.pipe(filter((command) => command.type === 'cancel')), ...options }).pipe(
    tellViewers({ host: '127.0.0.1', port: 0, program: { name: 'test', version: '1' }, token: TOKEN, onCommand: (command) => cancel.next(command) }),
  ).subscribe({
    next: (event) => {
      try {
        seen.push(checked(event));
        news.next(event);
      } catch (error) {
        news.error(error);
      }
    },
    error: (error: unknown) => news.error(error),
  }));
  const until = <T extends NewsEvent['type']>(type: T, fits: (event: Extract<NewsEvent, { type: T }>) => boolean = () => true): Promise<Extract<NewsEvent, { type: T }>> =>
    firstValueFrom(news.pipe(filter((event): event is Extract<NewsEvent, { type: T }> => event.type === type), filter(fits)));
  const { recv, send } = await until('serving');
  const { events } = await until('telling');
  const ports: Ports = { host: '127.0.0.1', micPort: recv.port, replyPort: send.port };
  return { ports, eventsPort: events.port, seen, until };
}

const reopened = (event: { open: boolean }): boolean => event.open;

describe('every event that is told is in the schema', () => {
  it('of a conversation that goes well and is recorded, with a warning at its end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'recorded-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { ports, until } = await server({}, {
      record: recorder({ folder, program: { name: 'test', version: '1' } }), session: { changes: of({ chatSize: 3, differs: { chat_size: '3' } }) },
    });
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    await until('gate', reopened);
    await until('levels', (event) => 'session' in event && event.reply !== undefined);
    await until('wire');
    await client.speak(new Uint8Array(3 * 1_024 + 7));
    // All of the question came at once: what the VAD made of it is told with the next three frames.
    await until('levels', (event) => 'session' in event && event.mic?.speech !== undefined && event.mic.speech > 0.9);
    client.mic.end();
    await until('warning');
    await until('disconnected');
  });

  it.each<[string, Partial<Engines>, string]>([
    ['the STT fails', { stt: () => throwError(() => new Error('boom')) }, 'failed'],
    ['the LLM fails', { llm: () => throwError(() => new Error('boom')) }, 'failed'],
    ['the TTS fails', { tts: () => throwError(() => new Error('boom')) }, 'failed'],
    ['there are no words', { stt: () => of({ text: ' ', final: true }) }, 'cancelled'],
    ['the answer takes too long', { llm: () => NEVER }, 'watchdog'],
  ])('where %s', async (_what, engines, type) => {
    const { ports, until } = await server(engines, { watchdog: 200 });
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    await until(type as 'failed');
    await until('gate', reopened);
    await client.leave();
    await until('disconnected');
  });

  it('where a client leaves in the middle, comes with one port, is refused, or is none', async () => {
    const { ports, until } = await server({ llm: () => NEVER });
    const lone = await dial(ports.host, ports.replyPort);
    await until('waiting');
    lone.destroy();
    const client = await stockClient(ports);
    await client.speak(int16ToBytes(joined(tone(64), silence(1_500))));
    await until('speech.stopped', ({ accepted }) => !accepted);
    await client.speak(QUESTION);
    await until('transcript');
    (await dial(ports.host, ports.micPort)).resume();
    await until('refused', ({ code }) => code === 'busy');
    await client.leave();
    await until('cancelled', ({ reason }) => reason === 'left');
    (await dial(ports.host, ports.micPort)).write('GET / HTTP/1.1\r\n\r\n');
    await until('refused', ({ code }) => code === 'wrong-protocol');
  });

  it('of a conversation that uses tools, one of which takes its time and one of which acts', async () => {
    const words = ['Look.', 'Act.', 'Yes.'];
    const call = (name: string): ToolCall => ({ id: name, name, args: '{}' });
    const tool = (name: string, ms: number, acts: boolean): Tool => ({ name, description: '', parameters: { type: 'object' }, acts, run: () => timer(ms).pipe(map(() => 'Done.')) });
    const { ports, seen, until } = await server({
      stt: (utterance) => utterance.pipe(last(), map(() => ({ text: words.shift() ?? '', final: true }))),
      llm: (messages, tooling) => (tooling?.rounds.length !== 0 ? ['Well, it is done.'] : [call(messages.at(-1)?.content === 'Look.' ? 'look' : 'act')]),
    }, { session: { tools: [tool('look', 1_100, false), tool('act', 1, true)] } });
    const client = await stockClient(ports);
    for (let turn = 1; words.length > 0; turn++) {
      await client.speak(QUESTION);
      await until('gate', (event) => event.open && seen.some((one) => one.type === 'reply.done' && one.turn === turn));
    }
    await client.leave();
    expect(seen).toContainEqual(expect.objectContaining({ type: 'reply.text', text: 'One moment.', filler: true }));
    for (const type of ['tool.asked', 'tool.decided', 'tool.called', 'tool.done']) expect(told).toContain(type);
  });

  it('of our own client, whose speaker is quicker than the reply, and which loses its server', async () => {
    const { ports } = await server();
    const hasty: SpeakerSink = (audio) => audio.pipe(scan((heard, pcm) => heard + pcm.length, 0));
    const events: string[] = [];
    const lost = new Promise<void>((resolve, reject) => {
      const muted = new Subject<boolean>();
      running.push(listenAndPlay({
        host: ports.host, sendPort: ports.micPort, recvPort: ports.replyPort, muted,
        // Its end waits for a level to be told.
        mic: concat([joined(tone(640), silence(1_500))], timer(250).pipe(ignoreElements())), speaker: hasty, backoff: { first: 1, most: 2 },
      }).subscribe({
        next: (event) => {
          events.push(checked(event).type);
          if (event.type === 'connected') muted.next(true);
          if (event.type === 'connected') muted.next(false);
        },
        error: reject,
        complete: resolve,
      }));
    });
    await lost;
    expect(new Set(events)).toEqual(new Set(['connecting', 'connected', 'levels', 'muted', 'mic.ended', 'playing', 'underrun', 'traffic', 'disconnected']));
    await new Promise<void>((resolve) => {
      listenAndPlay({ host: ports.host, sendPort: 1, recvPort: 1, reconnect: false, mic: NEVER, speaker: nullSpeaker() })
        .subscribe({ next: checked, error: () => resolve() });
    });
  });

  it('in all of them together each type of event was told at least once, but for those that only screens and viewers make', () => {
    const elsewhere = new Set(['hello', 'snapshot', 'dropped', 'accepted', 'error', 'watching', 'watch.lost', 'unknown', 'loading', 'loaded', 'notice', 'progress', 'health', 'recorder', 'typed', 'viewer.joined', 'viewer.left', 'cut', 'device', 'echo', 'guard', 'settings']);
    expect(Object.keys(eventSchemas).filter((type) => !elsewhere.has(type) && !told.has(type))).toEqual([]);
  });
});

describe('beside a conversation', () => {
  let all: Awaited<ReturnType<typeof server>>;
  beforeEach(async () => {
    all = await server({ llm: slowly(20, Array.from({ length: 40 }, (_, n) => `Sentence ${n} is spoken. `)) });
  });

  it('a viewer reads what the client and the agent say, from the state at his coming on', async () => {
    const client = await stockClient(all.ports);
    await client.speak(QUESTION);
    await all.until('reply.started');
    const viewer = await rawViewer(all.eventsPort);
    const done = await viewer.until(({ type }) => type === 'reply.done');
    const { events } = eventSchemas.snapshot.parse(viewer.lines[1]);
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['serving', 'telling', 'connected', 'speech.stopped', 'gate', 'transcript']));
    expect(events.find(({ type }) => type === 'gate')).toMatchObject({ open: false });
    expect(done).toMatchObject({ session: 1, turn: 1 });
    for (const line of viewer.lines) expect(eventSchemas[line.type as 'hello'].parse(line), line.type).toEqual(line);
    await client.leave();
    await viewer.until(({ type }) => type === 'disconnected');
  });

  it('R13: one who stops reading disturbs nobody: the client gets every byte of its answer', async () => {
    const viewer = await rawViewer(all.eventsPort);
    viewer.socket.pause();
    const client = await stockClient(all.ports);
    await client.speak(QUESTION);
    await all.until('gate', reopened);
    const bytes = all.seen.reduce((sum, event) => sum + (event.type === 'reply.audio' && event.audio instanceof Int16Array ? event.audio.byteLength : 0), 0);
    expect((await client.inbox.first(bytes)).length).toBe(bytes);
    expect(all.seen.filter(({ type }) => type === 'reply.done')).toHaveLength(1);
    await client.leave();
  });

  it('a viewer with the token ends the answer under way', async () => {
    const client = await stockClient(all.ports);
    const viewer = await rawViewer(all.eventsPort);
    viewer.socket.write(`{"type":"auth","token":"${TOKEN}"}\n`);
    await client.speak(QUESTION);
    await viewer.until(({ type }) => type === 'reply.text');
    viewer.socket.write('{"type":"cancel","session":9}\n{"type":"cancel","session":1}\n');
    await viewer.until(({ type, reason }) => type === 'cancelled' && reason === 'asked');
    expect(await all.until('gate', reopened)).toMatchObject({ reason: 'the turn was cancelled: asked' });
    expect(all.seen.filter(({ type }) => type === 'reply.done')).toEqual([]);
    await client.leave();
  });

  it('a client finds the news of its own session by its own address', async () => {
    const own: ToldEvent[] = [];
    const heard = new Promise<void>((resolve, reject) => {
      running.push(listenAndPlay({
        host: all.ports.host, sendPort: all.ports.micPort, recvPort: all.ports.replyPort, speaker: nullSpeaker(), mic: from([joined(tone(640), silence(1_500))]),
      }).pipe(
        filter((event) => event.type === 'connected'),
        switchMap(({ local }) => watchEvents({ host: '127.0.0.1', port: all.eventsPort }).pipe(ofClient(local))),
      ).subscribe({
        next: (news) => {
          own.push(news);
          if (news.type === 'reply.done') resolve();
        },
        error: reject,
      }));
    });
    await heard;
    expect(own[0]).toMatchObject({ type: 'connected', session: 1 });
    expect(own.map(({ type }) => type)).toEqual(expect.arrayContaining(['speech.started', 'transcript', 'gate', 'levels', 'reply.done']));
  });
});
