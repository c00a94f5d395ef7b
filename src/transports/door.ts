import { lookup } from 'node:dns/promises';
import { createServer, type Socket } from 'node:net';
import { SpeechError } from '../errors.js';
import type { Address } from './connection.js';

export interface DoorOptions {
  readonly host: string;
  /** 0 asks the system for a free one. */
  readonly port: number;
  /** What the port is for, as in "the microphone port". */
  readonly use: string;
  /** The flags that change them, for the hint of an error. */
  readonly hostFlag: string;
  readonly portFlag: string;
}

/** A bound port. */
export interface Door {
  /** Where it is really bound. */
  readonly address: Address;
  /** Stops accepting and frees the port; what was accepted stays open. */
  close(): void;
}

/**
 * Binds a TCP port. Sockets are handed over half-open allowed and paused, each with an error handler already attached.
 * A name that has addresses of both kinds is bound to IPv4, which is where the reference's `localhost` is.
 * Rejects with a SpeechError of kind `net`: `port-in-use`, `port-not-allowed`, `host-unknown`, `host-not-local`, `port-failed`.
 */
export async function openDoor(options: DoorOptions, accept: (socket: Socket) => void): Promise<Door> {
  try {
    const { address } = await lookup(options.host, { order: 'ipv4first' });
    return await bind(address, options.port, accept);
  } catch (error) {
    throw explained(error, options);
  }
}

function bind(host: string, port: number, accept: (socket: Socket) => void): Promise<Door> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
      socket.on('error', ignore);
      accept(socket);
    });
    server.once('error', reject);
    server.listen({ host, port }, () => {
      // What can still fail is one accept (no file descriptors left); the door stays open for the next.
      server.off('error', reject).on('error', ignore);
      const bound = server.address();
      const real = bound !== null && typeof bound === 'object' ? bound.port : port;
      resolve({ address: { host, port: real }, close: () => void server.close() });
    });
  });
}

/** A socket's `close` event follows its `error` and is where the end is dealt with. */
function ignore(): void {
  return;
}

function explained(error: unknown, { host, port, use, hostFlag, portFlag }: DoorOptions): SpeechError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const what = `Cannot open the ${use} port ${port} on ${host}`;
  switch (code) {
    case 'EADDRINUSE':
      return new SpeechError(`${what}: it is in use.`, {
        kind: 'net', code: 'port-in-use', cause: error,
        hint: `Stop the program that holds it, or choose another port with ${portFlag}.`,
      });
    case 'EACCES':
      return new SpeechError(`${what}: permission denied.`, {
        kind: 'net', code: 'port-not-allowed', cause: error,
        hint: `Ports below 1024 are reserved; choose a higher one with ${portFlag}.`,
      });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new SpeechError(`${what}: no such host.`, {
        kind: 'net', code: 'host-unknown', cause: error,
        hint: `Choose an address of this machine with ${hostFlag}; 0.0.0.0 is all of them.`,
      });
    case 'EADDRNOTAVAIL':
      return new SpeechError(`${what}: that is not an address of this machine.`, {
        kind: 'net', code: 'host-not-local', cause: error,
        hint: `Choose an address of this machine with ${hostFlag}; 0.0.0.0 is all of them.`,
      });
    default:
      return new SpeechError(`${what}: ${error instanceof Error ? error.message : String(error)}`, {
        kind: 'net', code: 'port-failed', cause: error, hint: `Try another address or port with ${hostFlag} and ${portFlag}.`,
      });
  }
}
