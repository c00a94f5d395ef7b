import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { FRAME_BYTES, SEGMENT, segment, SEGMENT_MS, TURN } from './session.js';
import type { Open } from './session.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export const SPEED = 50;
/** Wall-clock time (ms) between two feedings. */
const TICK = 10;
const SEGMENTS_A_TICK = (SPEED * TICK) / SEGMENT_MS;

/**
 * CPU time (µs): of the thread on which the program runs, and of all threads. The others are V8's, which compile and collect
 * garbage. Systems other than Linux tell the time of all threads alone.
 */
export interface Cpu { readonly main: number; readonly all: number }

const OF_THIS_THREAD = '/proc/thread-self/schedstat';
const linux = existsSync(OF_THIS_THREAD);

function cpuSoFar(): Cpu {
  const { user, system } = process.cpuUsage();
  return { all: user + system, main: linux ? Number(readFileSync(OF_THIS_THREAD, 'utf8').split(' ')[0]) / 1_000 : user + system };
}

function cpuSince(before: Cpu, per: number): Cpu {
  const now = cpuSoFar();
  return { main: (now.main - before.main) / per, all: (now.all - before.all) / per };
}

/** CPU for each of so many things that some work does. */
export function cpuOf(per: number, work: () => void): Cpu {
  const before = cpuSoFar();
  work();
  return cpuSince(before, per);
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** The medians of two ways to do the same. */
export interface Pair {
  readonly composed: Cpu;
  readonly byHand: Cpu;
  readonly ratio: Cpu;
}

export function pairOf(rounds: readonly (readonly [composed: Cpu, byHand: Cpu])[]): Pair {
  const middle = (figure: (round: readonly [Cpu, Cpu], which: keyof Cpu) => number): Cpu => ({
    main: median(rounds.map((round) => figure(round, 'main'))),
    all: median(rounds.map((round) => figure(round, 'all'))),
  });
  return {
    composed: middle(([one], which) => one[which]),
    byHand: middle(([, other], which) => other[which]),
    ratio: middle(([one, other], which) => one[which] / other[which]),
  };
}

/** Measures both by turns, so that whatever else the machine does hits both. */
export function byTurns(rounds: number, composed: () => Cpu, byHand: () => Cpu): Pair {
  return pairOf(Array.from({ length: rounds }, () => [composed(), byHand()]));
}

export interface AtSpeed {
  /** For each second of a session. */
  readonly cpu: Cpu;
  /** How late (ms, 99th percentile) a feeding was through. */
  readonly p99: number;
  /** How many times as fast as people speak it went. */
  readonly speed: number;
  readonly spoken: number;
}

/** Feeds sessions at `SPEED`. */
export async function atSpeed(open: Open, count: number, seconds: number): Promise<AtSpeed> {
  let spoken = 0;
  const sessions = Array.from({ length: count }, () => open(() => { spoken++; }));
  const ticks = Math.round((1_000 * seconds) / TICK);
  const heard = (ticks * SEGMENTS_A_TICK * SEGMENT_MS) / 1_000;
  const late: number[] = [];
  const [before, began] = [cpuSoFar(), performance.now()];
  for (let tick = 0; tick < ticks; tick++) {
    const due = began + tick * TICK;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    for (const session of sessions) for (let n = 0; n < SEGMENTS_A_TICK; n++) session.push(segment(tick * SEGMENTS_A_TICK + n));
    late.push(performance.now() - due);
  }
  const cpu = cpuSince(before, heard * count);
  const speed = heard / ((performance.now() - began) / 1_000);
  sessions.forEach((session) => session.end());
  return { cpu, p99: late.sort((a, b) => a - b)[Math.floor(0.99 * late.length)] ?? NaN, speed, spoken };
}

/** CPU for each second of one session that is fed as fast as it takes: no waiting, so no cost of timers. */
export function flatOut(open: Open, heard: number): Cpu {
  const session = open(() => undefined);
  const cpu = cpuOf(heard, () => { for (let n = 0; n < (1_000 * heard) / SEGMENT_MS; n++) session.push(segment(n)); });
  session.end();
  return cpu;
}

/** Heap (bytes) after garbage collection at the end of each of the six parts of an hour of audio, and what a frame allocates. */
export function memory(open: Open): { readonly heap: readonly number[]; readonly aFrame: number } {
  const session = open(() => undefined);
  const segments = 3_600_000 / SEGMENT_MS;
  const heap: number[] = [];
  for (let n = 0; n < segments; n++) {
    session.push(segment(n));
    if ((n + 1) % (segments / 6) !== 0) continue;
    collectGarbage();
    heap.push(process.memoryUsage().heapUsed);
  }
  // The median of some turns, as in one of them the garbage may be collected.
  const turns = Array.from({ length: 9 }, () => {
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < TURN; n++) session.push(segment(n));
    return process.memoryUsage().heapUsed - before;
  });
  session.end();
  return { heap, aFrame: median(turns) / ((TURN * SEGMENT) / FRAME_BYTES) };
}
