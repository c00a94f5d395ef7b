import type { Socket } from 'node:net';
import { Observable, type Subscriber } from 'rxjs';
import { plainBytes } from '../audio/bytes.js';
import { SpeechError } from '../errors.js';
import type { Connection } from './connection.js';
import { createSniffer } from './foreign.js';
import { createOutbox } from './outbox.js';
import { peerOf } from './peer.js';

export interface TcpConnectionOptions {
  /** Milliseconds without progress after which a reader counts as stuck; 0 is never. */
  readonly stallTimeout: number;
  /** Reply bytes that may wait. */
  readonly maxQueue: number;
  /** Called once, when the connection is over. */
  readonly onEnd: (reason: string, failure: SpeechError | undefined) => void;
}

/** The sockets of one client: the microphone's is there from the start, the reply's may join later. */
export interface TcpConnection extends Connection {
  readonly mic: Socket;
  /** The reply socket, once it has joined. */
  readonly reply: Socket | undefined;
  join(reply: Socket): void;
  /** Ends the connection. With a failure `audio` errors, without one it completes. */
  end(reason: string, failure?: SpeechError): void;
}

/**
 * Makes one connection of a microphone socket that has been accepted and not read. Its end (FIN) is the end of the audio:
 * `audio` completes, and what is still to be answered may be sent as long as there is a reply socket. A reply socket that
 * ends, ends the connection. `audio` reads as fast as the network brings it, unless it is held.
 */
export function tcpConnection(mic: Socket, { stallTimeout, maxQueue, onEnd }: TcpConnectionOptions): TcpConnection {
  const peer = peerOf(mic);
  let reply: Socket | undefined;
  let listener: Subscriber<Uint8Array> | undefined;
  let finished = false;
  let over: { readonly failure: SpeechError | undefined } | undefined;

  const outbox = createOutbox({ maxQueue, stallTimeout, onStuck: (error) => end(error.message, error) });
  const sniffer = createSniffer((bytes) => listener?.next(plainBytes(bytes)), (name) => {
    const reason = `${name} was spoken on the microphone port`;
    end(reason, new SpeechError(`${peer}: ${reason}.`, {
      kind: 'net', code: 'wrong-protocol', hint: 'The port takes raw PCM only; something else was pointed at it.',
    }));
  });

  const end = (reason: string, failure?: SpeechError): void => {
    if (over !== undefined) return;
    over = { failure };
    const drained = !outbox.writing;
    outbox.close(failure ?? new SpeechError(`The client ${peer} is gone: ${reason}.`, { kind: 'net', code: 'client-gone' }));
    for (const socket of [reply, mic]) {
      // What the kernel has taken is still delivered; a peer that takes nothing is reset, or its data would stay there.
      if (drained) socket?.destroySoon();
      else socket?.resetAndDestroy();
    }
    finish(listener);
    onEnd(reason, failure);
  };

  const finish = (subscriber: Subscriber<Uint8Array> | undefined): void => {
    if (over?.failure === undefined) subscriber?.complete();
    else subscriber?.error(over.failure);
  };

  const broken = (which: string) => (error: Error): void => {
    const reason = `the ${which} connection broke (${'code' in error ? String(error.code) : error.message})`;
    end(reason, new SpeechError(`${peer}: ${reason}.`, { kind: 'net', code: 'connection-lost', cause: error, retryable: true }));
  };

  mic.on('data', sniffer.push);
  mic.on('error', broken('microphone'));
  mic.on('end', () => {
    sniffer.flush();
    finished = true;
    if (reply === undefined) end('the client left');
    else listener?.complete();
  });
  mic.on('close', () => end('the client closed its microphone port'));

  return {
    peer,
    mic,
    get reply() {
      return reply;
    },
    get sent() {
      return outbox.sent;
    },
    audio: new Observable<Uint8Array>((subscriber) => {
      if (listener !== undefined) {
        subscriber.error(new SpeechError('The audio of a connection can be subscribed once.', { kind: 'internal', code: 'audio-twice' }));
        return undefined;
      }
      listener = subscriber;
      if (over !== undefined || finished) {
        finish(subscriber);
        return undefined;
      }
      mic.resume();
      return () => {
        if (!finished) end('the server stopped listening');
      };
    }),
    hold: (held) => {
      if (held) mic.pause();
      else if (over === undefined) mic.resume();
    },
    send: (bytes) => outbox.send(bytes),
    close: (reason) => end(reason),
    end,
    join: (socket) => {
      reply = socket;
      socket.on('error', broken('reply'));
      socket.on('end', () => end('the client closed its reply port'));
      socket.on('close', () => end('the client closed its reply port'));
      outbox.attach(socket);
    },
  };
}
