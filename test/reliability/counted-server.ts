import { firstValueFrom, ReplaySubject } from 'rxjs';
import type { Engines } from '../../src/engines.js';
import { ends } from '../../src/metrics.js';
import { serve, type ServerEvent } from '../../src/server.js';
import { listenTcp, type TcpOptions } from '../../src/transports/tcp.js';
import type { Ports } from '../fixtures/clients.js';

/** A server that counts what happens and keeps nothing else of it, so that it can run for hours. */
export interface CountedServer {
  readonly ports: Ports;
  /** Events so far. */
  readonly count: (type: ServerEvent['type']) => number;
  /** Turns that have ended, however they did. */
  readonly ended: () => number;
  /** Turns that began and have not ended. */
  readonly open: () => number;
  /** Whether every session that is there listens. */
  readonly listening: () => boolean;
  readonly stop: () => void;
}

export async function countedServer(engines: Engines, tcp: Partial<TcpOptions> = {}): Promise<CountedServer> {
  const counts = new Map<ServerEvent['type'], number>();
  const turns = new Set<string>();
  const deaf = new Set<number>();
  const ports = new ReplaySubject<Ports>(1);
  let ended = 0;
  const note = (event: ServerEvent): void => {
    counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
    if (event.type === 'serving') ports.next({ host: '127.0.0.1', micPort: event.recv.port, replyPort: event.send.port });
    else if (event.type === 'gate') deaf[event.open ? 'delete' : 'add'](event.session);
    else if (event.type === 'disconnected') deaf.delete(event.session);
    if (event.type === 'speech.started') turns.add(`${event.session} ${event.turn}`);
    if ('turn' in event && ends(event)) {
      turns.delete(`${event.session} ${event.turn}`);
      if (event.type !== 'speech.stopped') ended += 1;
    }
  };
  const running = serve({ doors: listenTcp({ recvHost: '127.0.0.1', recvPort: 0, sendHost: '127.0.0.1', sendPort: 0, ...tcp }), engines })
    .subscribe({ next: note, error: (error: unknown) => ports.error(error) });
  return {
    ports: await firstValueFrom(ports),
    count: (type) => counts.get(type) ?? 0,
    ended: () => ended,
    open: () => turns.size,
    listening: () => deaf.size === 0,
    stop: () => running.unsubscribe(),
  };
}
