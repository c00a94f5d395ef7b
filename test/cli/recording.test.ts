import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NEVER, of } from 'rxjs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { recording } from '../../cli/commands/recording.js';
import type { AppEvent } from '../../cli/views/app-event.js';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { readWav } from '../../src/audio/wav.js';
import { eventSchemas } from '../../src/event-schema.js';
import { loadSettings } from '../../src/config/load.js';
import { compareRerun } from '../../src/recording/compare-rerun.js';
import { stockClient } from '../fixtures/clients.js';
import { joined, silence, tone } from '../fixtures/engines.js';
import { fakeIo } from '../fixtures/io.js';
import { program, type Program, type Told } from '../fixtures/program.js';

const folder = mkdtempSync(join(tmpdir(), 'recording-'));
afterAll(() => rmSync(folder, { recursive: true }));
const serves = ['--import', 'tsx', fileURLToPath(new URL('../fixtures/programs/watched.ts', import.meta.url))];
const running: Program[] = [];
afterEach(() => Promise.all(running.splice(0).map((one) => one.stop('SIGKILL'))));
/** ms; a process takes its time to start on a busy machine. */
const PATIENCE = 60_000;

const fail = (error: unknown): void => { throw error; };
const is = (type: string) => (event: Told): boolean => event.type === type;

async function recordingServer(into: string) {
  const server = program(['--recv_port', '0', '--send_port', '0', '--record', into], {}, serves);
  running.push(server);
  const { recv, send } = (await server.until(is('serving'))) as unknown as { recv: { port: number }; send: { port: number } };
  const client = await stockClient({ host: '127.0.0.1', micPort: recv.port, replyPort: send.port });
  await client.speak(int16ToBytes(joined(tone(640), silence(1_500))));
  return { server, client };
}

describe('a server that records', () => {
  it.each<[NodeJS.Signals, boolean]>([['SIGKILL', true], ['SIGTERM', false]])('leaves what can be run again when it gets %s', { timeout: PATIENCE }, async (signal, cut) => {
    const into = join(folder, signal);
    const { server, client } = await recordingServer(into);
    await server.until((event) => event.type === 'gate' && event['open'] === true);
    await client.speak(int16ToBytes(joined(tone(640), silence(1_500))));
    await server.until((event) => event.type === 'reply.started' && event['turn'] === 2);
    await server.stop(signal);
    const [name] = readdirSync(into);
    const outcome = await compareRerun(join(into, name!));
    expect(outcome).toMatchObject({ same: true, cut });
    expect(outcome.events).toBeGreaterThan(20);
    expect(readWav(readFileSync(join(into, name!, 'microphone.wav'))).samples.length).toBeGreaterThan(32_000);
  });

  it('records nothing unless it is asked to, and says so at once where it is', () => {
    const { io } = fakeIo();
    const settings = (...words: string[]) => loadSettings('serve', words, {}, () => '{}').settings;
    expect(recording(settings(), io)).toMatchObject({ options: {}, controls: {} });
    const told: AppEvent[] = [];
    of<AppEvent>({ type: 'notice', message: 'first', at: 1 }).pipe(recording(settings('--record', join(folder, 'new')), io).beside).subscribe({ next: (event) => told.push(event), error: fail });
    expect(told).toMatchObject([{ type: 'recorder', on: true, folder: join(folder, 'new') }, { type: 'notice' }]);
    expect(eventSchemas.recorder.parse(told[0])).toEqual(told[0]);
    expect(existsSync(join(folder, 'new'))).toBe(true);
  });

  it('begins and ends by key, where there are keys, and says why where it cannot', () => {
    const into = join(folder, 'by key');
    writeFileSync(into, 'in the way');
    const { settings } = loadSettings('serve', ['--ui', 'tui'], {}, () => '{}');
    const { controls, beside } = recording({ ...settings, record: undefined }, fakeIo().io, into);
    const told: AppEvent[] = [];
    NEVER.pipe(beside).subscribe({ next: (event) => told.push(event), error: fail });
    controls.record!();
    rmSync(into);
    controls.record!();
    controls.record!();
    expect(told).toMatchObject([{ type: 'warning', code: 'record-folder' }, { type: 'recorder', on: true, folder: into }, { type: 'recorder', on: false }]);
  });

  it('does not start where it could not write', () => {
    writeFileSync(join(folder, 'file'), '');
    chmodSync(join(folder, 'file'), 0o600);
    const { settings } = loadSettings('serve', ['--record', join(folder, 'file')], {}, () => '{}');
    expect(() => recording(settings, fakeIo().io)).toThrow(expect.objectContaining({ code: 'record-folder', kind: 'config' }) as Error);
  });
});
