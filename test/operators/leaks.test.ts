import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { BehaviorSubject, defer, endWith, filter, finalize, from, ignoreElements, interval, map, NEVER, of, pipe, Subject, take, tap, VirtualTimeScheduler } from 'rxjs';
import type { Observable, ObservableInput, OperatorFunction, Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { bargeIn, chat, chunkify, listenGate, paced, sentences, synthesize, transcribe, vadGate } from '../../operators/index.js';
import type { Utterance } from '../../operators/index.js';
import { FRAME_SAMPLES, type Engines, type Frame, type Message } from '../../src/engines.js';
import type { SessionOptions } from '../../src/session-options.js';
import { session } from '../../src/session.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const SESSIONS = 20;
/** Collections of garbage until what is still there counts as held. */
const ROUNDS = 50;

/** What is still there of sessions that have ended. */
interface Held { readonly subscriptions: number; readonly timers: number; readonly frames: number; readonly audio: number }
const NOTHING: Held = { subscriptions: 0, timers: 0, frames: 0, audio: 0 };

/** What sessions live in, and all that they could leave there. */
class World {
  readonly scheduler = new VirtualTimeScheduler();
  readonly #open = new BehaviorSubject(true);
  readonly listen = this.#open.asObservable();
  readonly frames: WeakRef<object>[] = [];
  readonly audio: WeakRef<object>[] = [];
  /** Of engines. */
  subscriptions = 0;

  readonly engines: Engines = {
    vad: () => (frame) => (frame[0] === 0 ? 0 : 1),
    stt: (utterance) => this.#counted(utterance.pipe(ignoreElements(), endWith({ text: 'What is it?', final: true }))),
    llm: () => this.#counted(['This is the first sentence. ', 'This is the second one. ', 'And that is all.']),
    tts: () => this.#counted(interval(20, this.scheduler).pipe(take(5), map(() => {
      const samples = new Int16Array(1_600);
      this.audio.push(new WeakRef(samples));
      return samples;
    }))),
  };

  /** Sends frames and keeps none of them. */
  say(source: Subject<Frame>, voiced: number, quiet: number): void {
    for (let n = 0; n < voiced + quiet; n++) {
      const frame = new Int16Array(FRAME_SAMPLES).fill(n < voiced ? 1 : 0);
      this.frames.push(new WeakRef(frame));
      source.next(frame);
    }
  }

  pass(ms: number): void {
    this.scheduler.maxFrames = this.scheduler.now() + ms;
    this.scheduler.flush();
  }

  async held(): Promise<Held> {
    // More than one collection: a compiler at work on another thread holds on to what it compiles until it is done.
    for (let round = 0; round < ROUNDS; round++) {
      const held = await this.#heldNow();
      if (held.frames + held.audio === 0) return held;
    }
    return this.#heldNow();
  }

  async #heldNow(): Promise<Held> {
    // Objects that a WeakRef has given out live until the end of the current job.
    await new Promise((resolve) => { setImmediate(resolve); });
    collectGarbage();
    const alive = (refs: readonly WeakRef<object>[]): number => refs.filter((ref) => ref.deref() !== undefined).length;
    return {
      subscriptions: this.subscriptions + (this.#open.observed ? 1 : 0),
      timers: this.scheduler.actions.length,
      frames: alive(this.frames),
      audio: alive(this.audio),
    };
  }

  #counted<T>(stream: ObservableInput<T>): Observable<T> {
    return defer(() => {
      this.subscriptions += 1;
      return from(stream).pipe(finalize(() => { this.subscriptions -= 1; }));
    });
  }
}

type Pipeline = (world: World) => OperatorFunction<Frame, unknown>;

const composed: Pipeline = ({ engines, listen, scheduler, frames }) => {
  const answer = (utterance: Utterance<Frame>): Observable<unknown> => of(utterance).pipe(
    transcribe(engines.stt),
    filter(({ final }) => final),
    map(({ text }) => text),
    chat(engines.llm, (content): Message[] => [{ role: 'user', content }]),
    filter((part) => typeof part === 'string'),
    sentences(),
    synthesize(engines.tts),
    paced(({ audio }) => audio.length / 16, { lead: 100, scheduler }),
  );
  return pipe(
    map((frame) => new Uint8Array(frame.buffer)),
    chunkify(2 * FRAME_SAMPLES),
    map((bytes) => new Int16Array(bytes.buffer)),
    tap((frame) => frames.push(new WeakRef(frame))),
    listenGate(listen),
    vadGate(engines.vad, { scheduler }),
    bargeIn(answer),
  );
};
const conversation = (options: SessionOptions): Pipeline => ({ engines, listen, scheduler }) => session(engines, { ...options, listen, scheduler });

const PIPELINES: Record<string, Pipeline> = {
  'the operators, composed': composed,
  'a session': conversation({ speech: { minSilence: 500 } }),
  'a session that lets its answers out at the pace of the ear': conversation({ speech: { minSilence: 500 }, lead: 100 }),
  'a session that prepares its answers': conversation({ speculate: true }),
};

/** How a session comes to its end; what is under way by then is checked, as nothing could leak of what was not there. */
type Ending = (world: World, source: Subject<Frame>, subscription: Subscription) => void;

const toMidAnswer = (world: World, source: Subject<Frame>): void => {
  world.say(source, 30, 50);
  world.pass(50);
  expect(world.subscriptions).toBeGreaterThan(0);
  expect(world.scheduler.actions).not.toHaveLength(0);
  expect(world.audio).not.toHaveLength(0);
};

const ENDINGS: Record<string, Ending> = {
  'completes after its answer': (world, source) => {
    toMidAnswer(world, source);
    world.pass(60_000);
    source.complete();
  },
  'completes in the middle of an answer, which is spoken to its end': (world, source) => {
    toMidAnswer(world, source);
    source.complete();
    world.pass(60_000);
  },
  'fails in the middle of an answer': (world, source) => {
    toMidAnswer(world, source);
    source.error(new Error('The line is dead.'));
  },
  'is unsubscribed in the middle of an utterance': (world, source, subscription) => {
    world.say(source, 30, 0);
    subscription.unsubscribe();
  },
  'is unsubscribed in a pause of an utterance': (world, source, subscription) => {
    world.say(source, 30, 8);
    subscription.unsubscribe();
  },
  'is unsubscribed in the middle of an answer': (world, source, subscription) => {
    toMidAnswer(world, source);
    subscription.unsubscribe();
  },
  'is unsubscribed in the middle of an utterance that interrupts an answer': (world, source, subscription) => {
    toMidAnswer(world, source);
    world.say(source, 30, 0);
    subscription.unsubscribe();
  },
};

function run(world: World, pipeline: Pipeline, ending: Ending): void {
  const source = new Subject<Frame>();
  const subscription = source.pipe(pipeline(world)).subscribe({ error: (error: unknown) => { expect(error).toEqual(new Error('The line is dead.')); } });
  ending(world, source, subscription);
  expect(source.observed).toBe(false);
}

async function afterSessions(pipeline: Pipeline, ending: Ending): Promise<Held> {
  const world = new World();
  for (let n = 0; n < SESSIONS; n++) run(world, pipeline, ending);
  expect(world.frames.length).toBeGreaterThanOrEqual(30 * SESSIONS);
  return world.held();
}

describe.each(Object.entries(PIPELINES))('%s', (_name, pipeline) => {
  it.each(Object.entries(ENDINGS))('leaves nothing behind where it %s', async (_how, ending) => {
    expect(await afterSessions(pipeline, ending)).toEqual(NOTHING);
  });
});

describe('a leak is seen', () => {
  const kept: unknown[] = [];
  const before = (leak: (world: World) => OperatorFunction<Frame, Frame>): Pipeline => (world) => pipe(leak(world), composed(world));

  it.each<[of: keyof Held, held: number, pipeline: Pipeline]>([
    ['subscriptions', SESSIONS, before(({ engines }) => tap({ subscribe: () => { from(engines.stt(NEVER)).subscribe(); } }))],
    ['timers', SESSIONS, before(({ scheduler }) => tap({ subscribe: () => { scheduler.schedule(() => undefined, 3_600_000); } }))],
    ['frames', 80 * SESSIONS, before(() => tap((frame) => { kept.push(frame); }))],
    ['audio', 2 * SESSIONS, (world) => pipe(composed(world), tap((said) => { kept.push(said); }))],
  ])('of %s', async (what, held, pipeline) => {
    expect(await afterSessions(pipeline, ENDINGS['is unsubscribed in the middle of an answer']!)).toEqual({ ...NOTHING, [what]: held });
    kept.length = 0;
  });
});
