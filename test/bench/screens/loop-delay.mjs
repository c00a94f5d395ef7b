// Loaded before a program: at SIGUSR2 it writes into the file LOOP_DELAY how late (ms) the event loop was since the last time.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION = 10;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
delay.enable();
const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION);
process.on('SIGUSR2', () => {
  writeFileSync(process.env.LOOP_DELAY, JSON.stringify({ p50: late(delay.percentile(50)), p99: late(delay.percentile(99)), max: late(delay.max) }));
  delay.reset();
});
