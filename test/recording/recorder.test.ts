import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BehaviorSubject, concat, defer, ignoreElements, map, NEVER, of, Subject, throwError, timer } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { readWav } from '../../src/audio/wav.js';
import { SpeechError } from '../../src/errors.js';
import type { Engines, ToolCall } from '../../src/engines.js';
import { compareRerun } from '../../src/recording/compare-rerun.js';
import { readEvents } from '../../src/recording/read-recording.js';
import { recorder, type RecorderOptions } from '../../src/recording/recorder.js';
import type { ServerOptions } from '../../src/server.js';
import type { Tool } from '../../src/tools.js';
import { stockClient } from '../fixtures/clients.js';
import { fakeEngines, joined, silence, slowly, tone } from '../fixtures/engines.js';
import { ourServers } from '../fixtures/our-server.js';

const QUESTION = int16ToBytes(joined(tone(640), silence(1_500)));
const program = { name: 'test', version: '1' };
const serverWith = ourServers();
const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'recording-'));
  folders.push(folder);
  return join(folder, 'recordings');
}

async function recordingServer(engines: Partial<Engines> = {}, options: Partial<ServerOptions> = {}, how: Partial<RecorderOptions> = {}) {
  const folder = freshFolder();
  const server = await serverWith(fakeEngines(engines), { levels: true, ...options, record: recorder({ folder, program, ...how }) });
  return { ...server, folder, recorded: () => readdirSync(folder).map((name) => join(folder, name)) };
}

const isOpen = ({ open }: { open: boolean }): boolean => open;

describe('a recorded session', () => {
  it('happens again byte for byte, over real sockets and with timers that come when they come', async () => {
    const { ports, until, recorded } = await recordingServer({ llm: slowly(20, ['One is ', 'said. ', 'Two is, ', 'too. ']) }, { session: { speculate: true, lead: 200 } });
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    const { at } = await until('gate', isOpen);
    await client.speak(QUESTION);
    await until('gate', (event) => isOpen(event) && event.at > at);
    await client.leave();
    await until('disconnected');
    const [folder] = recorded();
    const events = await readEvents(folder!);
    const types = new Set(events.map(({ event }) => event.type));
    expect(['hello', 'connected', 'recording', 'listening', 'transcript', 'reply.audio', 'levels', 'reply.done', 'disconnected'].filter((type) => !types.has(type as 'hello'))).toEqual([]);
    const outcome = await compareRerun(folder!);
    expect(outcome).toMatchObject({ same: true, cut: false });
    expect(outcome.events).toBeGreaterThan(30);
  });

  it.each<[string, Partial<Engines>]>([
    ['fails with a typed error', { llm: () => throwError(() => new SpeechError('no way', { kind: 'stage', stage: 'llm', code: 'llm-strange', hint: 'Try it.' })) }],
    ['fails with some error', { tts: () => throwError(() => new Error('boom')) }],
    ['throws', { stt: () => { throw new Error('boom'); } }],
    ['hangs, and is given up', { llm: () => NEVER }],
  ])('happens again where an engine %s', async (_, engines) => {
    const { ports, until, recorded } = await recordingServer(engines, { watchdog: 200 });
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    await until('gate', isOpen);
    await client.leave();
    await until('disconnected');
    expect(await compareRerun(recorded()[0]!)).toMatchObject({ same: true });
  });

  it('happens again where somebody cancels an answer, and where the client leaves in the middle of one', async () => {
    const cancel = new Subject<{ readonly session?: number }>();
    const { ports, until, recorded, seen } = await recordingServer({ llm: () => concat(of('Hello there. ', 'And '), NEVER) }, { cancel });
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    await until('reply.audio');
    cancel.next({});
    await until('gate', isOpen);
    await client.speak(QUESTION);
    await until('reply.audio', ({ turn }) => turn > 1);
    await client.leave();
    await until('disconnected');
    expect(seen.flatMap((event) => (event.type === 'cancelled' ? [event.reason] : []))).toEqual(['asked', 'left']);
    expect(await compareRerun(recorded()[0]!)).toMatchObject({ same: true });
  });

  it('happens again where tools are called, refused, asked for and run, and where a language was detected', async () => {
    let words = 'Light the lamp.';
    const ran: unknown[] = [];
    const lamp: Tool = {
      name: 'lamp', description: 'Turns the lamp on.', parameters: { type: 'object' },
      question: ({ room }) => `Shall I, in the ${String(room)}?`,
      check: ({ room }) => (room === 'kitchen' ? undefined : 'there is no such room'),
      run: (args) => timer(20).pipe(map(() => { ran.push(args); return 'It is on.'; })),
    };
    const call = (room: string): ToolCall => ({ id: room, name: 'lamp', args: JSON.stringify({ room }) });
    const { ports, until, recorded, seen } = await recordingServer({
      stt: (utterance) => concat(utterance.pipe(ignoreElements()), defer(() => of({ text: words, final: true, language: 'en' }))),
      llm: (_, tooling) => {
        const last = tooling?.rounds.at(-1)?.calls.at(-1);
        return last === undefined ? [call('attic')] : last.name === 'lamp' && last.result !== 'It is on.' ? [call('kitchen')] : ['Now it is on.'];
      },
    }, { session: { tools: [lamp] } });
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    await until('tool.asked');
    await until('gate', isOpen);
    words = 'Yes.';
    await client.speak(QUESTION);
    await until('reply.done', ({ text }) => text === 'Now it is on.');
    await client.leave();
    await until('disconnected');
    expect(ran).toEqual([{ room: 'kitchen' }]);
    expect(seen.flatMap((event) => (event.type === 'tool.done' ? [event.ok] : []))).toEqual([false, true]);
    expect(seen).toContainEqual(expect.objectContaining({ type: 'reply.text', text: 'Shall I, in the kitchen?' }));
    expect(seen).toContainEqual(expect.objectContaining({ type: 'transcript', final: true, language: 'en' }));
    expect(await compareRerun(recorded()[0]!)).toMatchObject({ same: true, cut: false });
    expect(ran).toHaveLength(1);
  });

  it('is told of at once, and is for its owner only', async () => {
    const { ports, until, recorded, folder } = await recordingServer();
    expect(existsSync(folder)).toBe(false);
    const client = await stockClient(ports);
    const told = await until('recording');
    expect(told).toMatchObject({ session: 1, on: true, folder: recorded()[0] });
    expect(told.folder).toMatch(/\d{4}-\d\d-\d\dT\d{6}Z-session-1$/);
    await client.leave();
    await until('disconnected');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(told.folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(told.folder).sort()).toEqual(['events.ndjson', 'inputs.ndjson', 'microphone.wav', 'reply.wav', 'voice.wav']);
    for (const name of readdirSync(told.folder)) expect(statSync(join(told.folder, name)).mode & 0o777, name).toBe(0o600);
  });

  it('holds the audio of both directions, sample for sample', async () => {
    const { ports, until, recorded } = await recordingServer();
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    await until('gate', isOpen);
    client.mic.end();
    const heard = await client.inbox.all();
    await until('disconnected');
    const wav = (name: string) => readWav(readFileSync(join(recorded()[0]!, name))).samples;
    expect(Buffer.from(int16ToBytes(wav('microphone.wav'))).equals(Buffer.from(QUESTION))).toBe(true);
    const reply = Buffer.from(int16ToBytes(wav('reply.wav')));
    expect(reply.length).toBeGreaterThan(10_000);
    expect(reply.equals(heard)).toBe(true);
  });

  it('can be run again as far as it goes where the program was killed', async () => {
    const { ports, until, recorded } = await recordingServer();
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    await until('gate', isOpen);
    await client.leave();
    await until('disconnected');
    const [folder] = recorded();
    const inputs = readFileSync(join(folder!, 'inputs.ndjson'));
    truncateSync(join(folder!, 'inputs.ndjson'), Math.round(0.7 * inputs.length));
    const wav = readFileSync(join(folder!, 'microphone.wav'));
    wav.writeUInt32LE(0, 40);
    writeFileSync(join(folder!, 'microphone.wav'), wav);
    expect(await compareRerun(folder!)).toMatchObject({ same: true, cut: true });
    truncateSync(join(folder!, 'microphone.wav'), wav.length >> 1);
    expect(await compareRerun(folder!)).toMatchObject({ same: true, cut: true });
  });

  it('shows where it does not happen again', async () => {
    const { ports, until, recorded, folder } = await recordingServer();
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    await until('gate', isOpen);
    await client.leave();
    await until('disconnected');
    const copy = join(folder, 'copy');
    cpSync(recorded()[0]!, copy, { recursive: true });
    const path = join(copy, 'inputs.ndjson');
    writeFileSync(path, readFileSync(path, 'utf8').replace(' Thank you.', ' No thanks.'));
    const outcome = await compareRerun(copy);
    expect(outcome.same).toBe(false);
    expect(outcome.difference?.recorded).toContain('Thank you.');
    expect(outcome.difference?.again).toContain('No thanks.');
  });

  it('stops at its largest size, says so, and what there is of it can be run again; the conversation goes on', async () => {
    const { ports, until, recorded, seen } = await recordingServer({}, {}, { most: 100_000 });
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    await until('gate', isOpen);
    await client.speak(QUESTION);
    await until('reply.done', ({ turn }) => turn === 2);
    expect(seen.filter((event) => event.type === 'recording' && (!event.on || event.ms === undefined))).toMatchObject([{ on: true }, { on: false, reason: expect.stringContaining('--record_max_mb') as string }]);
    expect(seen).toContainEqual(expect.objectContaining({ type: 'warning', code: 'recording-stopped' }));
    await client.leave();
    await until('disconnected');
    expect(await compareRerun(recorded()[0]!)).toMatchObject({ same: true, cut: true });
  });

  it('begins in the middle of a session and ends there, with what was the case before, and can be shown but not run again', async () => {
    const on = new BehaviorSubject(false);
    const { ports, until, recorded, folder, seen } = await recordingServer({}, {}, { on });
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    await until('gate', isOpen);
    expect(existsSync(folder)).toBe(false);
    on.next(true);
    await client.speak(QUESTION);
    await until('reply.done', ({ turn }) => turn === 2);
    await until('gate', (event) => isOpen(event) && event.at >= seen.findLast(({ type }) => type === 'reply.done')!.at);
    on.next(false);
    on.next(true);
    await client.leave();
    await until('disconnected');

    const [first, second, ...others] = recorded();
    expect(others).toEqual([]);
    expect(seen.flatMap((event) => (event.type === 'recording' && (!event.on || event.ms === undefined) ? [[event.on, event.folder]] : []))).toEqual([[true, first], [false, first], [true, second], [false, second]]);
    expect(readdirSync(first!).sort()).toEqual(['events.ndjson', 'microphone.wav', 'reply.wav']);
    const heard = int16ToBytes(readWav(readFileSync(join(first!, 'microphone.wav'))).samples);
    expect(heard.length).toBeGreaterThan(20_000);
    expect(Buffer.concat([QUESTION, QUESTION]).includes(Buffer.from(heard))).toBe(true);
    expect(readWav(readFileSync(join(first!, 'reply.wav'))).samples.length).toBeGreaterThan(5_000);
    const told = (await readEvents(first!)).map(({ event }) => event);
    expect(told.map(({ type }) => type).slice(0, 3)).toEqual(['hello', 'snapshot', 'recording']);
    expect(told[1]).toMatchObject({ events: expect.arrayContaining([expect.objectContaining({ type: 'connected' }), expect.objectContaining({ type: 'reply.done', turn: 1 })]) as unknown });
    expect(told.at(-1)).toMatchObject({ type: 'recording', on: false });
    await expect(compareRerun(first!)).rejects.toMatchObject({ code: 'recording-unreadable', message: expect.stringContaining('in the middle') as string });
  });

  it('says how much there is of it, while it grows and at its end', async () => {
    const { ports, until, recorded } = await recordingServer();
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    expect((await until('recording', ({ on, ms }) => on && ms !== undefined)).bytes).toBeGreaterThan(1_000);
    await until('gate', isOpen);
    await client.leave();
    const { bytes, ms } = await until('recording', ({ on }) => !on);
    await until('disconnected');
    const size = readdirSync(recorded()[0]!).reduce((sum, name) => sum + statSync(join(recorded()[0]!, name)).size, 0);
    expect(size - bytes!).toBeLessThan(500);
    expect(ms).toBeGreaterThan(900);
  });

  it('is a warning where there is no place for it, and the conversation goes on', async () => {
    const folder = freshFolder();
    writeFileSync(folder, 'a file');
    const { ports, until } = await serverWith(fakeEngines(), { record: recorder({ folder, program }) });
    const client = await stockClient(ports);
    await until('warning', ({ code }) => code === 'recording-failed');
    await client.speak(QUESTION);
    await until('reply.done');
  });

  it('is finished when the server is stopped in the middle of it, and somebody is told', async () => {
    const left: unknown[] = [];
    const { ports, until, recorded, stop } = await recordingServer({ llm: () => concat(of('Hello there. ', 'And '), timer(60_000).pipe(ignoreElements())) }, {}, { onLeft: (news) => left.push(news) });
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    await until('reply.audio');
    stop();
    expect(left).toMatchObject([{ type: 'recording', on: false, folder: recorded()[0] }]);
    const microphone = readFileSync(join(recorded()[0]!, 'microphone.wav'));
    expect(microphone.length).toBeGreaterThan(40_000);
    expect(microphone.readUInt32LE(40)).toBe(microphone.length - 44);
    expect(await compareRerun(recorded()[0]!)).toMatchObject({ same: true, cut: false });
  });

  it('holds no secret', async () => {
    const { ports, until, recorded } = await recordingServer({ llm: () => throwError(() => new Error('the key canary-key-123 is wrong')) }, {}, { redact: (line) => line.replaceAll('canary-key-123', '[redacted]') });
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    await until('failed');
    await client.leave();
    await until('disconnected');
    for (const name of readdirSync(recorded()[0]!)) expect(readFileSync(join(recorded()[0]!, name)).includes('canary'), name).toBe(false);
    expect(await compareRerun(recorded()[0]!)).toMatchObject({ same: true });
  });
});
