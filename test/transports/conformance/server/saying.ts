import type { Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { Emulator } from '../../../fixtures/clients.js';
import { holds } from '../sentence.js';
import { manners, type ServerSubject, type Visit } from '../visit.js';

/** Bytes of a millisecond. */
export const MS = 32;

/**
 * Says the question and then silence, at the pace of the subject, until it is enough.
 *
 * @param enough Is told the bytes sent so far.
 * @param size Bytes of the n-th write.
 */
export async function speakUntil(subject: ServerSubject, { speak, mic }: Pick<Emulator, 'speak' | 'mic'>, enough: (sent: number) => boolean, size: (n: number) => number = () => 1_024): Promise<void> {
  const began = performance.now();
  const most = began + subject.patience;
  for (let at = 0, n = 0; !enough(at) && !mic.closed && performance.now() < most; n += 1) {
    const piece = new Uint8Array(size(n));
    piece.set(subject.voice.subarray(at, at + piece.length));
    await speak(piece);
    at += piece.length;
    const ahead = at / (MS * subject.speed) - (performance.now() - began);
    // Pieces that are written in one turn of the loop would come as one.
    await (ahead > 1 ? sleep(ahead) : turn());
  }
}

/** When how many bytes came. */
export type Arrivals = readonly { readonly at: number; readonly bytes: number }[];

export function arrivalsOf(socket: Socket): Arrivals {
  const arrivals: { at: number; bytes: number }[] = [];
  socket.on('data', (bytes: Buffer) => arrivals.push({ at: performance.now(), bytes: bytes.length }));
  return arrivals;
}

/** Whether it comes as slowly as it is heard. Less than half a second of it does not tell. */
export function looksPaced(arrivals: Arrivals): boolean {
  const total = arrivals.reduce((sum, { bytes }) => sum + bytes, 0) / MS;
  const took = (arrivals.at(-1)?.at ?? 0) - (arrivals[0]?.at ?? 0);
  const burst = Math.max(...arrivals.map(({ at }) => arrivals.filter((one) => one.at >= at && one.at < at + 100).reduce((sum, { bytes }) => sum + bytes, 0)));
  return total >= 500 && took > 0.7 * total && burst < 400 * MS;
}

/** The longest time (ms) in which nothing came, from the first arrival to the last. */
export function longestGap(arrivals: Arrivals): number {
  return Math.max(0, ...arrivals.slice(1).map(({ at }, n) => at - (arrivals[n]?.at ?? at)));
}

/** Asks three times; every answer is whole blocks of the desktop client. */
export async function wholeBlocks(visit: Visit): Promise<void> {
  manners(visit);
  const client = await visit.stock();
  for (let n = 1; n <= 3; n += 1) {
    const { length } = await client.ask();
    holds(length % 2_048 === 0, `answer ${n} has ${length} bytes, of which the desktop client keeps ${length % 2_048} back`);
  }
}
