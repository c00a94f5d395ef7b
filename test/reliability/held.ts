import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What this process holds at the moment. */
export interface Held {
  /** Open file descriptors; 0 where the system does not tell. */
  readonly descriptors: number;
  readonly sockets: number;
  readonly timers: number;
  /** Bytes of the heap after garbage collection. */
  readonly heap: number;
}

/** Looks again until nothing becomes less any more: sockets are closed, and garbage is found, a little later. */
export async function held(): Promise<Held> {
  let least = look();
  for (let quiet = 0; quiet < 5;) {
    await sleep(20);
    const now = look();
    const less = now.descriptors < least.descriptors || now.sockets < least.sockets || now.timers < least.timers || now.heap < least.heap * 0.99;
    quiet = less ? 0 : quiet + 1;
    least = {
      descriptors: Math.min(now.descriptors, least.descriptors), sockets: Math.min(now.sockets, least.sockets),
      timers: Math.min(now.timers, least.timers), heap: Math.min(now.heap, least.heap),
    };
  }
  return least;
}

function look(): Held {
  collectGarbage();
  const active = process.getActiveResourcesInfo();
  return {
    descriptors: process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0,
    sockets: active.filter((name) => name.startsWith('TCP')).length,
    timers: active.filter((name) => name === 'Timeout').length,
    heap: process.memoryUsage().heapUsed,
  };
}
