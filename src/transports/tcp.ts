import type { Socket } from 'node:net';
import { Observable } from 'rxjs';
import { asSpeechError, SpeechError } from '../errors.js';
import type { DoorNews } from './connection.js';
import { openDoor, type Door, type DoorOptions } from './door.js';
import { createSniffer } from './foreign.js';
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

/** Milliseconds within which a client opens both its ports. A reply port that is older than that may have been left behind. */
const TOGETHER = 1_000;

/** A reply socket whose client has not brought its microphone yet. */
interface Lone {
  readonly socket: Socket;
  /** Clock time of its coming. */
  readonly since: number;
  readonly timer: NodeJS.Timeout | undefined;
}

function isFresh({ since }: Lone): boolean {
  return Date.now() - since <= TOGETHER;
}

/**
 * The socket mode's two ports: microphone PCM comes in on one, reply PCM goes out on the other, and one client is served at
 * a time. Subscribing binds both, unsubscribing closes everything and frees them.
 *
 * A client is `connected` when its microphone socket is accepted; its reply socket joins before or after. The news of
 * somebody turned away carry one of these codes: `busy` (another client is being served), `stranger` (the reply socket
 * comes from another machine than the microphone), `pair-timeout`, `wrong-protocol` (HTTP, TLS or SSH), `crossed-ports`,
 * `left-behind` (a reply socket that had waited alone, when another came that is more likely the microphone's).
 *
 * Errors with a SpeechError of kind `net` where a port cannot be bound (see `openDoor`), and never for a client's sake.
 */
export function listenTcp(options: TcpOptions): Observable<DoorNews> {
  const { recvHost, recvPort, sendHost, sendPort } = options;
  const { pairTimeout = 30_000, stallTimeout = 10_000, keepAlive = 5_000, maxQueue = 524_288 } = options;
  for (const [name, value] of Object.entries({ recvPort, sendPort, pairTimeout, stallTimeout, keepAlive, maxQueue })) {
    const port = name.endsWith('Port');
    const most = port ? 65_535 : 2 ** 31 - 1;
    if (!(value >= 0 && value <= most) || (port && !Number.isInteger(value))) throw new RangeError(`${name} must be a ${port ? 'whole ' : ''}number from 0 to ${most}: ${value}.`);
  }
  const recv: DoorOptions = { host: recvHost, port: recvPort, use: 'microphone', hostFlag: '--recv_host', portFlag: '--recv_port' };
  const send: DoorOptions = { host: sendHost, port: sendPort, use: 'reply', hostFlag: '--send_host', portFlag: '--send_port' };

  return new Observable<DoorNews>((subscriber) => {
    const doors: Door[] = [];
    const sockets = new Set<Socket>();
    let early: (() => void)[] | undefined = [];
    let lone: Lone | undefined;
    let session: TcpConnection | undefined;

    const refuse = (socket: Socket, code: string, reason: string): void => {
      const peer = peerOf(socket);
      socket.destroy();
      subscriber.next({ type: 'refused', peer, code, reason });
    };

    const takeLone = (): Socket | undefined => {
      clearTimeout(lone?.timer);
      const socket = lone?.socket;
      lone = undefined;
      return socket;
    };

    const onMic = (mic: Socket): void => {
      if (session !== undefined) {
        refuse(mic, 'busy', `another client is being served (${session.peer})`);
        return;
      }
      // One that has waited for long is kept a little longer: the client may be about to open its own.
      const fresh = lone !== undefined && isFresh(lone);
      const reply = fresh ? takeLone() : undefined;
      const claim = fresh || lone === undefined ? undefined : setTimeout(() => {
        if (lone !== undefined) pair(connection, takeLone());
      }, TOGETHER);
      let timer: NodeJS.Timeout | undefined;
      const connection = tcpConnection(mic, {
        stallTimeout,
        maxQueue,
        onEnd: (reason, failure) => {
          clearTimeout(timer);
          clearTimeout(claim);
          session = undefined;
          if (failure?.code === 'wrong-protocol') subscriber.next({ type: 'refused', peer: connection.peer, code: failure.code, reason });
          subscriber.next({ type: 'disconnected', connection, reason });
        },
      });
      session = connection;
      pair(connection, reply);
      if (connection.reply === undefined && pairTimeout > 0) {
        timer = setTimeout(() => {
          if (connection.reply === undefined) connection.end(`no reply port was opened within ${pairTimeout / 1000} s`);
        }, pairTimeout);
      }
      subscriber.next({ type: 'connected', connection });
    };

    const pair = (connection: TcpConnection, reply: Socket | undefined): void => {
      if (reply === undefined) return;
      if (sameMachine(connection.mic, reply)) connection.join(reply);
      else refuse(reply, 'stranger', `the microphone comes from ${connection.peer}`);
    };

    const onReply = (reply: Socket): void => {
      if (session !== undefined && !sameMachine(session.mic, reply)) {
        refuse(reply, 'stranger', `the microphone comes from ${session.peer}`);
      } else if (session?.reply !== undefined || (session === undefined && lone !== undefined && isFresh(lone))) {
        refuse(reply, 'busy', 'another client has this port');
      } else {
        const older = takeLone();
        if (older !== undefined) refuse(older, 'left-behind', 'it had waited alone, and another reply port was opened');
        if (session === undefined) wait(reply);
        else session.join(reply);
        watch(reply);
      }
    };

    const wait = (reply: Socket): void => {
      const leave = (): void => {
        if (lone?.socket === reply) takeLone()?.destroy();
      };
      reply.on('end', leave).on('close', leave);
      const timer = pairTimeout === 0 ? undefined : setTimeout(() => {
        takeLone();
        refuse(reply, 'pair-timeout', `no microphone port was opened within ${pairTimeout / 1000} s`);
      }, pairTimeout);
      lone = { socket: reply, since: Date.now(), timer };
      subscriber.next({ type: 'waiting', peer: peerOf(reply) });
    };

    // A client writes nothing on the reply port. What somebody writes is read all the same, or his leaving would go unseen.
    const watch = (reply: Socket): void => {
      let received = 0;
      const stop = (code: string, reason: string): void => {
        if (session?.reply === reply) session.end(reason, new SpeechError(`${session.peer}: ${reason}.`, { kind: 'net', code }));
        else if (lone?.socket === reply) takeLone();
        else return;
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
      takeLone();
      session?.end('the server closed its doors');
      for (const socket of sockets) socket.destroy();
    };
  });
}
