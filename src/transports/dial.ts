import { connect, type Socket } from 'node:net';
import { Observable } from 'rxjs';
import { plainBytes } from '../audio/bytes.js';
import { SpeechError } from '../errors.js';

export interface DialOptions {
  readonly host: string;
  /** The server's microphone port. */
  readonly sendPort: number;
  /** The server's reply port. */
  readonly recvPort: number;
}

/** Both ports of a server, joined. */
export interface Link {
  /** Reply bytes as the network cut them; completes when the server closes. To be subscribed once. */
  readonly reply: Observable<Uint8Array>;
  /** Sends microphone bytes; false where they were dropped, since the server reads nothing or has closed that port. */
  readonly write: (bytes: Uint8Array) => boolean;
  /** Says that there will be no more (FIN); the reply goes on. */
  readonly endMic: () => void;
}

/** Milliseconds a server may take to accept. */
const CONNECT = 10_000;
const KEEP_ALIVE = 5_000;
/** Bytes of live audio that may wait: 2 s. Older than that it is worth nothing. */
const STALE = 65_536;
/** Milliseconds of a silent reply port after which a server that closed the microphone port is given up. */
const GRACE = 1_000;

/**
 * Connects to a server as the reference's client does: the microphone port, then the reply port. Emits the link, and
 * completes when the server ends the reply. Unsubscribing closes the reply port first. Errors with a SpeechError of kind
 * `net`: `server-unreachable`, `host-unknown`, `connection-lost`; all may pass by themselves.
 */
export function dial({ host, sendPort, recvPort }: DialOptions): Observable<Link> {
  return new Observable<Link>((subscriber) => {
    let reply: Socket | undefined;
    let linked = false;
    let said = false;
    let closed = false;
    let grace: NodeJS.Timeout | undefined;

    const open = (port: number, onOpen: () => void, onError: (error: Error) => void): Socket => {
      const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE });
      const opening = setTimeout(() => socket.destroy(new Error(`no answer within ${CONNECT / 1000} s`)), CONNECT);
      return socket
        .once('connect', () => {
          clearTimeout(opening);
          onOpen();
        })
        .once('close', () => clearTimeout(opening))
        .once('error', onError);
    };
    const unreachable = (port: number) => (error: Error): void => subscriber.error(explained(error, host, port));

    const link = (socket: Socket): void => {
      linked = true;
      subscriber.next({
        reply: new Observable<Uint8Array>((listener) => {
          socket.once('close', () => listener.complete());
          socket.on('data', (bytes: Buffer) => {
            grace?.refresh();
            listener.next(plainBytes(bytes));
          });
        }),
        write: (bytes) => {
          if (said || closed || mic.writableLength > STALE) return false;
          mic.write(bytes);
          return true;
        },
        endMic: () => {
          said = true;
          mic.end();
        },
      });
    };

    // A server that has answered closes both ports; the reply under way is still read to its end.
    const onMicClosed = (): void => {
      if (said || closed || reply === undefined) return;
      closed = true;
      grace = setTimeout(() => subscriber.error(lost('the server closed the microphone port')), GRACE);
    };

    const mic = open(sendPort, () => {
      const socket = open(recvPort, () => link(socket), (error) => {
        if (linked) subscriber.error(lost(`the reply connection broke (${codeOf(error)})`, error));
        else unreachable(recvPort)(error);
      });
      socket.once('end', () => subscriber.complete());
      reply = socket;
    }, (error) => {
      if (reply === undefined) unreachable(sendPort)(error);
      else onMicClosed();
    });
    mic.once('close', onMicClosed).resume();

    return () => {
      clearTimeout(grace);
      reply?.destroy();
      mic.destroy();
    };
  });
}

function explained(error: Error, host: string, port: number): SpeechError {
  const code = codeOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new SpeechError(`There is no host named ${host}.`, {
      kind: 'net', code: 'host-unknown', hint: 'Check the name after --host, and the network.', retryable: true, cause: error,
    });
  }
  return new SpeechError(`No server answers on ${host}:${port} (${code}).`, {
    kind: 'net', code: 'server-unreachable', hint: 'Start the server; it opens its ports when its models are loaded. Check --host, --send_port and --recv_port.',
    retryable: true, cause: error,
  });
}

function lost(reason: string, cause?: unknown): SpeechError {
  return new SpeechError(`The connection was lost: ${reason}.`, { kind: 'net', code: 'connection-lost', retryable: true, cause });
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
