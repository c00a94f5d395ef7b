import type { Stage } from '../errors.js';
import type { Supervised } from './child-news.js';
import type { Notice } from './child-side.js';

export interface SuperviseOptions extends Supervised {
  /** What messages to the user call it: "Whisper". */
  readonly name: string;
  readonly stage: Stage;
  /** The compiled entry file, which calls `serveCalls`. */
  readonly file: URL;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Warm processes kept beside the working one, to take over when that is killed. @default 0 */
  readonly spare?: 0 | 1;
  /** Milliseconds a process may take to get ready. @default 60000 */
  readonly readyTimeout?: number;
  /**
   * How a call is cancelled. `kill`: the process is killed at once and replaced, for work that cannot be interrupted.
   * `message`: the process is asked to stop, and killed if it does not confirm in time.
   */
  readonly cancel: 'kill' | 'message';
  readonly onNotice?: Notice;
  readonly timing?: Partial<Timing>;
}

/** All in milliseconds. */
export interface Timing {
  /** Wait before the first restart after a crash; it doubles with each further one. @default 250 */
  readonly backoff: number;
  /** The longest such wait. @default 8000 */
  readonly backoffCap: number;
  /** More than five crashes in this time are too many; a process this old is healthy. @default 60000 */
  readonly window: number;
  /** How long calls are refused then, before one new attempt. @default 60000 */
  readonly rest: number;
  /** How long a cancelled call may take to confirm. @default 2000 */
  readonly confirm: number;
  /** Between two questions whether a process that should listen is alive: five without an answer, and it is killed. @default 2000 */
  readonly beat: number;
}
