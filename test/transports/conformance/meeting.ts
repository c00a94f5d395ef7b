import type { Doors, Pair } from '../../fixtures/doors.js';
import { Skipped } from './sentence.js';

/** A client that is judged, and the ports it comes to. */
export interface Meeting {
  /** Which of the stock clients it is like: half duplex by silence in blocks of 2048 bytes, or never silent. */
  readonly style: Style;
  /** The longest wait (ms) for something that has to come. */
  readonly patience: number;
  /** How long (ms) nothing must come before nothing counts as all. */
  readonly quiet: number;
  readonly doors: Doors;
  /** The sockets of the client as they are now; waits for it to connect. */
  readonly meet: () => Promise<Pair>;
  /** The sockets with which it comes back after those it had were cut. */
  readonly again: () => Promise<Pair>;
  /** Makes the client leave, as its user would. */
  readonly dismiss: () => Promise<void>;
  /** Clients with a microphone and a speaker of our choice, where the client is ours. */
  readonly lab?: ClientLab;
}

export type Style = 'desktop' | 'android';

export interface ClientLab {
  /** A client that says this, and then silence; and a server for it. */
  readonly start: (says: Int16Array) => Promise<{ readonly pair: () => Promise<Pair>; readonly played: () => Int16Array; readonly written: () => Int16Array }>;
}

/** Gives a client its server, for as long as it is judged. */
export interface OwnedMeeting extends Meeting {
  readonly end: () => Promise<void>;
}

/** What the sentence about one of the stock clients asks of that one only. */
export function like(style: Style, check: (meeting: Meeting) => Promise<void>): (meeting: Meeting) => Promise<void> {
  return async (meeting) => {
    if (meeting.style !== style) throw new Skipped(`is said of the ${style} client`);
    await check(meeting);
  };
}

/** A check that needs to hear what the client plays, and to say something into it. */
export function heard(check: (lab: ClientLab) => Promise<void>): (meeting: Meeting) => Promise<void> {
  return async ({ lab }) => {
    if (lab === undefined) throw new Skipped('needs to hear what the client plays');
    await check(lab);
  };
}
