/**
 * What the dashboards cost and how late they are, in terminals of 100 × 30 of their own: a server with engines that take no effort, and a client with a
 * recording for a microphone, in which nobody speaks at first (a room whose noise goes up and down, so that its meters move all the time), and then
 * somebody asks again and again.
 */
import { spawn } from '@lydell/node-pty';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { wavBytes } from '../../dist/src/audio/wav.js';
import { median } from './measure.js';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const RATE = 16_000;
/** s in which nobody speaks, of a question, and between two. */
const [IDLE, QUESTION, PAUSE] = [20, 1.6, 3.6];
/** s after which what is loaded at the start is over. */
const SETTLED = 4;
/** ms within which a picture has to have what has happened. */
const FRESH = 200;
/** USER_HZ: the kernel tells of CPU time in these. */
const TICKS = 100;

/** What one dashboard took in one phase. */
interface Cost {
  /** Of one core, of the whole program. */
  readonly cpu: number;
  /** ms by which the event loop was late. */
  readonly loop: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly bytesPerSecond: number;
}

interface Latencies { readonly count: number; readonly median: number; readonly p95: number; readonly max: number }

export interface Screens {
  readonly idle: Readonly<Record<'server' | 'client', Cost>>;
  readonly talking: Readonly<Record<'server' | 'client', Cost>>;
  /** ms from an event of the server to the picture that has it. */
  readonly behind: Readonly<Record<'server' | 'client', Latencies>>;
  /** Of one minute, when it began and at its end. */
  readonly load: readonly [number, number];
}

/** Noise of a room at about -52 dBFS, and a voice in it while `isLoud`. */
function room(seconds: number, isLoud = false): Int16Array {
  return Int16Array.from({ length: seconds * RATE }, (_, n) => {
    const noise = (Math.random() + Math.random() - 1) * 200 * (1 + 0.6 * Math.sin(n / 5_000) * Math.sin(n / 1_700));
    return noise + (isLoud ? 6_000 * Math.sin(n / 9) * Math.abs(Math.sin(n / 2_400)) : 0);
  });
}

function recording(questions: number): Uint8Array {
  const parts = [room(SETTLED + IDLE), ...Array.from({ length: questions }, () => [room(QUESTION, true), room(PAUSE)]).flat(), room(10)];
  const all = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return wavBytes(all);
}

interface Told { readonly type: string; readonly at: number; readonly open?: boolean }

/** A program with a dashboard, on a terminal of its own. */
function dashboard(name: string, folder: string, run: readonly string[]) {
  const { CI: _, CONTINUOUS_INTEGRATION: __, FORCE_COLOR: ___, NO_COLOR: ____, ...inherited } = process.env;
  const report = join(folder, name);
  const terminal = spawn(process.execPath, ['--import', here('screens/loop-delay.mjs'), ...run], {
    cols: 100, rows: 30, name: 'xterm-256color', env: { ...inherited, LANG: 'C.UTF-8', LOOP_DELAY: report },
  });
  let bytes = 0;
  const pieces: { readonly at: number; readonly text: string }[] = [];
  terminal.onData((data) => {
    bytes += Buffer.byteLength(data);
    pieces.push({ at: Date.now(), text: stripVTControlCharacters(data) });
  });
  const spent = (): number => {
    const fields = readFileSync(`/proc/${terminal.pid}/stat`, 'utf8').replace(/\(.*\)/, '').split(' ').map(Number);
    return (fields[13]! + fields[14]!) / TICKS;
  };
  let before = { at: 0, spent: 0, bytes: 0 };
  const lap = async (): Promise<Cost> => {
    rmSync(report, { force: true });
    process.kill(terminal.pid, 'SIGUSR2');
    const now = { at: Date.now() / 1_000, spent: spent(), bytes };
    const seconds = now.at - before.at;
    const cost = { cpu: (now.spent - before.spent) / seconds, bytesPerSecond: (now.bytes - before.bytes) / seconds };
    before = now;
    for (;;) {
      try {
        return { ...cost, loop: JSON.parse(readFileSync(report, 'utf8')) as Cost['loop'] };
      } catch {
        await sleep(20); // Not written, or not all of it.
      }
    }
  };
  return { terminal, pieces, lap, written: () => pieces.map(({ text }) => text).join('') };
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`${what} did not come within 30 s`);
    await sleep(20);
  }
}

/** How late the pictures were that show what events tell, by a word that the pictures before them had not. What was over at once need not have been shown. */
function behind(told: readonly Told[], pieces: readonly { readonly at: number; readonly text: string }[]): Latencies {
  const states = told.filter(({ type }) => type === 'gate' || type === 'speech.started' || type === 'speech.stopped');
  const late = states.flatMap((event, index) => {
    if ((states[index + 1]?.at ?? Infinity) - event.at < FRESH) return [];
    const word = event.type === 'speech.started' ? /HEARING YOU/ : event.type === 'gate' && event.open === false ? /THINKING|SPEAKING/ : undefined;
    const picture = word && pieces.find(({ at, text }) => at >= event.at && word.test(text));
    return picture === undefined ? [] : [picture.at - event.at];
  }).sort((one, other) => one - other);
  return { count: late.length, median: median(late), p95: late[Math.floor(0.95 * late.length)] ?? NaN, max: late.at(-1) ?? NaN };
}

/** Of Linux only: it looks into /proc. */
export async function screens(questions: number): Promise<Screens> {
  const folder = mkdtempSync(join(tmpdir(), 'screens-'));
  const load = loadavg()[0]!;
  const ports = await freePorts(3);
  const flags = ['--recv_port', '--send_port', '--events_port'].flatMap((flag, index) => [flag, String(ports[index])]);
  const server = dashboard('server', folder, ['--import', 'tsx', here('screens/server.ts'), ...flags, '--ui', 'tui']);
  try {
    await until(() => server.written().includes('SERVING'), 'the server');
    const told: Told[] = [];
    createInterface(connect(ports[2]!, '127.0.0.1')).on('line', (line) => told.push(JSON.parse(line) as Told));
    writeFileSync(join(folder, 'microphone.wav'), recording(questions));
    const client = dashboard('client', folder, [
      here('../../dist/cli/main.js'), 'listen-and-play', '--send_port', String(ports[0]), '--recv_port', String(ports[1]), '--events_port', String(ports[2]),
      '--mic', join(folder, 'microphone.wav'), '--speaker', join(folder, 'speaker.wav'), '--ui', 'tui',
    ]);
    try {
      await until(() => client.written().includes('LISTENING'), 'the client');
      await sleep(SETTLED * 1_000);
      const lap = async () => {
        const [ofServer, ofClient] = await Promise.all([server.lap(), client.lap()]);
        return { server: ofServer, client: ofClient };
      };
      await lap();
      await until(() => told.some(({ type }) => type === 'speech.started'), 'the first question');
      const idle = await lap();
      await sleep(questions * (QUESTION + PAUSE) * 1_000);
      const talking = await lap();
      return { idle, talking, behind: { server: behind(told, server.pieces), client: behind(told, client.pieces) }, load: [load, loadavg()[0]!] };
    } finally {
      client.terminal.kill('SIGKILL');
    }
  } finally {
    server.terminal.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, async () => {
    const one = createServer().listen(0, '127.0.0.1');
    await once(one, 'listening');
    return one;
  }));
  const ports = servers.map((one) => (one.address() as AddressInfo).port);
  await Promise.all(servers.map((one) => once(one.close(), 'close')));
  return ports;
}

export function printScreens({ idle, talking, behind, load }: Screens): void {
  console.log(`\nDashboards on 100 × 30, load of the machine ${load.map((one) => one.toFixed(1)).join(' → ')}      CPU of a core   loop delay p99   longest   written`);
  for (const [phase, costs] of Object.entries({ 'nobody speaks': idle, 'a conversation': talking })) {
    for (const [name, { cpu, loop, bytesPerSecond }] of Object.entries(costs)) {
      console.log(`  ${`${name}, ${phase}`.padEnd(60)}${`${(100 * cpu).toFixed(1)} %`.padStart(13)}${`${loop.p99.toFixed(1)} ms`.padStart(17)}${`${loop.max.toFixed(1)} ms`.padStart(10)}${`${Math.round(bytesPerSecond)} B/s`.padStart(12)}`);
    }
  }
  for (const [name, { count, median: middle, p95, max }] of Object.entries(behind)) {
    console.log(`  ${`${name}: from an event of the server to the picture that has it`.padEnd(60)}  median ${middle} ms, p95 ${p95} ms, longest ${max} ms, of ${count} (aim: at most ${FRESH} ms)`);
  }
}
