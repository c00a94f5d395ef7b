import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { defer, finalize, interval, map, type Observable } from 'rxjs';
import type { ToldEvent } from '../src/event-schema.js';

export type HealthEvent = Extract<ToldEvent, { type: 'health' }>;

/** ms between two looks at the event loop; it is late by what it takes longer. */
const RESOLUTION = 10;

/** How this process does: its event loop, processor, memory and open files. Lives as long as it is subscribed. */
export function health(every = 2_000): Observable<HealthEvent> {
  return defer(() => {
    const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
    delay.enable();
    let [spent, since] = [process.cpuUsage(), performance.now()];
    const late = (nanoseconds: number): number => Math.max(0, Math.round(nanoseconds / 1e5) / 10 - RESOLUTION);
    return interval(every).pipe(
      map((): HealthEvent => {
        const { user, system } = process.cpuUsage(spent);
        const elapsed = performance.now() - since;
        const loop = { p99: late(delay.percentile(99)), max: late(delay.max) };
        delay.reset();
        [spent, since] = [process.cpuUsage(), performance.now()];
        const files = openFiles();
        return { type: 'health', loop, cpu: Math.round((100 * (user + system)) / 1_000 / elapsed) / 100, memory: process.memoryUsage.rss(), ...(files !== undefined && { files }), at: Date.now() };
      }),
      finalize(() => delay.disable()),
    );
  });
}

/** How many files and sockets are open; undefined where the system does not tell. */
function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined; // Only Linux lists them there.
  }
}
