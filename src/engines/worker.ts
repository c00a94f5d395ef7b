import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Subscriber } from 'rxjs';
import { SpeechError } from '../errors.js';
import type { Fault, FromChild, ToChild } from './child-side.js';
import { killGroup, outlivesUsNot } from './kill-group.js';
import type { SuperviseOptions, Timing } from './supervise-options.js';

/** Questions for a sign of life that may go without an answer. */
const TOLERATED_SILENCE = 5;

/** Characters kept of what a process prints, for the cause of a crash error. */
const TAIL = 2_000;

/** One call, and who waits for its answer. */
export interface Job<Req, Msg> {
  readonly id: number;
  readonly request: Req;
  readonly subscriber: Subscriber<Msg>;
}

/** One process, from its start to its end. */
export interface Worker<Req, Msg> {
  /** 0 where it could not even be started. */
  readonly pid: number;
  /** `busy`, too, while a cancelled call has not been confirmed; `retired`: nothing is heard of it any more. */
  readonly state: 'starting' | 'idle' | 'busy' | 'retired';
  readonly job: Job<Req, Msg> | undefined;
  /** Clock time since which it has been ready. */
  readonly readyAt: number | undefined;
  /** Gives it a call, in state `idle`. */
  work(job: Job<Req, Msg>): void;
  /** Takes the call from it that it works on. `onDeaf`: it does not confirm that in time. */
  cancel(onDeaf: () => void): void;
  /** Ends it by our own will: it is silent from now on, and tells nobody of its end. */
  retire(): void;
}

/** What its pool is told of a process. */
export interface WorkerNews {
  /** It has loaded, after `ms`, and takes `memory` bytes. */
  readonly ready: (memory: number, ms: number) => void;
  /** It has finished a call, or given up a cancelled one, and can take the next. */
  readonly free: () => void;
  /** It has ended, not by our will; its call has failed with this error. */
  readonly gone: (error: SpeechError) => void;
}

/** Starts a process of a pool. It leads its own group, is killed with all it has started, and never prints on our terminal. */
export function startWorker<Req, Msg>(options: SuperviseOptions, timing: Timing, on: (worker: Worker<Req, Msg>) => WorkerNews): Worker<Req, Msg> {
  const { name, stage, cancel, readyTimeout = 60_000 } = options;
  const began = Date.now();
  let state: Worker<Req, Msg>['state'] = 'starting';
  let job: Job<Req, Msg> | undefined;
  let readyAt: number | undefined;
  /** Questions for a sign of life since it was last heard. */
  let unanswered = 0;
  let fault: Fault | undefined;
  let tail = '';

  const child = fork(fileURLToPath(options.file), [...options.args ?? []], {
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
    env: { ...process.env, ...options.env },
    detached: true,
  });
  outlivesUsNot(child);

  // A send to a process that has just died fails; its `close`, which follows, is what we act on.
  const send = (message: ToChild<Req>): void => {
    if (child.connected) child.send(message, () => undefined);
  };
  const giveUp = (code: string, message: string): void => {
    fault = { kind: 'stage', code: `${stage}-${code}`, message, retryable: true };
    killGroup(child);
  };
  /** Runs while it starts, and while a cancelled call has not been confirmed. */
  let timer = setTimeout(() => giveUp('not-ready', `${name} did not get ready within ${readyTimeout / 1000} s.`), readyTimeout);
  /** One that cannot be interrupted is deaf while it works; the time limits of its stage are for that. */
  const pulse = setInterval(() => {
    if (state !== 'idle' && (state !== 'busy' || cancel === 'kill')) return;
    if (unanswered++ < TOLERATED_SILENCE) send({ type: 'ping' });
    else if (!fault) giveUp('hung', `The ${name} process gave no sign of life for ${(timing.beat * TOLERATED_SILENCE) / 1000} s.`);
  }, timing.beat);
  const retire = (): void => {
    state = 'retired';
    job = undefined;
    clearTimeout(timer);
    clearInterval(pulse);
  };

  const worker: Worker<Req, Msg> = {
    pid: child.pid ?? 0,
    get state() { return state; },
    get job() { return job; },
    get readyAt() { return readyAt; },
    work: (given) => {
      state = 'busy';
      job = given;
      send({ type: 'call', id: given.id, request: given.request });
    },
    cancel: (onDeaf) => {
      if (!job) return;
      send({ type: 'cancel', id: job.id });
      job = undefined;
      clearTimeout(timer);
      timer = setTimeout(onDeaf, timing.confirm);
    },
    retire: () => {
      retire();
      killGroup(child);
    },
  };
  const { ready, free, gone } = on(worker);

  const hear = (message: FromChild<Msg>): void => {
    if (state === 'retired') return;
    unanswered = 0;
    switch (message.type) {
      case 'ready':
        state = 'idle';
        clearTimeout(timer);
        readyAt = Date.now();
        ready(message.memory, readyAt - began);
        return;
      case 'beat':
        return;
      case 'notice':
        options.onNotice?.(message.text);
        return;
      case 'failed':
        fault = message.fault;
        return;
      case 'message':
        if (job?.id === message.id) job.subscriber.next(message.message);
        return;
      case 'done':
      case 'error': {
        if (job && job.id !== message.id) return;
        const finished = job;
        job = undefined;
        state = 'idle';
        clearTimeout(timer);
        if (message.type === 'done') finished?.subscriber.complete();
        else finished?.subscriber.error(fromFault(message.fault));
        free();
      }
    }
  };
  const end = (how: string): void => {
    if (state === 'retired') return;
    const lost = job;
    retire();
    const printed = tail.trim() === '' ? {} : { cause: new Error(`last output of the process: ${tail.trim()}`) };
    const error = fault ? fromFault(fault)
      : new SpeechError(`The ${name} process ended unexpectedly (${how}).`, { kind: 'stage', stage, code: `${stage}-crashed`, retryable: true, ...printed });
    lost?.subscriber.error(error);
    gone(error);
  };
  const fromFault = ({ message, ...rest }: Fault): SpeechError => new SpeechError(message, { ...rest, stage });

  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => tail = (tail + text).slice(-TAIL));
  }
  child.on('message', (message) => hear(message as FromChild<Msg>));
  child.on('error', (error) => { // A process that could not even be started has no `exit`.
    tail += error.message;
    if (child.pid === undefined) end('it could not be started');
  });
  child.on('exit', () => killGroup(child)); // What it started must not outlive it, nor hold its pipes open.
  child.on('close', (code, signal) => end(signal === null ? `exit code ${code ?? '?'}` : signal));
  return worker;
}
