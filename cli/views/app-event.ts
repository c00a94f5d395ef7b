import type { ErrorKind, Stage } from '../../src/errors.js';
import type { SessionEvent } from '../../src/events.js';
import type { ServerEvent } from '../../src/server.js';

/** News of engines that are being loaded, and of whatever else keeps the user waiting. */
export type LoadingNews =
  | { readonly type: 'loading'; readonly stage: Stage; readonly engine: string }
  /** `ms` is how long it took. */
  | { readonly type: 'loaded'; readonly stage: Stage; readonly engine: string; readonly ms: number }
  | { readonly type: 'notice'; readonly message: string };

/** News of the client. `retryIn` is in ms. */
export type ClientNews =
  | { readonly type: 'connecting'; readonly host: string }
  | { readonly type: 'connected'; readonly host?: string }
  | { readonly type: 'disconnected'; readonly reason: string; readonly retryIn?: number }
  | { readonly type: 'muted'; readonly by: string; readonly muted: boolean }
  | { readonly type: 'playing'; readonly playing: boolean }
  | { readonly type: 'mic.ended' }
  | { readonly type: 'levels' | 'traffic' }
  | { readonly type: 'failed'; readonly kind: ErrorKind; readonly code: string; readonly message: string; readonly hint?: string };

/** Everything a screen can be told; `at` is clock time in ms. */
export type AppEvent = ServerEvent | SessionEvent | ((LoadingNews | ClientNews) & { readonly at: number });
