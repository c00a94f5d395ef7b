export interface Progress {
  readonly type: 'progress';
  /** What is on its way at this moment. */
  readonly file: string;
  /** Bytes of everything this source has to deliver, not of the one file. */
  readonly received: number;
  readonly total: number;
  /** Over the last few seconds; what was there before this attempt does not count. */
  readonly bytesPerSecond: number;
  /** Undefined while nothing moves. */
  readonly secondsLeft: number | undefined;
}

/** Counts bytes and says how it goes, at most five times a second and always at the end. */
export interface Meter {
  /** So many more bytes have arrived. */
  add(file: string, count: number): void;
  /** So many bytes are there in all; `jump` where they did not arrive just now. */
  set(file: string, received: number, jump?: boolean): void;
}

const INTERVAL = 200;
const WINDOW = 5_000;

export function meter(total: number, say: (news: Progress) => void, now: () => number = () => performance.now()): Meter {
  let received = 0;
  let saidAt = -Infinity;
  let marks = [{ at: now(), received: 0 }]; // what the speed is taken from, oldest first
  const set = (file: string, bytes: number, jump = false): void => {
    const at = now();
    received = bytes;
    if (jump) marks = [{ at, received }];
    if (received === 0) return;
    if (at - saidAt < INTERVAL && received < total) return;
    saidAt = at;
    marks.push({ at, received });
    while (marks.length > 2 && at - (marks[0]?.at ?? at) > WINDOW) marks.shift();
    const [first = { at, received }] = marks;
    const seconds = (at - first.at) / 1000;
    const bytesPerSecond = seconds > 0 ? Math.max(0, (received - first.received) / seconds) : 0;
    const secondsLeft = received >= total ? 0 : bytesPerSecond > 0 ? (total - received) / bytesPerSecond : undefined;
    say({ type: 'progress', file, received, total, bytesPerSecond, secondsLeft });
  };
  return { set, add: (file, count) => set(file, received + count) };
}
