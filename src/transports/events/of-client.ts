import { concatMap, defer, type OperatorFunction } from 'rxjs';
import type { ToldEvent } from '../../event-schema.js';

/**
 * Of all that a server tells, what concerns the session of one client: the one whose microphone the server knows by this
 * address. That is the client's own address where nothing between the two changes it.
 */
export function ofClient(address: string): OperatorFunction<ToldEvent, ToldEvent> {
  return (events) =>
    defer(() => {
      let own: number | undefined;
      return events.pipe(concatMap(function* (event): Generator<ToldEvent> {
        // What is refused was asked for by this client.
        if (event.type === 'error') yield event;
        for (const one of event.type === 'snapshot' ? event.events : [event]) {
          if (one.type === 'connected' && 'peer' in one && one.peer === address) own = one.session;
          if (own !== undefined && 'session' in one && one.session === own) yield one;
        }
      }));
    });
}
