import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { freeSpace, makeFolder, replaceFile, weigh } from './disk.js';

/** What presets are chosen by. */
export interface MachineFacts {
  /** Threads that may run at a time. */
  readonly cores: number;
  /** What one of them does in arithmetic, where 1 is the machine that the engines were measured on. */
  readonly speed: number;
  /** Bytes of memory, of the machine or of what this process may use of it. */
  readonly memory: number;
  /** Bytes of models that the cache can hold: what it has and what is free. `Infinity` where the disk does not tell. */
  readonly room: number;
  /** Programs on PATH that speak. */
  readonly programs: { readonly piper: boolean; readonly espeak: boolean };
}

/**
 * Looks at this machine. Its speed is measured, for less than a second, and kept in the cache folder: another start with
 * the same processor believes it.
 */
export async function machineFacts(cache: string, programs: MachineFacts['programs']): Promise<MachineFacts> {
  const cores = availableParallelism();
  const limit = process.constrainedMemory();
  return {
    cores,
    speed: await keptSpeed(cache, `${cpus()[0]?.model ?? process.arch} (${cores}), node ${process.versions.node}`),
    memory: limit > 0 ? Math.min(limit, totalmem()) : totalmem(),
    room: (await weigh(join(cache, 'models'))) + (await freeAbove(cache)),
    programs,
  };
}

/** Free space where a folder is or will be. */
async function freeAbove(folder: string): Promise<number> {
  await makeFolder(folder).catch(() => undefined); // A cache that cannot be written is told of when something is written.
  return (await freeSpace(folder)) ?? Infinity;
}

async function keptSpeed(cache: string, machine: string): Promise<number> {
  const path = join(cache, 'machine.json');
  try {
    const kept = JSON.parse(await readFile(path, 'utf8')) as { machine?: unknown; speed?: unknown };
    if (kept.machine === machine && typeof kept.speed === 'number' && kept.speed > 0) return kept.speed;
  } catch {
    // Not measured yet, or nothing that can be read: measured now.
  }
  const speed = await measureSpeed();
  await replaceFile(path, `${JSON.stringify({ machine, speed }, undefined, 1)}\n`).catch(() => undefined); // Measured again next time, that is all.
  return speed;
}

/** Rows and columns of the matrices that are multiplied: what fits a second-level cache. */
const N = 128;

/** Multiplications of two such matrices a millisecond, by one thread of the machine the engines were measured on. */
const REFERENCE = 0.26;

/** Milliseconds that are measured for. */
const MEASURE = 700;

/**
 * The speed of one thread: that of the quickest of many multiplications of matrices, so that what else the machine does
 * meanwhile hardly counts.
 */
export async function measureSpeed(): Promise<number> {
  const [a, b, c] = [new Float32Array(N * N).fill(1.5), new Float32Array(N * N).fill(0.5), new Float32Array(N * N)];
  let quickest = Infinity;
  const end = performance.now() + MEASURE;
  while (performance.now() < end) {
    await turn(); // What else there is to do is not kept waiting.
    const began = performance.now();
    multiply(a, b, c);
    quickest = Math.min(quickest, performance.now() - began);
  }
  return Math.round((100 / quickest) / REFERENCE) / 100;
}

function multiply(a: Float32Array, b: Float32Array, c: Float32Array): void {
  for (let i = 0; i < N; i++) {
    for (let k = 0; k < N; k++) {
      const x = a[i * N + k] ?? 0;
      for (let j = 0; j < N; j++) c[i * N + j] = (c[i * N + j] ?? 0) + x * (b[k * N + j] ?? 0);
    }
  }
}
