import { SAMPLE_RATE } from '../../src/engines.js';

/** A piece of a reply; `at` is in ms of a clock that never goes back. */
export interface Arrival { readonly at: number; readonly bytes: number }

/** How a reply came. */
export interface Delivery {
  readonly bytes: number;
  /** Seconds of speech. */
  readonly seconds: number;
  readonly pieces: number;
  /** Milliseconds from the first piece to the last. */
  readonly took: number;
  /** Bytes a second; undefined where all came in one piece. */
  readonly throughput: number | undefined;
  /** The longest pause between two pieces, ms. */
  readonly longestGap: number;
  /** Milliseconds a player that began at the first byte would have had to wait for the rest, at worst: the jitter buffer it takes. */
  readonly late: number;
  /** Bytes that are left over when 2048 at a time are taken, as the reference's client does. */
  readonly leftOver: number;
}

/** Bytes a millisecond of speech. */
const RATE = (SAMPLE_RATE * 2) / 1000;

export function delivery(arrivals: readonly Arrival[]): Delivery {
  const bytes = arrivals.reduce((sum, arrival) => sum + arrival.bytes, 0);
  const first = arrivals[0]?.at ?? 0;
  const took = (arrivals.at(-1)?.at ?? 0) - first;
  let before = 0;
  let late = 0;
  let longestGap = 0;
  arrivals.forEach((arrival, index) => {
    longestGap = Math.max(longestGap, arrival.at - (arrivals[index - 1]?.at ?? arrival.at));
    late = Math.max(late, arrival.at - first - before / RATE);
    before += arrival.bytes;
  });
  return {
    bytes, seconds: bytes / (SAMPLE_RATE * 2), pieces: arrivals.length, took: Math.round(took),
    throughput: took > 0 ? Math.round((1000 * bytes) / took) : undefined,
    longestGap: Math.round(longestGap), late: Math.round(late), leftOver: bytes % 2048,
  };
}
