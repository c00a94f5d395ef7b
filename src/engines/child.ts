import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Observable, type Subscriber } from 'rxjs';
import { SpeechError } from '../errors.js';
import { tellOfChild, type ChildNews } from './child-news.js';
import type { Fault, FromChild, ToChild } from './child-side.js';
import { killGroup, outlivesUsNot } from './kill-group.js';
import type { SuperviseOptions, Timing } from './supervise-options.js';

/** A supervised process that answers calls, one at a time, in order. */
export interface Child<Req, Msg> {
  /**
   * Sends one request on subscription and emits the messages that answer it; completes when the child is done with it.
   * Unsubscribing earlier cancels. Errors are SpeechErrors of the stage: what the child reported, `<stage>-crashed` or
   * `<stage>-unavailable`.
   */
  call(request: Req): Observable<Msg>;
}

/** Crashes within `Timing.window` that are still answered with a restart. */
const TOLERATED_CRASHES = 5;

/** Questions for a sign of life that may go without an answer. */
const TOLERATED_SILENCE = 5;

/** Characters kept of what a process prints, for the cause of a crash error. */
const TAIL = 2_000;

interface Job<Req, Msg> {
  readonly id: number;
  readonly request: Req;
  readonly subscriber: Subscriber<Msg>;
}

interface Worker<Req, Msg> {
  readonly process: ChildProcess;
  state: 'starting' | 'idle' | 'busy' | 'retired';
  /** The call in work; undefined in state `busy` while a cancelled one has not been confirmed yet. */
  job?: Job<Req, Msg> | undefined;
  /** Runs while it starts, and while a cancelled call has not been confirmed. */
  timer?: NodeJS.Timeout | undefined;
  readyAt?: number;
  /** Questions for a sign of life since it was last heard. */
  unanswered: number;
  fault?: Fault;
  tail: string;
}

/**
 * A pool of one working process and its warm spare, as a resource: emits the child once all processes are ready, errors if
 * one cannot get ready the first time, and kills all on unsubscription. After that first time a crash costs the running
 * call only: the process is started again, with growing pauses; after too many crashes calls are refused for a while.
 * Processes are leaders of their own groups, are killed with all they started, and never print on our terminal.
 */
export function supervise<Req, Msg>(options: SuperviseOptions): Observable<Child<Req, Msg>> {
  return new Observable<Child<Req, Msg>>((owner) => {
    const { name, stage, cancel, spare = 0, readyTimeout = 60_000 } = options;
    const timing: Timing = { backoff: 250, backoffCap: 8_000, window: 60_000, rest: 60_000, confirm: 2_000, beat: 2_000, ...options.timing };
    const workers = new Set<Worker<Req, Msg>>();
    const queue: Job<Req, Msg>[] = [];
    let ids = 0;
    let loaded = false;
    let closed = false;
    /** Starts that wait for their pause to end. */
    const pauses = new Set<NodeJS.Timeout>();
    let crashes: number[] = [];
    /** Crashes since a process was last healthy; sets the length of the next pause. */
    let streak = 0;
    let unavailable = false;
    /** One crash more and calls are refused again. */
    let probation = false;

    const tell = (news: ChildNews): void => tellOfChild({ ...news, stage, name });
    const stageError = (code: string, message: string, more: { cause?: unknown; hint?: string } = {}): SpeechError =>
      new SpeechError(message, { kind: 'stage', stage, code: `${stage}-${code}`, retryable: true, ...more });
    const fromFault = ({ message, ...rest }: Fault): SpeechError => new SpeechError(message, { ...rest, stage });
    const output = (worker: Worker<Req, Msg>): { cause?: Error } =>
      worker.tail.trim() === '' ? {} : { cause: new Error(`last output of the process: ${worker.tail.trim()}`) };

    const start = (): void => {
      const { file, args = [], env } = options;
      const child = fork(fileURLToPath(file), [...args], {
        serialization: 'advanced',
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        execArgv: [],
        env: { ...process.env, ...env },
        detached: true,
      });
      const worker: Worker<Req, Msg> = { process: child, state: 'starting', unanswered: 0, tail: '' };
      const began = Date.now();
      workers.add(worker);
      outlivesUsNot(child);
      worker.timer = setTimeout(() => {
        worker.fault = { kind: 'stage', code: `${stage}-not-ready`, message: `${name} did not get ready within ${readyTimeout / 1000} s.`, retryable: true };
        killGroup(child);
      }, readyTimeout);
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => worker.tail = (worker.tail + text).slice(-TAIL));
      }
      child.on('message', (message) => hear(worker, message as FromChild<Msg>, began));
      child.on('error', (error) => { // A process that could not even be started has no `exit`.
        worker.tail += error.message;
        if (child.pid === undefined) gone(worker, 'it could not be started');
      });
      child.on('exit', () => killGroup(child)); // What it started must not outlive it, nor hold its pipes open.
      child.on('close', (code, signal) => gone(worker, signal === null ? `exit code ${code ?? '?'}` : signal));
    };

    const hear = (worker: Worker<Req, Msg>, message: FromChild<Msg>, began: number): void => {
      if (worker.state === 'retired') return;
      worker.unanswered = 0;
      switch (message.type) {
        case 'ready':
          worker.state = 'idle';
          clearTimeout(worker.timer);
          worker.readyAt = Date.now();
          tell({ type: 'ready', memory: message.memory, ms: worker.readyAt - began, again: loaded });
          if (!loaded && workers.size === spare + 1 && [...workers].every(({ state }) => state === 'idle')) {
            loaded = true;
            owner.next({ call });
          }
          dispatch();
          return;
        case 'beat':
          return;
        case 'notice':
          options.onNotice?.(message.text);
          return;
        case 'failed':
          worker.fault = message.fault;
          return;
        case 'message':
          if (worker.job?.id === message.id) worker.job.subscriber.next(message.message);
          return;
        case 'done':
        case 'error': {
          const { job } = worker;
          if (job && job.id !== message.id) return;
          worker.job = undefined;
          worker.state = 'idle';
          clearTimeout(worker.timer);
          if (message.type === 'done') job?.subscriber.complete();
          else job?.subscriber.error(fromFault(message.fault));
          dispatch();
          return;
        }
      }
    };

    const gone = (worker: Worker<Req, Msg>, how: string): void => {
      workers.delete(worker);
      clearTimeout(worker.timer);
      if (worker.state === 'retired' || closed) return;
      worker.state = 'retired';
      const { job, fault } = worker;
      worker.job = undefined;
      const error = fault ? fromFault(fault) : stageError('crashed', `The ${name} process ended unexpectedly (${how}).`, output(worker));
      if (!loaded) {
        owner.error(error);
        return;
      }
      job?.subscriber.error(error);
      const now = Date.now();
      if (worker.readyAt !== undefined && now - worker.readyAt >= timing.window) {
        streak = 0;
        probation = false;
      }
      crashes = [...crashes.filter((at) => now - at < timing.window), now];
      if (probation || crashes.length > TOLERATED_CRASHES) {
        rest(error);
        return;
      }
      const pause = Math.min(timing.backoff * 2 ** streak++, timing.backoffCap);
      tell({ type: 'crashed', error, pause });
      later(pause, start);
      dispatch();
    };

    /** Too many crashes: nothing is started for a while, and once no process is left, calls are refused. */
    const rest = (cause: SpeechError): void => {
      if (!unavailable) {
        unavailable = true;
        tell({ type: 'unavailable', rest: timing.rest });
        for (const pause of pauses) clearTimeout(pause);
        pauses.clear();
        for (const worker of [...workers]) if (worker.state === 'starting') retire(worker);
        later(timing.rest, () => {
          unavailable = false;
          probation = true;
          crashes = [];
          streak = 0;
          refill();
        });
      }
      if (workers.size === 0) for (const job of queue.splice(0)) job.subscriber.error(refusal(cause));
    };
    const refusal = (cause?: unknown): SpeechError => stageError('unavailable', `${name} keeps crashing and is not available for now.`, {
      hint: `It is tried again ${timing.rest / 1000} s after its last crash. The log has what it printed.`, ...(cause === undefined ? {} : { cause }),
    });

    const shutDown = (): SpeechError => stageError('unavailable', `${name} has been shut down.`);

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
      worker.state = 'retired';
      worker.job = undefined;
      clearTimeout(worker.timer);
      workers.delete(worker);
      killGroup(worker.process);
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
      if (!job) return;
      worker.state = 'busy';
      worker.job = job;
      send(worker, { type: 'call', id: job.id, request: job.request });
    };

    const drop = (job: Job<Req, Msg>): void => {
      const waiting = queue.indexOf(job);
      if (waiting >= 0) queue.splice(waiting, 1);
      const worker = [...workers].find((candidate) => candidate.job === job);
      if (!worker || closed) return;
      const replace = (): void => { retire(worker); refill(); dispatch(); };
      if (cancel === 'kill') {
        replace();
        return;
      }
      worker.job = undefined;
      clearTimeout(worker.timer);
      worker.timer = setTimeout(replace, timing.confirm);
      send(worker, { type: 'cancel', id: job.id });
    };

    /** One that cannot be interrupted is deaf while it works; the time limits of its stage are for that. */
    const pulse = setInterval(() => {
      for (const worker of workers) {
        if (worker.state !== 'idle' && (worker.state !== 'busy' || cancel === 'kill')) continue;
        if (worker.unanswered++ < TOLERATED_SILENCE) {
          send(worker, { type: 'ping' });
        } else if (!worker.fault) {
          worker.fault = { kind: 'stage', code: `${stage}-hung`, message: `The ${name} process gave no sign of life for ${(timing.beat * TOLERATED_SILENCE) / 1000} s.`, retryable: true };
          killGroup(worker.process);
        }
      }
    }, timing.beat);

    for (let count = 0; count <= spare; count++) start();

    return () => {
      closed = true;
      clearInterval(pulse);
      for (const pause of pauses) clearTimeout(pause);
      const jobs = [...[...workers].map(({ job }) => job), ...queue.splice(0)];
      for (const worker of [...workers]) retire(worker);
      for (const job of jobs) job?.subscriber.error(shutDown());
    };
  });
}

function send<Req, Msg>({ process: child }: Worker<Req, Msg>, message: ToChild<Req>): void {
  // A send to a process that has just died fails; its `close`, which follows, is what we act on.
  if (child.connected) child.send(message, () => undefined);
}
