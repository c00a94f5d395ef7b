import { map, timer } from 'rxjs';
import { int16ToBytes } from '../../../src/audio/pcm.js';
import type { Engines } from '../../../src/engines.js';
import type { ServerOptions } from '../../../src/server.js';
import type { TcpOptions } from '../../../src/transports/tcp.js';
import { fakeEngines, tone } from '../../fixtures/engines.js';
import { ourServer, type OurServer } from '../../fixtures/our-server.js';
import { Skipped } from './sentence.js';
import { newVisit, type ServerSubject, type Visit } from './visit.js';

/** Servers of ours with engines of a check's choice, and everything they tell. */
export interface ServerLab {
  readonly start: (engines?: Partial<Engines>, options?: Partial<ServerOptions>, tcp?: Partial<TcpOptions>) => Promise<OurServer & Visit>;
}

export interface OwnedLab extends ServerLab {
  /** Ends all servers and visits. */
  readonly end: () => Promise<void>;
}

/** Half a second of a tone, 20 frames, for the engines of {@link countingEngines}. */
export const VOICE = int16ToBytes(tone(640));

/** How a server of ours, which answers at once and is near, is treated. */
export const OURS = { voice: VOICE, speed: 10, patience: 8_000, quiet: 250, manners: { latency: 260, repeats: true } } as const satisfies Omit<ServerSubject, 'ports'>;

/** Engines that think for a moment, and whose answer is as long as what they heard. */
export function countingEngines(overrides: Partial<Engines> = {}): Engines {
  return fakeEngines({
    llm: (messages) => timer(THOUGHT).pipe(map(() => messages.at(-1)?.content ?? '')),
    tts: (text) => [tone(100 + 15 * Number(/\d+/.exec(text)?.[0] ?? 7))],
    ...overrides,
  });
}

/** Milliseconds. */
const THOUGHT = 150;

export function newLab(): OwnedLab {
  const ending: (() => Promise<void> | void)[] = [];
  return {
    start: async (engines = {}, options = {}, tcp = {}) => {
      const server = await ourServer(countingEngines(engines), options, tcp);
      const visit = newVisit({ ...OURS, ports: server.ports });
      ending.push(server.stop, visit.end);
      return { ...visit, ...server };
    },
    end: async () => {
      for (const end of ending.splice(0).reverse()) await end();
    },
  };
}

/** A function whose first call does one thing, and every later one another. */
export function firstly<A extends unknown[], R>(first: (...args: A) => R, later: (...args: A) => R): (...args: A) => R {
  let calls = 0;
  return (...args) => (++calls === 1 ? first(...args) : later(...args));
}

/** A check that needs to see inside, or engines of its choice; `needs` says which, for a program that is not ours. */
export function inside(needs: string, check: (lab: ServerLab) => Promise<void>): (visit: Visit) => Promise<void> {
  return async ({ lab }) => {
    if (lab === undefined) throw new Skipped(`needs ${needs}`);
    await check(lab);
  };
}

/** A check that starts the server itself. */
export function started(check: (start: NonNullable<Visit['start']>, visit: Visit) => Promise<void>): (visit: Visit) => Promise<void> {
  return async (visit) => {
    if (visit.start === undefined) throw new Skipped('needs to start the server itself: give its command after --');
    await check(visit.start, visit);
  };
}
