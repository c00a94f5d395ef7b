import { Worker } from 'node:worker_threads';
import { BehaviorSubject, defer, distinctUntilChanged, filter, finalize, map, Observable, retry, switchMap, take, tap, throwError, timer, type Subscriber } from 'rxjs';
import type { Loaded, Tts } from '../../../engines.js';
import { SpeechError, type SpeechErrorOptions } from '../../../errors.js';
import type { Fault } from '../../child-side.js';
import type { FromWorker, ToWorker } from './protocol.js';

export interface ThreadOptions {
  /** The compiled file that keeps the protocol. */
  readonly file: URL;
  /** What messages to the user call it. */
  readonly name: string;
  /** Handed to the thread as its `workerData`. */
  readonly setup: unknown;
  /** Milliseconds: the first pause before a restart, which doubles, its longest, how long crashes count, how long a rest lasts. */
  readonly timing?: { readonly firstPause: number; readonly longestPause: number; readonly window: number; readonly rest: number };
}

/** Crashes within the window that are still answered with a restart. */
const TOLERATED_CRASHES = 5;
const TIMING = { firstPause: 250, longestPause: 8_000, window: 60_000, rest: 60_000 };

type Speaking = (text: string) => Observable<Int16Array>;

/**
 * A worker thread that speaks, as an engine. Where it ends unexpectedly the calls it had err with `tts-crashed` and later
 * ones wait for the next thread, started after a growing pause; after too many ends within the window calls err with
 * `tts-unavailable` while it rests. An error before it was ever ready is an error of the engine.
 */
export function speakingThread({ file, name, setup, timing = TIMING }: ThreadOptions): Loaded<Tts> {
  return defer(() => {
    /** Who answers calls: nobody while a thread starts, an error while it rests. */
    const answering = new BehaviorSubject<Speaking | SpeechError | undefined>(undefined);
    const tts: Tts = (text) => answering.pipe(
      filter((state) => state !== undefined),
      take(1),
      switchMap((state) => (state instanceof SpeechError ? throwError(() => state) : state(text))),
    );
    let loaded = false;
    let crashes: number[] = [];
    return thread(file, name, setup).pipe(
      tap((speaking) => {
        loaded = true;
        answering.next(speaking);
      }),
      retry({
        delay: (error: unknown) => {
          if (!loaded) return throwError(() => error);
          const now = Date.now();
          crashes = [...crashes.filter((at) => now - at < timing.window), now];
          const tooMany = crashes.length > TOLERATED_CRASHES;
          answering.next(tooMany ? stageError('unavailable', `${name} keeps crashing and is not available for now.`, { cause: error, hint: `It is tried again after ${timing.rest / 1000} s.` }) : undefined);
          return timer(tooMany ? timing.rest : Math.min(timing.firstPause * 2 ** (crashes.length - 1), timing.longestPause));
        },
      }),
      finalize(() => answering.error(shutDown(name))),
      // One function answers through all restarts.
      map(() => tts),
      distinctUntilChanged(),
    );
  });
}

/** One thread: emits how to call it once it is ready, errs when it ends, ends when unsubscribed. */
function thread(file: URL, name: string, setup: unknown): Observable<Speaking> {
  return new Observable<Speaking>((owner) => {
    const worker = new Worker(file, { workerData: setup });
    const calls = new Map<number, Subscriber<Int16Array>>();
    let ids = 0;
    const send = (message: ToWorker): void => worker.postMessage(message);

    const end = (error: SpeechError): void => {
      const running = [...calls.values()];
      calls.clear();
      // The owner first: a call that is made again at once must find nobody answering, not the thread that has ended.
      owner.error(error);
      for (const call of running) call.error(error);
    };

    const speaking: Speaking = (text) => new Observable((call) => {
      const id = ids++;
      calls.set(id, call);
      send({ type: 'speak', id, text });
      return () => {
        if (calls.delete(id)) send({ type: 'cancel', id });
      };
    });

    worker.on('message', (message: FromWorker) => {
      switch (message.type) {
        case 'ready': owner.next(speaking); return;
        case 'unloadable': end(fromFault(message.fault)); return;
        case 'audio': calls.get(message.id)?.next(message.audio); return;
        case 'done': settle(message.id)?.complete(); return;
        case 'failed': settle(message.id)?.error(fromFault(message.fault)); return;
      }
    });
    const settle = (id: number): Subscriber<Int16Array> | undefined => {
      const call = calls.get(id);
      calls.delete(id);
      return call;
    };
    worker.on('error', (cause) => end(stageError('crashed', `The thread of ${name} failed.`, { cause })));
    worker.on('exit', (code) => end(stageError('crashed', `The thread of ${name} ended unexpectedly (exit code ${code}).`)));

    return () => {
      for (const call of [...calls.values()]) call.error(shutDown(name));
      void worker.terminate();
    };
  });
}

function stageError(code: string, message: string, more: Pick<SpeechErrorOptions, 'cause' | 'hint'> = {}): SpeechError {
  return new SpeechError(message, { kind: 'stage', stage: 'tts', code: `tts-${code}`, retryable: true, ...more });
}

function shutDown(name: string): SpeechError {
  return stageError('unavailable', `${name} has been shut down.`);
}

function fromFault({ message, ...rest }: Fault): SpeechError {
  return new SpeechError(message, { ...rest, stage: 'tts' });
}
