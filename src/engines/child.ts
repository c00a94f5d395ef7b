import { Observable } from 'rxjs';
import { SpeechError } from '../errors.js';
import { countRestarts } from './restarts.js';
import type { SuperviseOptions, Timing } from './supervise-options.js';
import { startWorker, type Job, type Worker } from './worker.js';

/** A supervised process that answers calls, one at a time, in order. */
export interface Child<Req, Msg> {
  /**
   * Sends one request on subscription and emits the messages that answer it; completes when the child is done with it.
   * Unsubscribing earlier cancels. Errors are SpeechErrors of the stage: what the child reported, `<stage>-crashed` or
   * `<stage>-unavailable`.
   */
  call(request: Req): Observable<Msg>;
}

const TIMING: Timing = { backoff: 250, backoffCap: 8_000, window: 60_000, rest: 60_000, confirm: 2_000, beat: 2_000 };

/**
 * A pool of one working process and its warm spare, as a resource: emits the child once all processes are ready, errors if
 * one cannot get ready the first time, and kills all on unsubscription. After that first time a crash costs the running
 * call only: the process is started again, with growing pauses; after too many crashes calls are refused for a while.
 */
export function supervise<Req, Msg>(options: SuperviseOptions): Observable<Child<Req, Msg>> {
  return new Observable<Child<Req, Msg>>((owner) => {
    const { name, stage, cancel, spare = 0, onNews } = options;
    const timing = { ...TIMING, ...options.timing };
    const restarts = countRestarts(timing);
    const workers = new Set<Worker<Req, Msg>>();
    const queue: Job<Req, Msg>[] = [];
    /** Starts that wait for their pause to end. */
    const pauses = new Set<NodeJS.Timeout>();
    let ids = 0;
    let loaded = false;
    let closed = false;
    let unavailable = false;

    const stageError = (message: string, more: { cause?: unknown; hint?: string } = {}): SpeechError =>
      new SpeechError(message, { kind: 'stage', stage, code: `${stage}-unavailable`, retryable: true, ...more });
    const refusal = (cause?: unknown): SpeechError => stageError(`${name} keeps crashing and is not available for now.`, {
      hint: `It is tried again ${timing.rest / 1000} s after its last crash. The log has what it printed.`, ...(cause === undefined ? {} : { cause }),
    });
    const shutDown = (): SpeechError => stageError(`${name} has been shut down.`);

    const start = (): void => {
      workers.add(startWorker<Req, Msg>(options, timing, (worker) => ({
        ready: (memory, ms) => {
          onNews?.({ type: 'ready', stage, name, pid: worker.pid, memory, ms, again: loaded });
          if (!loaded && workers.size === spare + 1 && [...workers].every(({ state }) => state === 'idle')) {
            loaded = true;
            owner.next({ call });
          }
          dispatch();
        },
        free: dispatch,
        gone: (error) => gone(worker, error),
      })));
    };

    const gone = (worker: Worker<Req, Msg>, error: SpeechError): void => {
      workers.delete(worker);
      if (!loaded) {
        owner.error(error);
        return;
      }
      const pause = restarts.crashed(Date.now(), worker.readyAt);
      if (pause === undefined) {
        rest(worker, error);
        return;
      }
      onNews?.({ type: 'crashed', stage, name, pid: worker.pid, error, pause });
      later(pause, start);
      dispatch();
    };

    /** Too many crashes: nothing is started for a while, and once no process is left, calls are refused. */
    const rest = ({ pid }: Worker<Req, Msg>, cause: SpeechError): void => {
      if (!unavailable) {
        unavailable = true;
        onNews?.({ type: 'unavailable', stage, name, pid, rest: timing.rest });
        for (const pause of pauses) clearTimeout(pause);
        pauses.clear();
        for (const worker of [...workers]) if (worker.state === 'starting') retire(worker);
        later(timing.rest, () => {
          unavailable = false;
          restarts.rested();
          refill();
        });
      }
      if (workers.size === 0) for (const job of queue.splice(0)) job.subscriber.error(refusal(cause));
    };

    const later = (wait: number, work: () => void): void => {
      const pause = setTimeout(() => { pauses.delete(pause); work(); }, wait);
      pauses.add(pause);
    };
    const refill = (): void => {
      if (closed || unavailable) return;
      for (let missing = spare + 1 - workers.size - pauses.size; missing > 0; missing--) start();
    };
    /** Takes a process out at once, by our own will: no crash, no pause. */
    const retire = (worker: Worker<Req, Msg>): void => {
      workers.delete(worker);
      worker.retire();
    };

    const call = (request: Req): Observable<Msg> => new Observable<Msg>((subscriber) => {
      if (closed || (unavailable && workers.size === 0)) {
        subscriber.error(closed ? shutDown() : refusal());
        return;
      }
      const job: Job<Req, Msg> = { id: ids++, request, subscriber };
      queue.push(job);
      subscriber.add(() => drop(job));
      dispatch();
    });

    const dispatch = (): void => {
      const all = [...workers];
      if (closed || all.some(({ job }) => job)) return;
      const worker = all.find(({ state }) => state === 'idle');
      const job = worker && queue.shift();
      if (job) worker.work(job);
    };

    const drop = (job: Job<Req, Msg>): void => {
      const waiting = queue.indexOf(job);
      if (waiting >= 0) queue.splice(waiting, 1);
      const worker = [...workers].find((candidate) => candidate.job === job);
      if (!worker || closed) return;
      const replace = (): void => { retire(worker); refill(); dispatch(); };
      if (cancel === 'kill') replace();
      else worker.cancel(replace);
    };

    for (let count = 0; count <= spare; count++) start();

    return () => {
      closed = true;
      for (const pause of pauses) clearTimeout(pause);
      const jobs = [...[...workers].map(({ job }) => job), ...queue.splice(0)];
      for (const worker of [...workers]) retire(worker);
      for (const job of jobs) job?.subscriber.error(shutDown());
    };
  });
}
