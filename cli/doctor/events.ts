import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { Observable } from 'rxjs';

/** An event of a server as its events port tells it. */
export interface Told { readonly type: string; readonly [field: string]: unknown }

/** Milliseconds in which an events port has said hello. */
const HELLO = 1_500;
/** Bytes after which it is let go: far more than a conversation of one question has to tell. */
const MOST = 4 << 20;

/**
 * What a server's events port tells, a line of JSON each, beginning with its `hello`. Completes at once where there is no such
 * port: nobody listens, or somebody who does not say hello. It never errors, as nothing depends on it.
 */
export function events(host: string, port: number): Observable<Told> {
  return new Observable<Told>((subscriber) => {
    const socket = connect({ host, port });
    const patience = setTimeout(() => subscriber.complete(), HELLO);
    let greeted = false;
    socket.on('error', () => subscriber.complete()).on('close', () => subscriber.complete());
    socket.on('data', () => {
      if (socket.bytesRead > MOST) subscriber.complete();
    });
    createInterface({ input: socket }).on('error', () => subscriber.complete()).on('line', (line) => {
      const event = parsed(line);
      if (!greeted && event?.type !== 'hello') {
        subscriber.complete();
        return;
      }
      greeted = true;
      clearTimeout(patience);
      if (event !== undefined) subscriber.next(event);
    });
    return () => {
      clearTimeout(patience);
      socket.destroy();
    };
  });
}

function parsed(line: string): Told | undefined {
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === 'object' && event !== null && 'type' in event && typeof event.type === 'string' ? event as Told : undefined;
  } catch {
    return undefined; // Somebody else's words.
  }
}
