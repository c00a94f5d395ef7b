import { asyncScheduler, defer, retry, tap, throwError, timer, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import { SpeechError } from '../errors.js';
import type { ClientNews } from './news.js';

type DeviceNews = Extract<ClientNews, { type: 'device' }>;

export interface ReopenedOptions {
  readonly device: DeviceNews['device'];
  readonly tell: (news: DeviceNews) => void;
  /** The first wait, ms; it doubles with each further one. @default 250 */
  readonly first?: number;
  /** What it doubles up to, ms. @default 8_000 */
  readonly most?: number;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike;
}

/** ms for which a device has to work before its next loss counts as a first one. */
const SETTLED = 2_000;

/**
 * Opens a device again that was lost: a sound server restarts, a headset is plugged in again. One that never worked, and what
 * is wrong with no device, passes as the error that it is.
 */
export function reopened<T>({ device, tell, first = 250, most = 8_000, scheduler = asyncScheduler }: ReopenedOptions): MonoTypeOperatorFunction<T> {
  return (opened) => defer(() => {
    let worked = false;
    let lost = false;
    let losses = 0;
    let since = 0;
    return opened.pipe(
      tap(() => {
        if (worked && !lost) return;
        worked = true;
        if (lost) tell({ type: 'device', device, lost: false });
        lost = false;
        since = scheduler.now();
      }),
      retry({
        delay: (error: unknown) => {
          if (!worked || !(error instanceof SpeechError) || error.kind !== 'device') return throwError(() => error);
          if (!lost && scheduler.now() - since > SETTLED) losses = 0;
          lost = true;
          const retryIn = Math.min(most, first * 2 ** losses);
          losses += 1;
          tell({ type: 'device', device, lost: true, reason: error.message, retryIn });
          return timer(retryIn, scheduler);
        },
      }),
    );
  });
}
