import { connect, type Socket } from 'node:net';
import { asyncScheduler, Observable, type SchedulerLike, type Subscription } from 'rxjs';
import { plainBytes } from '../audio/bytes.js';
import { SpeechError } from '../errors.js';
import { clamped } from './clamped.js';
import { localOf } from './peer.js';

export interface DialOptions {
  readonly host: string;
  /** The server's microphone port. */
  readonly sendPort: number;
  /** The server's reply port. */
  readonly recvPort: number;
  /** Told what arrives on the microphone port, where a speech-to-speech server never says anything. */
  readonly onStray?: (bytes: Uint8Array) => void;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike;
}

/** Both ports of a server, joined. */
export interface Link {
  /** Address and port of the microphone socket on this side. */
  readonly local: string;
  /**
   * Reply bytes as the network cut them, at most 4 MiB of them a second: what is beyond waits at the server. Completes when
   * that closes. To be subscribed once.
   */
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
/** Milliseconds in which nothing of it is taken, after which a link is dead: keep-alive does not run while bytes wait. */
const STALL = 10_000;
/** Milliseconds of a silent reply port after which a server that closed the microphone port is given up. */
const GRACE = 1_000;
/** Milliseconds after which it is given up although it still replies: it hears nobody. */
const LAST_WORDS = 60_000;
/** Reply bytes read in a second: more than two minutes of audio, so that no honest server notices. */
const MOST_READ = 4_194_304;

/**
 * Connects to a server as the reference's client does: the microphone port, then the reply port. Emits the link, and
 * completes when the server ends the reply. Unsubscribing closes the reply port first. Errors with a SpeechError of kind
 * `net`: `server-unreachable`, `host-unknown`, `connection-lost`; all may pass by themselves.
 */
export function dial({ host, sendPort, recvPort, onStray, scheduler = asyncScheduler }: DialOptions): Observable<Link> {
  return new Observable<Link>((subscriber) => {
    let reply: Socket | undefined;
    let linked = false;
    let said = false;
    let closed = false;
    let grace: Subscription | undefined;
    let stall: Subscription | undefined;

    const after = (ms: number, act: () => void): Subscription => {
      const timing = scheduler.schedule(act, ms);
      subscriber.add(timing);
      return timing;
    };
    const giveUp = (reason: string) => (): void => subscriber.error(lost(reason));

    const open = (port: number, onOpen: () => void, onError: (error: Error) => void): Socket => {
      const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE });
      const opening = after(CONNECT, () => socket.destroy(new Error(`no answer within ${CONNECT / 1000} s`)));
      return socket
        .once('connect', () => {
          opening.unsubscribe();
          onOpen();
        })
        .once('close', () => opening.unsubscribe())
        .on('error', onError);
    };

    const taken = (): void => {
      stall?.unsubscribe();
      stall = mic.writableLength > 0 ? after(STALL, giveUp(`the server has read nothing for ${STALL / 1000} s`)) : undefined;
    };

    const silence = (): void => {
      grace?.unsubscribe();
      grace = after(GRACE, giveUp('the server closed the microphone port'));
    };

    const link = (socket: Socket): void => {
      linked = true;
      subscriber.next({
        local: localOf(mic),
        reply: new Observable<Uint8Array>((listener) => {
          const clamp = clamped(socket, MOST_READ, after, scheduler);
          socket.once('close', () => listener.complete());
          socket.on('data', (bytes: Buffer) => {
            if (closed) silence();
            clamp(bytes.length);
            listener.next(plainBytes(bytes));
          });
        }),
        write: (bytes) => {
          if (said || closed || mic.writableLength > STALE) return false;
          mic.write(bytes, (error) => {
            // The socket tells of the error itself.
            if (!error) taken();
          });
          if (stall === undefined) taken();
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
      stall?.unsubscribe();
      silence();
      after(LAST_WORDS, giveUp('the server closed the microphone port'));
    };

    const mic = open(sendPort, () => {
      const socket = open(recvPort, () => link(socket), (error) => subscriber.error(linked
        ? lost(`the reply connection broke (${codeOf(error)})`, error)
        : unreachable(error, host, recvPort, `The server takes the microphone on port ${sendPort}, but `)));
      socket.once('end', () => subscriber.complete());
      reply = socket;
    }, (error) => {
      if (reply === undefined) subscriber.error(unreachable(error, host, sendPort));
      else onMicClosed();
    });
    mic.once('close', onMicClosed).on('data', (bytes: Buffer) => onStray?.(plainBytes(bytes)));

    return () => {
      reply?.destroy();
      mic.destroy();
    };
  });
}

function unreachable(error: Error, host: string, port: number, but = ''): SpeechError {
  const code = codeOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new SpeechError(`There is no host named ${host}.`, {
      kind: 'net', code: 'host-unknown', hint: 'Check the name after --host, and the network.', retryable: true, cause: error,
    });
  }
  return new SpeechError(`${but}${but === '' ? 'No server' : 'nobody'} answers on ${host}:${port} (${code}).`, {
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
