import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { processes } from './processes.js';
import type { Process } from './processes.js';

const run = promisify(execFile);

/** The process that listens on a TCP port of this machine; undefined where the system does not tell, as it may be another user's. */
export async function holderOf(port: number): Promise<Process | undefined> {
  const pid = process.platform === 'linux' ? await fromProc(port) : await fromLsof(port);
  return pid === undefined ? undefined : (await processes()).find((one) => one.pid === pid);
}

/** The state of a socket that listens, in the table of the kernel. */
const LISTEN = '0A';

async function fromProc(port: number): Promise<number | undefined> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')));
  const sockets = new Set(tables.join('\n').split('\n').flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === LISTEN && local?.endsWith(`:${hex}`) === true && inode !== undefined ? [`socket:[${inode}]`] : [];
  }));
  if (sockets.size === 0) return undefined;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // Processes of others, and those that have ended meanwhile, show nothing.
    const open = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const targets = await Promise.all(open.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
    if (targets.some((target) => sockets.has(target))) return Number(pid);
  }
  return undefined;
}

async function fromLsof(port: number): Promise<number | undefined> {
  const { stdout } = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp']).catch(() => ({ stdout: '' }));
  const pid = /^p(\d+)$/m.exec(stdout)?.[1];
  return pid === undefined ? undefined : Number(pid);
}
