import type { Socket } from 'node:net';
import { Observable, type OperatorFunction } from 'rxjs';
import { asSpeechError } from '../../errors.js';
import { EVENTS_VERSION, type NewsEvent, type ToldEvent } from '../../event-schema.js';
import { jsonLine } from '../../json-line.js';
import { allowList } from '../allow-list.js';
import { openDoor, type Door } from '../door.js';
import { peerOf } from '../peer.js';
import type { Command } from './commands.js';
import { newSnapshot } from './snapshot.js';
import { createViewer, lineOf, type Viewer } from './viewer.js';

export interface TellViewersOptions {
  readonly host: string;
  /** 0 is any free one, named in `telling`. */
  readonly port: number;
  /** Who tells, for `hello`. */
  readonly program: { readonly name: string; readonly version: string };
  /** Shown by those who may give commands; without one nobody may. */
  readonly token?: string;
  readonly onCommand?: (command: Command) => void;
  /** Addresses and networks that may connect, beside loopback; see `allowList`. @default everybody */
  readonly allow?: readonly string[];
  /** Takes secrets out of a line. @default nothing is taken out */
  readonly redact?: (line: string) => string;
  /** How many may watch at a time. @default 8 */
  readonly maxViewers?: number;
}

/** News of the events port itself; `refused` is somebody who was turned away. */
export type ViewerNews = Extract<ToldEvent, { type: 'telling' | 'viewer.joined' | 'viewer.left' | 'refused' }>;

const KEEP_ALIVE = 5_000;
/** Characters that a token has at least. */
export const SHORTEST_TOKEN = 16;

/**
 * Tells events to whoever connects to a TCP port, one JSON object a line: `hello`, then a `snapshot` of what is the case,
 * then everything as it happens. The events themselves pass unchanged, with the news of the port between them.
 *
 * A viewer never holds anything up: levels that one is too slow for are left out and counted, and one for whom too many
 * words wait is let go. What viewers say is judged as `createJudge` does. Errors with a SpeechError of kind `net` where the
 * port cannot be bound (see `openDoor`), and never for a viewer's sake.
 */
export function tellViewers<E extends NewsEvent>(options: TellViewersOptions): OperatorFunction<E, E | ViewerNews> {
  const { host, port, program, token, onCommand, redact = (line: string) => line, maxViewers = 8 } = options;
  if (token !== undefined && token.length < SHORTEST_TOKEN) throw new RangeError(`The token must have at least ${SHORTEST_TOKEN} characters.`);
  const allowed = options.allow === undefined ? undefined : allowList(options.allow);

  return (events) => new Observable<E | ViewerNews>((subscriber) => {
    const viewers = new Set<Viewer>();
    const snapshot = newSnapshot();
    let ports: { recv: number; send: number } | undefined;
    let door: Door | undefined;

    const encode = (event: NewsEvent): Buffer => Buffer.from(`${redact(jsonLine(event))}\n`);
    const broadcast = (event: NewsEvent): void => {
      snapshot.note(event);
      if (event.type === 'serving') ports = { recv: event.recv.port, send: event.send.port };
      if (viewers.size === 0) return;
      const line = encode(event);
      for (const viewer of viewers) {
        const session = 'session' in event ? event.session : undefined;
        if (event.type === 'levels') viewer.tellLevels(session, line);
        else viewer.tell(line);
        if (event.type === 'disconnected') viewer.forget(session);
      }
    };
    const tell = (news: ViewerNews): void => {
      if (subscriber.closed) return;
      broadcast(news);
      subscriber.next(news);
    };
    const refused = (peer: string, code: string, reason: string): void => tell({ type: 'refused', peer, code, reason, at: Date.now() });

    const accept = (socket: Socket): void => {
      const peer = peerOf(socket);
      if (allowed?.(socket.remoteAddress ?? '') === false) {
        socket.destroy();
        refused(peer, 'not-allowed', 'its address is not among those of --allow');
        return;
      }
      socket.setKeepAlive(true, KEEP_ALIVE);
      if (viewers.size >= maxViewers) {
        const reason = `${maxViewers} others are watching already`;
        socket.resume().end(lineOf({ type: 'error', code: 'too-many-viewers', message: `Nobody more may watch: ${reason}.`, at: Date.now() }), () => socket.destroy());
        refused(peer, 'too-many-viewers', reason);
        return;
      }
      const viewer = createViewer(socket, {
        token,
        onCommand: (command) => onCommand?.(command),
        onForeign: (reason) => refused(peer, 'wrong-protocol', reason),
        onLeft: (reason) => {
          viewers.delete(viewer);
          tell({ type: 'viewer.left', peer, reason, at: Date.now() });
        },
      });
      viewers.add(viewer);
      viewer.tell(lineOf({ type: 'hello', version: EVENTS_VERSION, program, ...(ports && { ports }), at: Date.now() }));
      viewer.tell(encode({ type: 'snapshot', events: snapshot.events(), at: Date.now() }));
      tell({ type: 'viewer.joined', peer, at: Date.now() });
    };

    openDoor({ host, port, use: 'events', hostFlag: '--events_host', portFlag: '--events_port' }, accept).then(
      (opened) => {
        door = opened;
        if (subscriber.closed) door.close();
        else tell({ type: 'telling', events: door.address, at: Date.now() });
      },
      (error: unknown) => subscriber.error(asSpeechError(error, { kind: 'internal', code: 'events-failed' })),
    );
    const close = (): void => {
      door?.close();
      for (const viewer of [...viewers]) viewer.leave('the server closed its doors');
    };
    subscriber.add(close);
    subscriber.add(events.subscribe({
      next: (event) => {
        broadcast(event);
        subscriber.next(event);
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    }));
  });
}
