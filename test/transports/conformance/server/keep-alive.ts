import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Skipped } from '../sentence.js';

/** Ticks of the kernel's timers in a second, as /proc shows them. */
const TICKS = 100;

/**
 * Seconds until the other end of a quiet connection sends its next keep-alive probe, undefined where it never will. Linux
 * shows the timers of all sockets of a machine (proc(5), /proc/net/tcp: `tr` is 2 for keep-alive).
 *
 * @throws Skipped where the other end is on another machine, or this one is no Linux.
 */
export async function keepAliveOf({ localPort = 0, remotePort = 0, remoteAddress = '' }: Socket): Promise<number | undefined> {
  if (process.platform !== 'linux' || !/^(127\.|::1$|::ffff:127\.)/.test(remoteAddress)) throw new Skipped('keep-alive timers are seen on the same Linux machine only');
  const end = (port: number): string => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (let tries = 0; tries < 20; tries += 1) {
    const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')));
    const row = tables.join('\n').split('\n').map((line) => line.trim().split(/\s+/)).find(([, local = '', remote = '']) => local.endsWith(end(remotePort)) && remote.endsWith(end(localPort)));
    const [kind, left = ''] = row?.[5]?.split(':') ?? [];
    if (kind === '02') return Number.parseInt(left, 16) / TICKS;
    await sleep(20);
  }
  return undefined;
}
