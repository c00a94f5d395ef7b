// Pulls the plug on each engine, with kill -9, at random moments of real conversations. `npm run test:plug` does so twenty times an
// engine; PLUG_MOMENTS says how often, and PLUG_SEED, which is printed, makes them the same again.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { Subject, Subscription } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { onPath } from '../../dist/src/audio/tools.js';
import type { ChildNews, Supervised } from '../../dist/src/engines/child-news.js';
import { commandLlm } from '../../dist/src/engines/llm/command-llm.js';
import { llama } from '../../dist/src/engines/llm/llama.js';
import { chatCompletions } from '../../dist/src/engines/llm/openai-chat.js';
import { command } from '../../dist/src/engines/stt/command.js';
import { transcriptions } from '../../dist/src/engines/stt/openai-transcriptions.js';
import { whisper } from '../../dist/src/engines/stt/whisper.js';
import { flite } from '../../dist/src/engines/tts/flite.js';
import { hibari } from '../../dist/src/engines/tts/hibari.js';
import { speech } from '../../dist/src/engines/tts/openai-speech.js';
import { voiceCommand } from '../../dist/src/engines/tts/voice-command.js';
import { silero } from '../../dist/src/engines/vad/silero.js';
import { FRAME_SAMPLES, type Engines, type Frame, type Llm, type Loaded } from '../../dist/src/engines.js';
import type { SessionEvent } from '../../dist/src/events.js';
import { session } from '../../dist/src/session.js';
import { freePort } from '../fixtures/free-port.js';
import { descendants } from '../fixtures/program.js';
import { frames, say } from '../fixtures/voices.js';
import { modelHere } from './models-here.js';

const MOMENTS = Number(process.env['PLUG_MOMENTS'] ?? 2);
const SEED = Number(process.env['PLUG_SEED'] ?? Date.now() % 1_000_000);
/** Moments of one conversation: a sixth crash in a minute would make the engine unavailable, and some have two processes. */
const SITTING = 2;
/** A busy machine may take longer to start an engine again than a user would wait. */
const PATIENT = { stt: 90_000, firstToken: 90_000, nextToken: 90_000, tts: 90_000 };
/** How much faster than in real time it is spoken. */
const HASTE = 4;

const WHENS = ['idle', 'speech.started', 'pause', 'speech.stopped', 'transcript', 'reply.text', 'reply.audio'] as const;
/** So many ms after that has happened; `whole`: all processes of the engine, or one of them. */
interface Moment { readonly when: (typeof WHENS)[number]; readonly after: number; readonly whole: boolean }
const moments = (seed: number): readonly Moment[] =>
  fc.sample(fc.record({ when: fc.constantFrom(...WHENS), after: fc.integer({ min: 0, max: 250 }), whole: fc.boolean() }), { seed, numRuns: MOMENTS });

/** One engine, and what can be killed of it. */
interface Plugged {
  readonly engine: Partial<Engines>;
  readonly pids: () => readonly number[];
  /** Brings back what nobody but its owner can. */
  readonly mend?: () => Promise<void>;
}

const open: Subscription[] = [];
const servers: ChildProcess[] = [];
const free = (): void => {
  for (const subscription of open.splice(0)) subscription.unsubscribe();
  for (const server of servers.splice(0)) server.kill('SIGKILL');
};
const load = <E>(engine: Loaded<E>, into = open): Promise<E> => new Promise((resolve, reject) => into.push(engine.subscribe({ next: resolve, error: reject })));

/** An engine in processes of its own, which are known by the news of them. */
async function supervised<S extends keyof Engines>(stage: S, start: (onNews: Supervised['onNews']) => Loaded<Engines[S]>): Promise<Plugged> {
  const alive = new Set<number>();
  const heed = (news: ChildNews): void => {
    if (news.type === 'ready') alive.add(news.pid);
    else alive.delete(news.pid);
  };
  return { engine: { [stage]: await load(start(heed)) }, pids: () => [...alive] };
}

/** A program that is run anew for every call. */
async function programmed<S extends keyof Engines>(stage: S, word: string, start: () => Loaded<Engines[S]>): Promise<Plugged> {
  return { engine: { [stage]: await load(start()) }, pids: () => descendants(process.pid, word) };
}

/** A server that is started again, as a service would be. */
async function served<S extends 'stt' | 'llm' | 'tts'>(stage: S, start: (baseUrl: string) => Loaded<Engines[S]>): Promise<Plugged> {
  const port = await freePort();
  const mend = async (): Promise<void> => {
    const server = fork(fileURLToPath(new URL('../fixtures/programs/serves-openai.ts', import.meta.url)), [String(port), stage], { execArgv: ['--import', 'tsx'] });
    servers.push(server);
    await once(server, 'message');
  };
  await mend();
  return {
    engine: { [stage]: await load(start(`http://127.0.0.1:${port}/v1`)) },
    pids: () => servers.flatMap(({ pid, signalCode }) => (pid === undefined || signalCode !== null ? [] : [pid])),
    mend: async () => {
      for (const server of servers) if (server.signalCode === null) await once(server, 'exit');
      await mend();
    },
  };
}

const node = (name: string): readonly string[] => [process.execPath, fileURLToPath(new URL(`../fixtures/programs/${name}.mjs`, import.meta.url))];
const model = async (name: string): Promise<string> => Object.values(await modelHere(name))[0]!;
const systemPrompt = 'You are a friendly voice assistant. Answer in one or two short sentences.';
const talker = (file: string, onNews?: Supervised['onNews']): Loaded<Llm> => llama({ model: file, systemPrompt, contextSize: 1_024, maxTokens: 32, onNews });

const plugs: Readonly<Record<string, () => Promise<Plugged>>> = {
  'whisper': async () => {
    const file = await model('whisper-tiny.en');
    return supervised('stt', (onNews) => whisper({ model: file, onNews }));
  },
  'embedded': async () => {
    const file = await model('qwen2.5-coder-0.5b');
    return supervised('llm', (onNews) => talker(file, onNews));
  },
  'hibari': async () => {
    const files = await modelHere('hibari');
    return supervised('tts', (onNews) => hibari({ files, onNews }));
  },
  'flite': () => supervised('tts', (onNews) => flite({ onNews })),
  'a program that transcribes': () => programmed('stt', 'counts-samples', () => command({ words: node('counts-samples'), input: 'pcm' })),
  'a program that answers': () => programmed('llm', 'answers', () => commandLlm({ words: node('answers') })),
  ...(onPath('espeak-ng') ? { 'espeak-ng': () => programmed('tts', 'espeak-ng', () => voiceCommand({ words: ['espeak-ng', '--stdin', '--stdout'] })) } : {}),
  'a server that transcribes': () => served('stt', (baseUrl) => transcriptions({ model: 'm', baseUrl })),
  'a server that answers': () => served('llm', (baseUrl) => chatCompletions({ model: 'm', baseUrl })),
  'a server that speaks': () => served('tts', (baseUrl) => speech({ model: 'm', baseUrl })),
};

const ENDS = ['reply.done', 'failed', 'cancelled'] as const;
/** An event, or that what was to be said has been said. */
type News = SessionEvent | { readonly type: 'pause' };

/** A conversation whose microphone runs all the time, and says nothing where it is not given anything to say. */
function converse(engines: Engines) {
  const microphone = new Subject<Frame>();
  const events: SessionEvent[] = [];
  const heeds = new Set<(news: News) => void>();
  const tell = (news: News): void => { for (const heed of [...heeds]) heed(news); };
  let over: unknown = 'still alive';
  open.push(microphone.pipe(session(engines, { system: systemPrompt, speculate: true, limits: PATIENT })).subscribe({
    next: (event) => { events.push(event); tell(event); }, error: (error: unknown) => { over = error; }, complete: () => { over = 'completed'; },
  }));
  const words: Frame[] = [];
  const running = setInterval(() => {
    const word = words.shift();
    microphone.next(word ?? new Int16Array(FRAME_SAMPLES));
    if (word !== undefined && words.length === 0) tell({ type: 'pause' });
  }, (1_000 * FRAME_SAMPLES) / 16_000 / HASTE);
  open.push(new Subscription(() => clearInterval(running)));

  const until = (...types: readonly News['type'][]): Promise<News> => new Promise((resolve) => {
    const heed = (news: News): void => {
      if (!types.includes(news.type)) return;
      heeds.delete(heed);
      resolve(news);
    };
    heeds.add(heed);
  });
  return {
    events, until, alive: () => over,
    /** Says something, and waits for the end of the turn. */
    ask: (audio: readonly Frame[]): Promise<News> => {
      words.push(...audio);
      return until(...ENDS);
    },
  };
}

describe(`pulling the plug (PLUG_SEED=${SEED} PLUG_MOMENTS=${MOMENTS})`, () => {
  const others: Subscription[] = [];
  let sound: Engines;
  let question: readonly Frame[];

  beforeAll(async () => {
    question = frames(say('What is the capital of Italy?', 'rms'));
    sound = {
      vad: await load(silero(), others), stt: await load(whisper({ model: await model('whisper-tiny.en') }), others),
      llm: await load(talker(await model('qwen2.5-coder-0.5b')), others), tts: await load(hibari({ files: await modelHere('hibari') }), others),
    };
  });
  afterEach(free);
  afterAll(() => { for (const subscription of others) subscription.unsubscribe(); });

  it.each(Object.entries(plugs).map(([name, plug], index) => [name, plug, SEED + index] as const))('on %s loses the turn that it served, and no other', async (name, plug, seed) => {
    const lost: string[] = [];
    const kept: string[] = [];
    const all = moments(seed);
    for (let at = 0; at < all.length; at += SITTING) {
      const { engine, pids, mend } = await plug();
      const talk = converse({ ...sound, ...engine });
      for (const moment of all.slice(at, at + SITTING)) {
        const told = `${moment.when} + ${moment.after} ms${moment.whole ? ', all' : ''}`;
        const pulling = pull(talk, moment, pids).then(async (killed) => {
          if (moment.when === 'idle' && killed > 0) await mend?.();
          return killed;
        });
        if (moment.when === 'idle') await pulling;
        const end = await talk.ask(question);
        const killed = await pulling;
        if (moment.when !== 'idle' && killed > 0) await mend?.();
        (end.type === 'reply.done' ? kept : lost).push(`${told}${killed === 0 ? ', nothing ran' : ''}`);
        expect(end, told).toMatchObject({ type: expect.stringMatching(/^(reply\.done|failed)$/) as string });
        const next = await talk.ask(question);
        expect(next, `the turn after ${told}: ${JSON.stringify(next)}`).toMatchObject({ type: 'reply.done' });
      }
      expect(talk.alive()).toBe('still alive');
      for (const { turn } of talk.events.filter((event) => event.type === 'speech.started')) {
        expect(talk.events.filter((event) => 'turn' in event && event.turn === turn && ENDS.some((type) => type === event.type)), `ends of turn ${turn}`).toHaveLength(1);
      }
      free();
    }
    console.log(`${name}: ${kept.length} of ${all.length} turns were answered all the same (${kept.join('; ')}); lost: ${lost.join('; ')}`);
  }, 40_000 * Math.max(3, MOMENTS));
});

/** Kills what there is to kill at that moment of the turn that comes; resolves with how many processes that were. */
async function pull(talk: ReturnType<typeof converse>, { when, after, whole }: Moment, pids: () => readonly number[]): Promise<number> {
  const turn = { over: false };
  const ended = talk.until(...ENDS).then(() => { turn.over = true; });
  if (when !== 'idle') await Promise.race([ended, talk.until(when)]);
  await sleep(after);
  // A program may not have been started yet.
  while (pids().length === 0 && when !== 'idle' && !turn.over) await sleep(1);
  const victims = whole ? pids() : pids().slice(0, 1);
  for (const victim of victims) {
    try {
      process.kill(victim, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  return victims.length;
}
