import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { wavBytes } from '../../../src/audio/wav.js';
import { liveStockClient, type LiveClient, type Ports } from '../../fixtures/clients.js';
import { tone } from '../../fixtures/engines.js';
import { freePort } from '../../fixtures/free-port.js';
import { plainServer, REFERENCE, type Habits } from '../../fixtures/plain-server.js';
import { SERVES } from '../../fixtures/serves.js';
import { letGo } from './client-lab.js';
import { conformance } from './conformance.js';
import type { Verdict } from './sentence.js';

const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
const speech = join(folder, 'tone.wav');
writeFileSync(speech, wavBytes(tone(640)));
afterAll(() => rmSync(folder, { recursive: true }));

const TREATED = ['--speech', speech, '--speed', '10', '--quiet_s', '0.25'];
const at = ({ host, micPort, replyPort }: Ports): string[] => ['--host', host, '--recv_port', String(micPort), '--send-port', String(replyPort)];

async function run(argv: readonly string[], onNote: (text: string) => void = () => undefined): Promise<{ code: number; out: string; notes: string }> {
  let [out, notes] = ['', ''];
  const code = await conformance(argv, {
    out: (text) => (out += text),
    note: (text) => {
      notes += text;
      onNote(text);
    },
  });
  return { code, out, notes };
}

/** What is printed of a server with these habits. */
async function told(habits: Habits, ...flags: string[]): Promise<{ code: number; out: string; notes: string }> {
  const { ports, stop } = await plainServer(habits);
  try {
    return await run([...at(ports), ...TREATED, ...flags]);
  } finally {
    stop();
  }
}

const marked = (out: string, mark: string): string => [...out.matchAll(new RegExp(`^${mark} (\\S+)`, 'gmu'))].map(([, id]) => id).join(' ');

describe.concurrent('the conformance program', { timeout: 60_000 }, () => {
  it('judges our own server, which it starts and stops itself, and exits 0', async () => {
    const ports = [await freePort(), await freePort()] as const;
    const flags = ['--recv_port', String(ports[0]), '--send_port', String(ports[1])];
    const main = fileURLToPath(new URL('main.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', main, '--host', '127.0.0.1', ...flags, ...TREATED, '--section', '1', '--json', '--', ...SERVES, ...flags]);
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    const [code] = await once(child, 'close') as [number];
    const { verdicts, totals } = JSON.parse(out) as { verdicts: Verdict[]; totals: Record<string, number> };
    expect(verdicts.map(({ id, result }) => `${id} ${result}`)).toEqual(['1.1 pass', '1.2 pass', '1.3 pass', '1.4 pass', '1.5 pass']);
    expect(totals).toEqual({ pass: 5, fail: 0, known: 0, skip: 0 });
    expect(code).toBe(0);
  });

  it('prints a table with the reason of every failure, and exits 1', async () => {
    const { code, out } = await told({ acknowledges: 'ok', farewell: 'END' }, '--section', '1');
    expect(marked(out, '✖')).toBe('1.1 1.3 1.5');
    expect(marked(out, '✔')).toBe('1.2 1.4');
    expect(out).toContain('✖ 1.1   Accepts two TCP connections: the microphone comes in on one, the reply goes out on the other\n        2 bytes came on the microphone port\n');
    expect(out).toMatch(/\n2 passed, 3 failed, 0 known differences, 0 skipped\n$/u);
    expect(code).toBe(1);
  });

  it('tells what the reference is known for, and exits 0', async () => {
    const { code, out } = await told(REFERENCE, '--section', '5', '--reference', '--timeout_s', '3');
    expect(marked(out, '≠')).toBe('5.1 5.5 5.7 5.11 5.12 5.13 5.16');
    expect(out).toContain('known difference: the reply port stays open after the microphone connection was reset');
    expect(marked(out, '✖')).toBe('');
    expect(code).toBe(0);
  });

  it('says so where the question is not answered, and skips what needs an answer', async () => {
    const { code, out, notes } = await told({ swallows: true }, '--section', '1', '--timeout_s', '1');
    expect(notes).toContain('did not answer the first question');
    expect(marked(out, '✖')).toBe('1.1');
    expect(marked(out, '–')).toBe('1.2 1.4 1.5');
    expect(code).toBe(1);
  });

  it('says why where the server that it is to start does not start', async () => {
    const [micPort, replyPort] = [await freePort(), await freePort()] as const;
    const failing = run([...at({ host: '127.0.0.1', micPort, replyPort }), ...TREATED, '--', process.execPath, '-e', 'console.error("no model"); process.exit(5)']);
    await expect(failing).rejects.toThrow(/ended before its ports were bound:\n.*no model/su);
  });

  it('judges a client that connects, and says when to start and to stop it', async () => {
    const [micPort, replyPort] = [await freePort(), await freePort()] as const;
    const ports = { host: '127.0.0.1', micPort, replyPort };
    const clients: Promise<LiveClient>[] = [];
    const { code, out, notes } = await run(['--profile', 'client', ...at(ports), '--reference', '--timeout_s', '3', '--quiet_s', '0.2'], (note) => {
      if (note.startsWith('Start the client')) clients.push(liveStockClient(ports));
      else void clients.at(-1)!.then((client) => letGo(client)());
    });
    for (const client of await Promise.all(clients)) client.hush();
    expect(notes).toContain(`listen-and-play --host 127.0.0.1 --send_port ${micPort} --recv_port ${replyPort}`);
    expect(marked(out, '✔')).toBe('1.1 1.2 1.3 1.4 4.1 4.2 4.3 4.4 4.6');
    expect(marked(out, '≠')).toBe('5.5 4.7 5.12');
    expect(code).toBe(0);
  });

  it('says whose names the ports have', async () => {
    const { code, out } = await run(['--help']);
    expect(out.replaceAll('\n', ' ')).toContain('--recv_port is the microphone\'s (a client calls it --send_port)');
    expect(code).toBe(0);
  });

  it.each([[['--recv_prot', '1'], 'recv_prot'], [['--profile', 'both'], '--profile takes server or client, not "both"'], [['--timeout_s', 'soon'], '--timeout_s takes a number']])('exits 2 on %j', async (argv, message) => {
    const { code, notes } = await run(argv);
    expect(notes).toContain(message);
    expect(code).toBe(2);
  });
});
