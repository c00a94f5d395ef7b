/**
 * What the operators themselves cost: a pipeline whose engines answer at once, fed 50 times as fast as people speak, at 1, 10
 * and 100 sessions, and the same work written by hand with callbacks beside it. `sentences` is left out, because its cost is
 * that of Intl.Segmenter, and `paced`, because it waits.
 *
 *   npm run bench:operators -- [--seconds 3] [--json]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { filter, map, NEVER, of, Subject, toArray } from 'rxjs';
import { bargeIn, chat, chunkify, listenGate, synthesize, transcribe, vadGate } from '../../operators/index.js';
import type { Utterance } from '../../operators/index.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } } });
const SECONDS = Number(values.seconds);
if (!(SECONDS > 0)) throw new RangeError(`--seconds must be above 0, not ${values.seconds}.`);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const SPEED = 50;
/** Wall-clock time (ms) between two feedings. */
const TICK = 10;
/** Bytes of 20 ms of audio, 16 kHz, 16 bit: what a network might deliver; no multiple of a frame. */
const SEGMENT = 640;
const SEGMENT_MS = 20;
const FRAME_BYTES = 1_024;
const FRAME_MS = 32;
const SEGMENTS_A_TICK = (SPEED * TICK) / SEGMENT_MS;

/** Two seconds of a tone and two of silence, in segments. */
const audio = Array.from({ length: 200 }, (_, index) => {
  const samples = new Int16Array(SEGMENT / 2);
  if (index < 100) samples.forEach((_sample, n) => { samples[n] = 8_000 * Math.sin((index * samples.length + n) / 10); });
  return new Uint8Array(samples.buffer);
});

function probability(frame: Uint8Array): number {
  let energy = 0;
  for (let at = 0; at + 1 < frame.length; at += 2) {
    const sample = ((frame[at + 1] ?? 0) << 24 >> 16) | (frame[at] ?? 0);
    energy += sample * sample;
  }
  return Math.min(1, Math.sqrt((2 * energy) / frame.length) / 1_000);
}

const answer = (asked: string): string[] => [`You said ${asked}.`, 'Thank you.', 'Good bye.'];
const voice = (text: string): number[] => [text.length, text.length];

/** A session: takes segments, and tells what was spoken. */
interface Session { readonly push: (segment: Uint8Array) => void; readonly end: () => void }
type Open = (spoken: (length: number) => void) => Session;

const composed: Open = (spoken) => {
  const segments = new Subject<Uint8Array>();
  const subscription = segments.pipe(
    chunkify(FRAME_BYTES),
    listenGate(NEVER),
    vadGate(() => probability, { minSilence: 500, maxSpeech: 30_000 }),
    bargeIn((utterance: Utterance<Uint8Array>) => of(utterance).pipe(
      transcribe((frames) => frames.pipe(toArray(), map((all) => ({ text: `${all.length} frames`, final: true })))),
      filter(({ final }) => final),
      map(({ text }) => text),
      chat(answer, (asked) => asked),
      synthesize(voice),
    )),
  ).subscribe({ next: (said) => spoken(said.audio), error: (error: unknown) => { throw error; } });
  return { push: (segment) => segments.next(segment), end: () => subscription.unsubscribe() };
};

const byHand: Open = (spoken) => {
  const rest = new Uint8Array(FRAME_BYTES);
  let filled = 0;
  let before: Uint8Array[] = [];
  let frames: Uint8Array[] | undefined;
  let voiced = 0;
  let silence = 0;

  const speak = (all: readonly Uint8Array[]): void => {
    for (const text of answer(`${all.length} frames`)) for (const length of voice(text)) spoken(length);
  };
  const hear = (frame: Uint8Array): void => {
    const speech = probability(frame);
    if (frames === undefined) {
      if (speech < 0.6) {
        before.push(frame);
        if (before.length * FRAME_MS > 500) before.shift();
        return;
      }
      frames = before;
      before = [];
      voiced = 0;
    }
    const loud = speech >= 0.6 || (silence === 0 && speech >= 0.45);
    silence = loud ? 0 : silence + FRAME_MS;
    if (loud) voiced += FRAME_MS;
    frames.push(frame);
    if ((silence < 500 || speech >= 0.45) && frames.length * FRAME_MS < 30_000) return;
    const all = frames;
    frames = undefined;
    silence = 0;
    if (voiced >= 384) speak(all);
  };
  return {
    end: () => { frames = undefined; },
    push: (segment) => {
      let at = 0;
      if (filled > 0) {
        at = Math.min(FRAME_BYTES - filled, segment.length);
        rest.set(segment.subarray(0, at), filled);
        filled += at;
        if (filled < FRAME_BYTES) return;
        hear(rest.slice());
      }
      for (; at + FRAME_BYTES <= segment.length; at += FRAME_BYTES) hear(segment.subarray(at, at + FRAME_BYTES));
      rest.set(segment.subarray(at));
      filled = segment.length - at;
    },
  };
};

interface Measured { readonly cpu: number; readonly p99: number; readonly speed: number; readonly spoken: number }

/** CPU (µs) for each second of a session, the 99th percentile (ms) of how late a feeding was through, and the speed kept. */
async function measure(open: Open, count: number): Promise<Measured> {
  let spoken = 0;
  const sessions = Array.from({ length: count }, () => open(() => { spoken++; }));
  const feed = (tick: number): void => {
    for (const { push } of sessions) for (let n = 0; n < SEGMENTS_A_TICK; n++) push(audio[(tick * SEGMENTS_A_TICK + n) % audio.length] ?? new Uint8Array());
  };
  const ticks = Math.round((1_000 * SECONDS) / TICK);
  // Two turns to warm up.
  for (let tick = 0; tick < 16; tick++) feed(tick);
  spoken = 0;
  const late: number[] = [];
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  for (let tick = 0; tick < ticks; tick++) {
    const due = began + tick * TICK;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    feed(tick);
    late.push(performance.now() - due);
  }
  const { user, system } = process.cpuUsage(cpu);
  const heard = (ticks * SEGMENTS_A_TICK * SEGMENT_MS) / 1_000;
  const wall = (performance.now() - began) / 1_000;
  sessions.forEach(({ end }) => end());
  return { cpu: (user + system) / (heard * count), p99: late.sort((a, b) => a - b)[Math.floor(0.99 * late.length)] ?? NaN, speed: heard / wall, spoken };
}

/** CPU (µs) for each second of one session that is fed as fast as it takes: no waiting, so no cost of timers. */
function flatOut(open: Open, heard: number): number {
  const session = open(() => undefined);
  const segments = (1_000 * heard) / SEGMENT_MS;
  const feed = (from: number, to: number): void => { for (let n = from; n < to; n++) session.push(audio[n % audio.length] ?? new Uint8Array()); };
  feed(0, 1_000);
  const cpu = process.cpuUsage();
  feed(1_000, 1_000 + segments);
  const { user, system } = process.cpuUsage(cpu);
  session.end();
  return (user + system) / heard;
}

/** Heap (bytes) after garbage collection at the end of each of the six parts of an hour of audio, and what a frame allocates. */
function memory(open: Open): { readonly heap: readonly number[]; readonly aFrame: number } {
  const session = open(() => undefined);
  const segments = 3_600_000 / SEGMENT_MS;
  const heap: number[] = [];
  for (let n = 0; n < segments; n++) {
    session.push(audio[n % audio.length] ?? new Uint8Array());
    if ((n + 1) % (segments / 6) !== 0) continue;
    collectGarbage();
    heap.push(process.memoryUsage().heapUsed);
  }
  const before = process.memoryUsage().heapUsed;
  for (const segment of audio) session.push(segment);
  const aFrame = (process.memoryUsage().heapUsed - before) / ((audio.length * SEGMENT) / FRAME_BYTES);
  session.end();
  return { heap, aFrame };
}

const rows = [];
for (const sessions of [1, 10, 100]) rows.push({ sessions, composed: await measure(composed, sessions), byHand: await measure(byHand, sessions) });
const fast = { composed: flatOut(composed, 3_600), byHand: flatOut(byHand, 3_600) };
const [own, hand] = [memory(composed), memory(byHand)];
if (rows.some((row) => row.composed.spoken !== row.byHand.spoken || row.composed.spoken === 0)) throw new Error('Both did not do the same work.');

if (values.json) {
  console.log(JSON.stringify({ speed: SPEED, seconds: SECONDS, rows, flatOut: { ...fast, ratio: fast.composed / fast.byHand }, memory: { composed: own, byHand: hand } }));
} else {
  console.log(`CPU (µs) of a session-second at ${SPEED} times real time, and how late (ms, p99) a feeding was through\n`);
  console.log('sessions   operators   by hand   ratio      p99   by hand   speed kept');
  for (const { sessions, composed: one, byHand: other } of rows) {
    console.log([String(sessions).padStart(8), one.cpu.toFixed(0).padStart(11), other.cpu.toFixed(0).padStart(9), (one.cpu / other.cpu).toFixed(2).padStart(7), one.p99.toFixed(1).padStart(8), other.p99.toFixed(1).padStart(9), one.speed.toFixed(0).padStart(12)].join(' '));
  }
  console.log(`\nas fast as it goes: ${fast.composed.toFixed(0)} µs and ${fast.byHand.toFixed(0)} µs, ratio ${(fast.composed / fast.byHand).toFixed(2)}`);
  console.log(`allocated for a frame: ${own.aFrame.toFixed(0)} bytes, by hand ${hand.aFrame.toFixed(0)}`);
  console.log(`heap after each 10 minutes of audio (MB): ${own.heap.map((bytes) => (bytes / 1e6).toFixed(2)).join('  ')}`);
}
