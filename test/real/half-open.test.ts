import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';

// Two hosts with a cable between them, made of network namespaces: what a socket does when the cable is pulled cannot be seen on
// loopback. Needs root and iproute2.

const [HERE, THERE] = [`s2s-a-${process.pid}`, `s2s-b-${process.pid}`];
const ip = (...args: string[]): boolean => spawnSync('ip', args, { stdio: 'ignore' }).status === 0;
const within = (host: string, ...args: string[]): boolean => ip('netns', 'exec', host, 'ip', ...args);

const possible = process.platform === 'linux' && ip('netns', 'add', HERE) && ip('netns', 'add', THERE)
  && ip('link', 'add', 'cable', 'netns', HERE, 'type', 'veth', 'peer', 'name', 'cable', 'netns', THERE)
  && within(HERE, 'addr', 'add', '10.77.0.1/24', 'dev', 'cable') && within(THERE, 'addr', 'add', '10.77.0.2/24', 'dev', 'cable')
  && within(HERE, 'link', 'set', 'cable', 'up') && within(THERE, 'link', 'set', 'cable', 'up')
  && within(HERE, 'link', 'set', 'lo', 'up');

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  for (const host of [HERE, THERE]) ip('netns', 'del', host);
});

interface Told { readonly type: string; readonly at: number; readonly [field: string]: unknown }

/** Starts a server on one host; the next event of a type, from then on. */
function server(...args: string[]): { readonly next: (type: string) => Promise<Told>; readonly stop: () => void } {
  const child = spawn('ip', ['netns', 'exec', HERE, process.execPath, '--import', 'tsx', 'test/reliability/half-open-server.ts', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const told: Told[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    told.push(JSON.parse(line) as Told);
    for (const look of waiting) look();
  });
  const next = (type: string): Promise<Told> => new Promise((resolve) => {
    const look = (): void => {
      const at = told.findIndex((event) => event.type === type);
      if (at < 0) return;
      waiting.delete(look);
      resolve(told.splice(0, at + 1).at(-1)!);
    };
    waiting.add(look);
    look();
  });
  return { next, stop: () => { child.kill('SIGKILL'); } };
}

/** A client on the other host, which speaks where it is told so, reads nothing where it is told so, and then only stays. */
function client(micPort: number, replyPort: number, speaks: boolean, reads: boolean): ChildProcess {
  const script = `
    const { connect } = require('node:net');
    const mic = connect(${micPort}, '10.77.0.1').on('error', () => {});
    const reply = connect(${replyPort}, '10.77.0.1').on('error', () => {});
    if (${reads}) reply.resume();
    const tone = Buffer.alloc(2 * 16000);
    for (let n = 0; n < 16000; n++) tone.writeInt16LE(Math.round(8000 * Math.sin(n / 6)), 2 * n);
    if (${speaks}) mic.on('connect', () => mic.write(Buffer.concat([tone, Buffer.alloc(64000)])));
    setTimeout(() => {}, 300000);`;
  const child = spawn('ip', ['netns', 'exec', THERE, process.execPath, '-e', script], { stdio: ['ignore', 'ignore', 'inherit'] });
  children.push(child);
  return child;
}

describe.skipIf(!possible)('a cable that is pulled (needs root and iproute2: scripts/test-setup.sh)', () => {
  it.each([
    ['R5 half-open, reading: while nobody speaks', [], false, true],
    ['R6 half-open, writing: in the middle of an answer', ['endless'], true, true],
    ['R6 half-open, writing: in the middle of an answer that is not read', ['endless'], true, false],
    ['R6 half-open, writing: when the kernel has taken all of an answer', [], true, true],
  ] as const)('%s, ends the session, and the next client is served', async (_what, args, speaks, reads) => {
    const { next, stop } = server(...args);
    const { recv, send } = (await next('serving')) as unknown as { recv: { port: number }; send: { port: number } };
    const first = client(recv.port, send.port, speaks, reads);
    await next(speaks ? 'reply.started' : 'connected');
    const pulled = Date.now();
    within(THERE, 'link', 'set', 'cable', 'down');
    const { at, reason } = await next('disconnected');
    console.info(`told after ${((at - pulled) / 1_000).toFixed(1)} s: ${String(reason)}`);
    expect(at - pulled).toBeLessThan(20_000);
    first.kill('SIGKILL');
    within(THERE, 'link', 'set', 'cable', 'up');
    client(recv.port, send.port, false, true);
    await next('connected');
    stop();
  });
});
