import type { SpeechError, Stage } from '../errors.js';

/** What happens to the processes that an engine lives in. They belong to no conversation and to no call. */
export type ChildNews = { readonly stage: Stage; /** What messages to the user call it. */ readonly name: string; readonly pid: number } & (
  /** Loaded, `ms` after it was started, and takes `memory` bytes; `again`: in place of another. */
  | { readonly type: 'ready'; readonly memory: number; readonly ms: number; readonly again: boolean }
  /** It ended, and a new one is started after `pause` ms. */
  | { readonly type: 'crashed'; readonly error: SpeechError; readonly pause: number }
  /** It ended, and has done so too often: calls are refused for `rest` ms. */
  | { readonly type: 'unavailable'; readonly rest: number }
);

/** Of an engine that lives in processes of its own. */
export interface Supervised {
  readonly onNews?: ((news: ChildNews) => void) | undefined;
}
