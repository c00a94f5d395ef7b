import { asSpeechError, type ErrorKind } from '../errors.js';

/** An error on its way through the channel, where classes do not survive. */
export interface Fault {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly retryable: boolean;
}

export type ToChild<Req> =
  | { readonly type: 'call'; readonly id: number; readonly request: Req }
  | { readonly type: 'cancel'; readonly id: number }
  /** Asks for a sign of life. */
  | { readonly type: 'ping' };

export type FromChild<Msg> =
  /** `memory`: bytes that the process takes. */
  | { readonly type: 'ready' | 'beat'; readonly memory: number }
  | { readonly type: 'notice'; readonly text: string }
  | { readonly type: 'failed'; readonly fault: Fault }
  | { readonly type: 'message'; readonly id: number; readonly message: Msg }
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'error'; readonly id: number; readonly fault: Fault };

/** Answers one call: every item yielded is a message of it. `signal` aborts when the parent cancels by message. */
export type Handler<Req, Msg> = (request: Req, signal: AbortSignal) => Iterable<Msg> | AsyncIterable<Msg>;

/** Tells the user something while the engine loads. */
export type Notice = (text: string) => void;

/**
 * The whole life of a child process under `supervise`: loads, says that it is ready, answers one call after the other. A
 * load that throws is reported and ends the process; a call that throws is reported and the process lives. It dies with
 * its parent: when the channel closes, it and all it has started are gone at once.
 */
export function serveCalls<Req, Msg>(load: (notice: Notice) => Handler<Req, Msg> | PromiseLike<Handler<Req, Msg>>): void {
  const tell = (message: FromChild<Msg>): Promise<void> => new Promise((resolve) => {
    if (process.connected && process.send) process.send(message, undefined, undefined, () => resolve());
    else resolve();
  });

  process.on('disconnect', leave);
  // A Ctrl-C in the terminal is for the parent, who may want to finish an answer first.
  process.on('SIGINT', () => undefined);

  const running = new Map<number, AbortController>();
  let last = Promise.resolve();

  void Promise.resolve().then(() => load((text) => void tell({ type: 'notice', text }))).then((handler) => {
    const answer = async (id: number, request: Req, signal: AbortSignal): Promise<void> => {
      try {
        signal.throwIfAborted();
        for await (const message of handler(request, signal)) {
          await tell({ type: 'message', id, message });
          signal.throwIfAborted();
        }
        await tell({ type: 'done', id });
      } catch (thrown) {
        await tell(signal.aborted ? { type: 'done', id } : { type: 'error', id, fault: fault(thrown) });
      } finally {
        running.delete(id);
      }
    };
    process.on('message', (message: ToChild<Req>) => {
      if (message.type === 'ping') {
        void tell({ type: 'beat', memory: process.memoryUsage.rss() });
        return;
      }
      if (message.type === 'cancel') {
        running.get(message.id)?.abort();
        return;
      }
      const controller = new AbortController();
      running.set(message.id, controller);
      last = last.then(() => answer(message.id, message.request, controller.signal));
    });
    return tell({ type: 'ready', memory: process.memoryUsage.rss() });
  }).catch(async (thrown: unknown) => {
    await tell({ type: 'failed', fault: fault(thrown) });
    process.exit(1);
  });
}

function fault(thrown: unknown): Fault {
  const { kind, code, message, hint, retryable } = asSpeechError(thrown, { kind: 'stage', code: 'failed' });
  return { kind, code, message, retryable, ...(hint === undefined ? {} : { hint }) };
}

/** `supervise` makes every child the leader of a process group, so this takes grandchildren along. */
function leave(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.exit(0); // It is no group leader: somebody else started it.
  }
}
