import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, makeFolder, onDisk } from './disk.js';

/** The file of a folder that says who works in it. */
export const LOCK = '.lock';

/** Milliseconds. */
const POLL = 200;
const HEARTBEAT = 5_000;
const ABANDONED = 30_000;

/** Locks this process holds: a lock with its number that is not among them is left from an earlier process. */
const held = new Set<string>();

/**
 * Lets one process at a time work in a folder. The lock is a file that says who holds it and is touched every 5 s. It is
 * broken where its holder was a process of this machine that is gone, or where nobody has touched it for 30 s of waiting.
 *
 * @param onWait called once if somebody else is at work there
 * @returns what gives the lock back
 */
export async function lockFolder(folder: string, signal: AbortSignal, onWait: () => void): Promise<() => void> {
  const path = join(folder, LOCK);
  let waited = false;
  let seen = { look: '', since: 0 };
  for (;;) {
    signal.throwIfAborted();
    if (await create(path, folder)) break;
    const now = await look(path);
    if (now === undefined) continue; // it was given back just now
    if (now.look !== seen.look) seen = { look: now.look, since: performance.now() };
    if (isOfDeadProcess(now.holder, path) || performance.now() - seen.since > ABANDONED) {
      await onDisk(folder, () => rm(path, { force: true }));
      // Others may break it in the same moment: after this pause their removal cannot hit the lock that is made next.
      await sleep(POLL, undefined, { signal });
      continue;
    }
    if (!waited) onWait();
    waited = true;
    await sleep(POLL, undefined, { signal });
  }
  held.add(path);
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined); // a lock that cannot be touched is one that others may break
  }, HEARTBEAT);
  beat.unref();
  return () => {
    clearInterval(beat);
    held.delete(path);
    rmSync(path, { force: true });
  };
}

async function create(path: string, folder: string): Promise<boolean> {
  await makeFolder(folder); // Whoever removed the model in the meantime took the folder along.
  return onDisk(folder, () => writeFile(path, `${process.pid} ${hostname()}`, { flag: 'wx' }).then(() => true, (error: unknown) => {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }));
}

async function look(path: string): Promise<{ look: string; holder: string } | undefined> {
  try {
    const holder = await readFile(path, 'utf8');
    return { look: `${holder} ${(await stat(path)).mtimeMs}`, holder };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isOfDeadProcess(holder: string, path: string): boolean {
  const [pid = '', host] = holder.split(' ');
  if (host !== hostname()) return false;
  if (Number(pid) === process.pid) return !held.has(path);
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}
