import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom, ReplaySubject, skip, Subject, type Subscription } from 'rxjs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { changeable, changeTo, valuesOf } from '../../cli/commands/changeable.js';
import { serverOptions, steered } from '../../cli/commands/conversation.js';
import { withLiveSettings } from '../../cli/commands/live-settings.js';
import type { AppEvent } from '../../cli/views/app-event.js';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { loadSettings } from '../../src/config/load.js';
import { serve } from '../../src/server.js';
import type { Command } from '../../src/transports/events/commands.js';
import { listenTcp } from '../../src/transports/tcp.js';
import { stockClient, type Ports } from '../fixtures/clients.js';
import { fakeEngines, joined, silence, tone } from '../fixtures/engines.js';

const folder = mkdtempSync(join(tmpdir(), 'live-'));
afterAll(() => rmSync(folder, { recursive: true }));
const running: Subscription[] = [];
afterEach(() => running.splice(0).forEach((one) => one.unsubscribe()));

/** A voice that is a program: half a second of a tone, and nothing at all at half the speed. */
const program = join(folder, 'voice.mjs');
writeFileSync(program, `
  if (process.argv[2] === '0.5') process.exit(1);
  process.stdout.write(Buffer.from(Int16Array.from({ length: 12000 }, (_, n) => 8000 * Math.sin(n / 10)).buffer));
`);
const settingsOf = (...words: string[]) => loadSettings('serve', words, {}, () => '').settings;
const QUESTION = int16ToBytes(joined(tone(900), silence(1_500)));

type Type = AppEvent['type'];

async function server(...words: string[]) {
  const settings = settingsOf('--max_sessions', '2', '--min_silence_ms', '300', '--tts', 'command', '--tts_command', `${process.execPath} ${program} {speed}`, ...words);
  const commands = new Subject<Command>();
  const all = new ReplaySubject<AppEvent>(Infinity);
  const events: AppEvent[] = [];
  running.push(withLiveSettings(settings, commands, { engines: fakeEngines(), files: {}, interruptible: false }, (live) => serve({
    doors: listenTcp({ recvHost: '127.0.0.1', recvPort: 0, sendHost: '127.0.0.1', sendPort: 0, maxSessions: 2 }),
    engines: live.engines, ...serverOptions(settings, [], live.changes), ...steered(commands),
  })).subscribe({
    next: (event) => {
      events.push(event);
      all.next(event);
    },
    error: (error: unknown) => all.error(error),
    complete: () => all.complete(),
  }));
  /** The first such event, or the first after so many others. */
  const until = <T extends Type>(type: T, fits: (event: Extract<AppEvent, { type: T }>) => boolean = () => true, after = 0): Promise<Extract<AppEvent, { type: T }>> =>
    firstValueFrom(all.pipe(skip(after), filter((event): event is Extract<AppEvent, { type: T }> => event.type === type && fits(event as Extract<AppEvent, { type: T }>))));
  const { recv, send } = await until('serving');
  const ports: Ports = { host: '127.0.0.1', micPort: recv.port, replyPort: send.port };
  return { ports, events, until, set: (name: string, value: string) => commands.next({ type: 'set', name, value }) };
}

const answer = (turn: number, session = 1) => (event: Extract<AppEvent, { type: 'reply.done' }>): boolean => event.turn === turn && 'session' in event && event.session === session;

describe('settings of a server that runs', () => {
  it('hold from the next turn on, in all sessions, and in those to come from the start', async () => {
    const { ports, events, until, set } = await server();
    const [one, other] = [await stockClient(ports), await stockClient(ports)];
    await one.speak(QUESTION);
    await until('reply.done', answer(1));
    set('thresh', '0.7');
    await until('settings', ({ settings }) => settings.some(({ name, value }) => name === 'thresh' && value === '0.7'));
    await Promise.all([one, other].map((client) => client.speak(QUESTION)));
    await Promise.all([until('reply.done', answer(2)), until('reply.done', answer(1, 2))]);
    await other.leave();
    await until('disconnected');
    const third = await stockClient(ports);
    await third.speak(QUESTION);
    await until('reply.done', answer(1, 3));
    const told = events.flatMap((event) => ('session' in event && (event.type === 'changed' || event.type === 'speech.started') ? [[event.session, event.type]] : []));
    expect(told.filter(([session]) => session === 1)).toEqual([[1, 'speech.started'], [1, 'changed'], [1, 'speech.started']]);
    for (const session of [2, 3]) expect(told.filter(([of]) => of === session)).toEqual([[session, 'changed'], [session, 'speech.started']]);
    expect(events.flatMap((event) => (event.type === 'changed' ? [event.differs] : []))).toEqual([1, 2, 3].map(() => ({ thresh: '0.7' })));
  });

  it('have another voice loaded and spoken with, and the first one again', async () => {
    const { ports, events, until, set } = await server();
    const client = await stockClient(ports);
    const speeds = () => events.flatMap((event) => (event.type === 'settings' ? event.settings.filter(({ name }) => name === 'speed') : []));
    /** It is wanted at once, and there some time later. */
    const loaded = async (speed: string): Promise<void> => {
      set('speed', speed);
      expect(speeds().at(-1)).toMatchObject({ value: speed, pending: true });
      await until('settings', ({ settings }) => settings.every(({ pending }) => pending === undefined), events.length);
    };
    await client.speak(QUESTION);
    const first = await until('reply.done', answer(1));
    await loaded('1.5');
    await client.speak(QUESTION);
    await until('changed', ({ differs }) => differs['speed'] === '1.5');
    const second = await until('reply.done', answer(2));
    // Each of its two sentences is half a second.
    expect([first.length > 2_000, second.length]).toEqual([true, expect.closeTo(1_000, -2)]);
    await loaded('1');
    await client.speak(QUESTION);
    expect((await until('reply.done', answer(3))).length).toBe(first.length);
    expect(await until('changed', ({ differs }) => Object.keys(differs).length === 0)).toBeDefined();
  });

  it('stay as they were where a voice cannot be loaded, where there is no such setting, and where it cannot be so', async () => {
    const { events, until, set } = await server();
    set('speed', '0.5');
    expect((await until('warning')).message).toMatch(/^The voice stays as it was: /u);
    set('init_chat_prompt', 'Obey.');
    set('thresh', '7');
    await until('warning', ({ message }) => message.startsWith('thresh can be 0.2, '));
    const rows = events.flatMap((event) => (event.type === 'settings' ? [event.settings] : [])).at(-1)!;
    expect(rows.filter(({ value, origin, pending }) => value !== origin || pending)).toEqual([]);
    expect(events.filter(({ type }) => type === 'warning')).toHaveLength(3);
  });
});

describe('what can be changed', () => {
  const names = (interruptible: boolean, voices: readonly string[] = [], speed = true): string[] => changeable(settingsOf(), { voices, speed }, interruptible).map(({ name }) => name);

  it('is the voice where there are several, and the policy where there is something to interrupt', () => {
    expect(names(false)).toEqual(['speed', 'thresh', 'min_silence_ms', 'speculate']);
    expect(names(true, ['slt', 'rms'], false)).toEqual(['voice', 'thresh', 'min_silence_ms', 'speculate', 'policy']);
  });

  it('begins with the voice that speaks where none was named', () => {
    const voice = (usual?: string, ...words: string[]) => changeable(settingsOf('--tts', 'flite', ...words), { voices: ['slt', 'rms'], usual, speed: false }, false)[0];
    expect(voice('slt')).toMatchObject({ name: 'voice', value: 'slt', choices: ['slt', 'rms'] });
    expect(voice()).toMatchObject({ value: 'default', choices: ['default', 'slt', 'rms'] });
    expect(voice('slt', '--voice', 'rms')).toMatchObject({ value: 'rms', choices: ['slt', 'rms'] });
  });

  it('has the value it was started with among its choices, wherever that lies', () => {
    const rows = changeable(settingsOf('--thresh', '0.62', '--min_silence_ms', '3000', '--voice', 'x', '--speculate', 'off'), { voices: ['x', 'y'], speed: true }, false);
    for (const { value, origin, choices } of rows) expect([value, choices.includes(value)]).toEqual([origin, true]);
    expect(rows.find(({ name }) => name === 'thresh')?.choices.slice(8, 11)).toEqual(['0.6', '0.62', '0.65']);
    expect(rows.find(({ name }) => name === 'min_silence_ms')?.choices.at(-1)).toBe('3000');
  });

  it('makes of its values what sessions take', () => {
    const settings = settingsOf();
    const rows = changeable(settings, { voices: [], speed: true }, true);
    const as = (values: Record<string, string>) => changeTo({ ...valuesOf(rows), ...values }, rows, settings);
    expect(as({ thresh: '0.7', min_silence_ms: '400', policy: 'queue' })).toMatchObject({ speech: { threshold: 0.7, minSilence: 400 }, policy: 'queue', differs: { thresh: '0.7', min_silence_ms: '400', policy: 'queue' } });
    expect(as({}).speech).not.toHaveProperty('minSilence');
    expect(as({})).toMatchObject({ differs: {} });
  });
});
