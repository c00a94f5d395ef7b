import type { Fault } from '../../child-side.js';

/** What the worker is started with. */
export interface WorkerSetup {
  /** File name → absolute path, of all that are needed. */
  readonly files: Readonly<Record<string, string>>;
  readonly speed: number;
  readonly threads: number;
}

export type ToWorker =
  | { readonly type: 'speak'; readonly id: number; readonly text: string }
  | { readonly type: 'cancel'; readonly id: number };

export type FromWorker =
  | { readonly type: 'ready' }
  /** It could not load; it ends. */
  | { readonly type: 'unloadable'; readonly fault: Fault }
  | { readonly type: 'audio'; readonly id: number; readonly audio: Int16Array }
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly fault: Fault };
