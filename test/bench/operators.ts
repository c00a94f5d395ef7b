/**
 * What the operators themselves cost: a pipeline whose engines answer at once, fed 50 times as fast as people speak, at 1, 10
 * and 100 sessions, and the same work written by hand with callbacks beside it. `sentences`, whose cost is that of
 * Intl.Segmenter, and `paced`, which waits, have rows of their own.
 *
 *   npm run bench:operators -- [--seconds 3] [--json]
 */
import { parseArgs } from 'node:util';

import { pacedAStretch, sentencesAThousand } from './apart.js';
import { byHand } from './by-hand.js';
import { composed } from './composed.js';
import { atSpeed, byTurns, flatOut, median, memory, pairOf, SPEED } from './measure.js';
import type { AtSpeed, Pair } from './measure.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } } });
const SECONDS = Number(values.seconds);
if (!(SECONDS > 0)) throw new RangeError(`--seconds must be above 0, not ${values.seconds}.`);

/** The two are measured by turns, so that whatever else the machine does hits both; the medians of these rounds count. */
const ROUNDS = 3;

interface Row extends Pair {
  readonly sessions: number;
  readonly p99: { readonly composed: number; readonly byHand: number };
  readonly speed: number;
}

async function row(sessions: number): Promise<Row> {
  const rounds: (readonly [composed: AtSpeed, byHand: AtSpeed])[] = [];
  for (let n = 0; n < ROUNDS; n++) rounds.push([await atSpeed(composed, sessions, SECONDS / ROUNDS), await atSpeed(byHand, sessions, SECONDS / ROUNDS)]);
  if (rounds.some(([one, other]) => one.spoken !== other.spoken || one.spoken === 0)) throw new Error('Both did not do the same work.');
  return {
    sessions,
    ...pairOf(rounds.map(([one, other]) => [one.cpu, other.cpu])),
    p99: { composed: median(rounds.map(([one]) => one.p99)), byHand: median(rounds.map(([, other]) => other.p99)) },
    speed: median(rounds.map(([one]) => one.speed)),
  };
}

// An hour of audio each, so that the compiler is done with both before anything is measured.
flatOut(composed, 3_600);
flatOut(byHand, 3_600);
const rows: Row[] = [];
for (const sessions of [1, 10, 100]) rows.push(await row(sessions));
const fast = byTurns(7, () => flatOut(composed, 1_800), () => flatOut(byHand, 1_800));
const [own, hand] = [memory(composed), memory(byHand)];
const [text, pace] = [sentencesAThousand(), pacedAStretch()];

const line = (label: string, digits: number, { composed: one, byHand: other, ratio }: Pair, rest = ''): string =>
  label.padEnd(44) + [one.main, other.main, ratio.main, one.all, other.all, ratio.all].map((figure, index) => figure.toFixed(index % 3 === 2 ? 2 : digits).padStart(9)).join('') + rest;

if (values.json) {
  console.log(JSON.stringify({ speed: SPEED, seconds: SECONDS, rows, flatOut: fast, memory: { composed: own, byHand: hand }, sentences: text, paced: pace }));
} else {
  console.log('CPU (µs): of the thread that runs the program, and of all threads, as V8 compiles and collects garbage on others');
  console.log('How late (ms): the 99th percentile of when a feeding was through\n');
  console.log(`${''.padEnd(44)}operators  by hand    ratio      all  by hand    ratio     late  by hand    speed`);
  for (const one of rows) {
    const rest = [one.p99.composed.toFixed(1), one.p99.byHand.toFixed(1), one.speed.toFixed(0)].map((figure) => figure.padStart(9)).join('');
    console.log(line(`a session-second, ${one.sessions} at ${SPEED} times real time`, 0, one, rest));
  }
  console.log(line('a session-second, 1 as fast as it goes', 0, fast));
  console.log(line('sentences, 1000 characters; one Segmenter', 0, text));
  console.log(line('paced, a stretch of audio, virtual time', 2, pace));
  console.log(`\nallocated for a frame: ${own.aFrame.toFixed(0)} bytes, by hand ${hand.aFrame.toFixed(0)}`);
  console.log(`heap after each 10 minutes of audio (MB): ${own.heap.map((bytes) => (bytes / 1e6).toFixed(2)).join('  ')}`);
}
