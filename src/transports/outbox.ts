import type { Socket } from 'node:net';
import { Observable, type Subscriber } from 'rxjs';
import { SpeechError } from '../errors.js';

/** Bytes of one write, 512 ms of audio: what a cancelled reply may still put out. A multiple of the stock client's block. */
const SLICE = 16_384;

export interface OutboxOptions {
  /** Bytes that may wait; one send into an empty outbox is always taken. */
  readonly maxQueue: number;
  /** Milliseconds one slice may take; 0 is no limit. */
  readonly stallTimeout: number;
  /** Called when more than `maxQueue` bytes wait, or when a slice took too long. The owner then closes the outbox. */
  readonly onStuck: (error: SpeechError) => void;
}

/** Bytes on their way to one socket, which may come later than they do. */
export interface Outbox {
  /** Queues bytes, which must not change any more; completes on the write callback of the last of them. */
  send(bytes: Uint8Array): Observable<never>;
  /** The socket has come. */
  attach(socket: Socket): void;
  /** Fails everything that waits, and every later send. */
  close(error: SpeechError): void;
  /** True while a write has not been taken by the kernel. */
  readonly writing: boolean;
  /** Bytes given to the socket so far. */
  readonly sent: number;
}

interface Job {
  readonly bytes: Uint8Array;
  given: number;
  readonly subscriber: Subscriber<never>;
}

/** Writes in order, one slice at a time, so that a cancelled send stops within a slice and a stuck reader is noticed. */
export function createOutbox({ maxQueue, stallTimeout, onStuck }: OutboxOptions): Outbox {
  const jobs: Job[] = [];
  let waiting = 0;
  let sent = 0;
  let socket: Socket | undefined;
  let writing = false;
  let stall: NodeJS.Timeout | undefined;
  let closed: SpeechError | undefined;

  const pump = (): void => {
    const job = jobs[0];
    if (writing || socket === undefined || job === undefined || closed !== undefined) return;
    const slice = job.bytes.subarray(job.given, job.given + SLICE);
    job.given += slice.length;
    waiting -= slice.length;
    sent += slice.length;
    writing = true;
    if (stallTimeout > 0) stall = setTimeout(() => onStuck(stuck(`it took none of its audio for ${stallTimeout / 1000} s`)), stallTimeout);
    socket.write(slice, (error) => {
      clearTimeout(stall);
      writing = false;
      // The socket's own close event tells the owner, who closes this outbox with the reason.
      if (error || closed !== undefined) return;
      if (jobs[0] === job && job.given === job.bytes.length) {
        jobs.shift();
        job.subscriber.complete();
      }
      pump();
    });
  };

  return {
    get writing() {
      return writing;
    },
    get sent() {
      return sent;
    },
    send: (bytes) => new Observable<never>((subscriber) => {
      if (closed !== undefined) {
        subscriber.error(closed);
        return undefined;
      }
      const job: Job = { bytes, given: 0, subscriber };
      const full = jobs.length > 0 && waiting + bytes.length > maxQueue;
      jobs.push(job);
      waiting += bytes.length;
      if (full) onStuck(stuck(`more than ${maxQueue} bytes of audio wait for it`));
      else pump();
      return () => {
        const index = jobs.indexOf(job);
        if (index < 0) return;
        jobs.splice(index, 1);
        waiting -= bytes.length - job.given;
      };
    }),
    attach: (given) => {
      socket = given;
      pump();
    },
    close: (error) => {
      closed ??= error;
      clearTimeout(stall);
      for (const job of jobs.splice(0)) job.subscriber.error(closed);
    },
  };
}

function stuck(how: string): SpeechError {
  return new SpeechError(`slow reader: ${how}.`, {
    kind: 'net', code: 'slow-reader', hint: 'The network, or the client, does not keep up with real time.',
  });
}
