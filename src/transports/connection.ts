import type { Observable } from 'rxjs';

/** One client, however it is joined to us: microphone bytes come, reply bytes go. */
export interface Connection {
  /** Address and port of the client, for screens. */
  readonly peer: string;
  /**
   * Microphone bytes (int16 little-endian mono PCM, 16 kHz) as the network cut them. To be subscribed once. Completes when
   * the client leaves, errors when the network fails; unsubscribing closes the connection.
   */
  readonly audio: Observable<Uint8Array>;
  /**
   * Queues reply bytes in order; completes when they have been handed to the kernel. Waits for a client that has not
   * brought its reply port yet. Errors when the client is gone. Unsubscribing drops what was not written yet.
   */
  send(bytes: Uint8Array): Observable<never>;
  /** Reads no more microphone bytes while held, so that the client's network waits, too. */
  hold(held: boolean): void;
  /** Reply bytes that are on their way to the client or there; what was dropped before that is not among them. */
  readonly sent: number;
  /** Ends the connection; `reason` goes into the news. Safe to call twice. */
  close(reason: string): void;
}

/** What happens at the doors of a server. */
export type DoorNews =
  /** Both ports are bound. */
  | { readonly type: 'bound'; readonly recv: Address; readonly send: Address }
  /** One half of a client is there, and what it lacks has not come. */
  | { readonly type: 'waiting'; readonly peer: string; readonly lacks: 'microphone' | 'reply' }
  /** A microphone is there, and is listened to; `paired` where its reply port is there, too. */
  | { readonly type: 'connected'; readonly connection: Connection; readonly paired: boolean }
  /** The reply port has come after the microphone's. */
  | { readonly type: 'paired'; readonly connection: Connection }
  /** The client is gone; `reason` in plain words. Emitted once for every `connected`. */
  | { readonly type: 'disconnected'; readonly connection: Connection; readonly reason: string }
  /** Somebody was turned away: a second client, a stranger, HTTP on an audio port. */
  | { readonly type: 'refused'; readonly peer: string; readonly code: string; readonly reason: string };

export interface Address {
  readonly host: string;
  readonly port: number;
}
