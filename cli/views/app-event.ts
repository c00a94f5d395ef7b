import type { ClientEvent } from '../../src/client.js';
import type { Stage } from '../../src/errors.js';
import type { ToldEvent } from '../../src/event-schema.js';
import type { SessionEvent } from '../../src/events.js';
import type { ServerEvent } from '../../src/server.js';

/** News of engines that are being loaded, and of whatever else keeps the user waiting. */
export type LoadingNews =
  | { readonly type: 'loading'; readonly stage: Stage; readonly engine: string }
  /** `ms` is how long it took. */
  | { readonly type: 'loaded'; readonly stage: Stage; readonly engine: string; readonly ms: number }
  | { readonly type: 'notice'; readonly message: string }
  /** How far something is that takes its time; it takes the place of the one before. */
  | { readonly type: 'progress'; readonly message: string };

/** How a recording is being shown again. Times are those of the recording, in ms. */
export interface ReplayNews {
  readonly type: 'replay';
  readonly name: string;
  readonly state: 'playing' | 'paused' | 'over';
  /** How many times faster than it happened. */
  readonly speed: number;
  readonly from: number;
  readonly until: number;
  /** Where it has been jumped to another time: all that had happened by then. */
  readonly past?: readonly ToldEvent[];
  readonly at: number;
}

/** Everything a screen can be told, from here or by a server elsewhere; `at` is clock time in ms. */
export type AppEvent = ServerEvent | SessionEvent | ClientEvent | (LoadingNews & { readonly at: number }) | ToldEvent | ReplayNews;
