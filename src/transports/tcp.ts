import type { Socket } from 'node:net';
import { Observable } from 'rxjs';
import { asSpeechError, SpeechError } from '../errors.js';
import { allowList } from './allow-list.js';
import type { DoorNews } from './connection.js';
import { openDoor, type Door, type DoorOptions } from './door.js';
import { createSniffer } from './foreign.js';
import { createPairing } from './pairing.js';
import { peerOf, sameMachine } from './peer.js';
import { tcpConnection, type TcpConnection } from './tcp-connection.js';

export interface TcpOptions {
  /** Where the microphone port is bound. */
  readonly recvHost: string;
  /** The microphone port; 0 is any free one, named in `bound`. */
  readonly recvPort: number;
  /** Where the reply port is bound. */
  readonly sendHost: string;
  /** The reply port; 0 is any free one, named in `bound`. */
  readonly sendPort: number;
  /** Clients at a time, told apart by their address and by when they come. @default 1 */
  readonly maxSessions?: number;
  /** Addresses and networks that may connect, beside loopback; see `allowList`. @default everybody */
  readonly allow?: readonly string[];
  /** Milliseconds one port of a client waits for its other; 0 is for ever. @default 30_000 */
  readonly pairTimeout?: number;
  /** Milliseconds a client may leave its reply untouched while bytes wait; 0 is for ever. @default 10_000 */
  readonly stallTimeout?: number;
  /** Milliseconds of idleness before the first keep-alive probe. @default 5_000 */
  readonly keepAlive?: number;
  /** Reply bytes that may wait for the client, beside those the kernel holds. @default 524_288 */
  readonly maxQueue?: number;
}

/** Bytes of PCM on the reply port after which the client is told that its ports are crossed: 64 ms. */
const CROSSED = 2048;

/**
 * The socket mode's two ports: microphone PCM comes in on one, reply PCM goes out on the other. Subscribing binds both,
 * unsubscribing closes everything and frees them.
 *
 * A client is `connected` when its microphone socket is accepted; its reply socket joins before or after (see pairing.ts). The
 * news of somebody turned away carry a code: one of `RefusalCode`, `wrong-protocol` (HTTP, TLS or SSH), `crossed-ports` or
 * `not-allowed`.
 *
 * Errors with a SpeechError of kind `net` where a port cannot be bound (see `openDoor`), and never for a client's sake.
 */
export function listenTcp(options: TcpOptions): Observable<DoorNews> {
  const { recvHost, recvPort, sendHost, sendPort } = options;
  const { maxSessions = 1, pairTimeout = 30_000, stallTimeout = 10_000, keepAlive = 5_000, maxQueue = 524_288 } = options;
  for (const [name, value] of Object.entries({ recvPort, sendPort, pairTimeout, stallTimeout, keepAlive, maxQueue })) {
    const port = name.endsWith('Port');
    const most = port ? 65_535 : 2 ** 31 - 1;
    if (!(value >= 0 && value <= most) || (port && !Number.isInteger(value))) throw new RangeError(`${name} must be a ${port ? 'whole ' : ''}number from 0 to ${most}: ${value}.`);
  }
  if (!(Number.isInteger(maxSessions) && maxSessions >= 1)) throw new RangeError(`maxSessions must be a whole number from 1: ${maxSessions}.`);
  const allowed = options.allow === undefined ? undefined : allowList(options.allow);
  const recv: DoorOptions = { host: recvHost, port: recvPort, use: 'microphone', hostFlag: '--recv_host', portFlag: '--recv_port' };
  const send: DoorOptions = { host: sendHost, port: sendPort, use: 'reply', hostFlag: '--send_host', portFlag: '--send_port' };

  return new Observable<DoorNews>((subscriber) => {
    const doors: Door[] = [];
    const sockets = new Set<Socket>();
    let early: (() => void)[] | undefined = [];
    const sessions = new Set<TcpConnection>();

    const refuse = (socket: Socket, code: string, reason: string): void => {
      const peer = peerOf(socket);
      socket.destroy();
      subscriber.next({ type: 'refused', peer, code, reason });
    };

    const { mic: onMic, ...pairing } = createPairing<Socket, TcpConnection>({
      maxSessions,
      pairTimeout,
      sameMachine,
      nameOf: peerOf,
      refuse,
      waiting: (socket, lacks) => subscriber.next({ type: 'waiting', peer: peerOf(socket), lacks }),
      abandon: (session, reason) => session.end(reason),
      join: (session, reply) => {
        session.join(reply);
        subscriber.next({ type: 'paired', connection: session });
      },
      begin: (mic, reply) => {
        const connection = tcpConnection(mic, {
          stallTimeout,
          maxQueue,
          onEnd: (reason, failure) => {
            sessions.delete(connection);
            pairing.ended(connection);
            if (failure?.code === 'wrong-protocol') subscriber.next({ type: 'refused', peer: connection.peer, code: failure.code, reason });
            subscriber.next({ type: 'disconnected', connection, reason });
          },
        });
        sessions.add(connection);
        if (reply !== undefined) connection.join(reply);
        return connection;
      },
      begun: (connection) => subscriber.next({ type: 'connected', connection, paired: connection.reply !== undefined }),
    });

    const onReply = (reply: Socket): void => {
      const leave = (): void => {
        if (pairing.gone(reply)) reply.destroy();
      };
      reply.on('end', leave).on('close', leave);
      pairing.reply(reply);
      if (!reply.destroyed) watch(reply);
    };

    // A client writes nothing on the reply port. What somebody writes is read all the same, or his leaving would go unseen.
    const watch = (reply: Socket): void => {
      let received = 0;
      const stop = (code: string, reason: string): void => {
        const session = [...sessions].find((each) => each.reply === reply);
        if (session !== undefined) session.end(reason, new SpeechError(`${session.peer}: ${reason}.`, { kind: 'net', code }));
        else if (!pairing.gone(reply)) return;
        refuse(reply, code, reason);
      };
      const sniffer = createSniffer(
        (bytes) => {
          received += bytes.length;
          if (received >= CROSSED) stop('crossed-ports', 'audio arrives on the reply port: the ports of the client are crossed');
        },
        (name) => stop('wrong-protocol', `${name} was spoken on the reply port`),
      );
      reply.on('data', sniffer.push).resume();
    };

    // Judged when the events of this turn of the loop are through: a client that leaves and comes back at once has its old
    // connection ended first, whatever order the system reports the two in.
    const admit = (judge: (socket: Socket) => void) => (socket: Socket): void => {
      sockets.add(socket.on('close', () => sockets.delete(socket)));
      socket.setKeepAlive(keepAlive > 0, keepAlive);
      setImmediate(() => {
        if (early === undefined) judgeNow(judge, socket);
        else early.push(() => judgeNow(judge, socket));
      });
    };

    const judgeNow = (judge: (socket: Socket) => void, socket: Socket): void => {
      if (subscriber.closed || socket.remoteAddress === undefined) socket.destroy();
      else if (allowed?.(socket.remoteAddress) === false) refuse(socket, 'not-allowed', 'its address is not among those of --allow');
      else judge(socket);
    };

    const open = async (door: DoorOptions, judge: (socket: Socket) => void): Promise<Door> => {
      const opened = await openDoor(door, admit(judge));
      doors.push(opened);
      if (subscriber.closed) opened.close();
      return opened;
    };

    const openBoth = async (): Promise<void> => {
      const [mic, reply] = [await open(recv, onMic), await open(send, onReply)];
      if (subscriber.closed) return;
      subscriber.next({ type: 'bound', recv: mic.address, send: reply.address });
      const waiting = early ?? [];
      early = undefined;
      for (const judge of waiting) judge();
    };
    openBoth().catch((error: unknown) => subscriber.error(asSpeechError(error, { kind: 'internal', code: 'doors-failed' })));

    return () => {
      for (const door of doors) door.close();
      pairing.close();
      for (const session of sessions) session.end('the server closed its doors');
      for (const socket of sockets) socket.destroy();
    };
  });
}
