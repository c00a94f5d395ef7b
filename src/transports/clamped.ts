import type { Socket } from 'node:net';
import type { SchedulerLike, Subscription } from 'rxjs';

/** Told how many bytes have come, pauses a socket that has brought as many as may be read in a second. `after` is how it waits. */
export function clamped(socket: Socket, most: number, after: (ms: number, act: () => void) => Subscription, scheduler: SchedulerLike): (count: number) => void {
  let since = scheduler.now();
  let read = 0;
  return (count) => {
    const age = scheduler.now() - since;
    if (age >= 1000) {
      since += age;
      read = 0;
    }
    read += count;
    if (read < most) return;
    socket.pause();
    after(Math.max(0, since + 1000 - scheduler.now()), () => socket.resume());
  };
}
