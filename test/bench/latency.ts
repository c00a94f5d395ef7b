/**
 * Voice-to-voice latency over real sockets: last voiced sample sent → first reply byte received, by stage. Once with engines
 * that answer at once, which leaves what the framework itself costs, and once with the embedded ones.
 *
 * And what the dashboards cost, and how late they are.
 *
 *   npm run bench -- [--turns 20] [--json] [--what instant,real,screens]
 */
import { connect } from 'node:net';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { filter, firstValueFrom, from, map, NEVER, of, ReplaySubject, share, timer } from 'rxjs';
import { inRealTime } from '../../dist/src/audio/clock.js';
import { int16ToBytes } from '../../dist/src/audio/pcm.js';
import { loadSettings } from '../../dist/src/config/load.js';
import type { Engines } from '../../dist/src/engines.js';
import { serve } from '../../dist/src/server.js';
import type { ServerEvent } from '../../dist/src/server.js';
import { listenTcp } from '../../dist/src/transports/tcp.js';
import { serverOptions } from '../../dist/cli/commands/conversation.js';
import { prepare } from '../../dist/cli/commands/prepare.js';
import { say } from '../fixtures/voices.js';
import { printScreens, screens } from './screens.js';

const { values: { turns, json, what: wanted } } = parseArgs({
  options: { turns: { type: 'string', default: '20' }, json: { type: 'boolean', default: false }, what: { type: 'string', default: 'instant,real,screens' } },
});

const ASKED = ['What is the capital of France?', 'Why is the sky blue during the day?', 'Can you tell me a short story about a cat?', 'How do I make a good cup of tea?'];
const FRAME = 512;
/** Silence (ms) that ends an utterance with the instant engines. */
const ENDPOINT = 300;

const instant: Engines = {
  vad: () => (frame) => (rms(frame) > 200 ? 0.99 : 0.01),
  stt: () => of({ text: 'Words.', final: true }),
  llm: () => from(['Yes. ', 'Thank you.']),
  tts: () => of(new Int16Array(1_600).fill(1_000)),
};

function rms(frame: Int16Array): number {
  return Math.sqrt(frame.reduce((sum, sample) => sum + sample * sample, 0) / frame.length);
}

interface Question { readonly frames: readonly Int16Array[]; readonly lastVoiced: number }

const questions = (): Question[] => ASKED.map((text) => {
  const spoken = say(text, 'rms');
  const frames = Array.from({ length: Math.ceil(spoken.length / FRAME) }, (_, n) => {
    const frame = new Int16Array(FRAME);
    frame.set(spoken.subarray(n * FRAME, (n + 1) * FRAME));
    return frame;
  });
  return { frames, lastVoiced: frames.findLastIndex((frame) => rms(frame) > 200) };
});

interface Measured { readonly voiceToVoice: number; readonly stages: Readonly<Record<string, number>> }

async function measure(engines: Engines, options: Parameters<typeof serve>[0]['session'], asked: readonly Question[], count: number) {
  const events = new ReplaySubject<ServerEvent>(Infinity);
  const doors = listenTcp({ recvHost: '127.0.0.1', recvPort: 0, sendHost: '127.0.0.1', sendPort: 0 });
  const running = serve({ doors, engines, session: options ?? {} }).subscribe(events);
  const serving = await firstValueFrom(events.pipe(filter((event) => event.type === 'serving')));
  const mic = connect({ port: serving.recv.port, host: '127.0.0.1', noDelay: true });
  const reply = connect({ port: serving.send.port, host: '127.0.0.1' });
  await Promise.all([once(mic, 'connect'), once(reply, 'connect')]);

  const loop = monitorEventLoopDelay({ resolution: 1 });
  const measured: Measured[] = [];
  let pending: readonly Int16Array[] = [];
  let next = 0;
  let lastVoicedFrame = -1;
  let lastVoicedAt = 0;
  const say = (question: Question): void => {
    pending = question.frames;
    next = 0;
    lastVoicedFrame = question.lastVoiced;
  };
  function* voice(): Generator<Int16Array, void> {
    for (;;) {
      if (next === lastVoicedFrame + 1 && lastVoicedFrame >= 0 && lastVoicedAt === 0) lastVoicedAt = performance.now();
      yield pending[next++] ?? new Int16Array(FRAME);
    }
  }
  const speaking = inRealTime(voice()).subscribe({ next: (frame) => mic.write(int16ToBytes(frame)), error: (error: unknown) => { throw error; } });
  loop.enable();
  for (let turn = 1; turn <= count; turn += 1) {
    const done = firstValueFrom(events.pipe(filter((event) => event.type === 'reply.done'), filter((event) => event.turn >= turn)));
    const late = firstValueFrom(timer(60_000).pipe(map((): never => { throw new Error(`turn ${turn} was not answered within 60 s`); })));
    late.catch(() => undefined);
    const failed = firstValueFrom(events.pipe(filter((event) => event.type === 'failed'), map((event): never => { throw new Error(`turn ${turn} failed: ${event.code}`); })));
    failed.catch(() => undefined);
    lastVoicedAt = 0;
    const first = once(reply, 'data').then(() => performance.now());
    say(asked[turn % asked.length] ?? asked[0]!);
    const at = await Promise.race([first, failed, late]);
    const event = await Promise.race([done, failed, late]);
    reply.resume();
    measured.push({ voiceToVoice: at - lastVoicedAt, stages: { ...event.latency } });
    if (!json) process.stderr.write(`\r  turn ${turn} of ${count}: ${Math.round(at - lastVoicedAt)} ms   `);
    await new Promise((resolve) => setTimeout(resolve, 400));
    reply.removeAllListeners('data');
  }
  loop.disable();
  if (!json) process.stderr.write('\n');
  speaking.unsubscribe();
  mic.destroy();
  reply.destroy();
  running.unsubscribe();
  const stages = ['endpoint', 'stt', 'llm', 'clause', 'tts', 'send', 'total'];
  return {
    turns: count,
    voiceToVoice: summary(measured.map((one) => one.voiceToVoice)),
    stages: Object.fromEntries(stages.map((stage) => [stage, summary(measured.map((one) => one.stages[stage] ?? 0))])),
    loopDelayP99: round(loop.percentile(99) / 1e6),
    loopDelayMax: round(loop.max / 1e6),
    rssMb: Math.round(process.memoryUsage().rss / 1e6),
  };
}

function summary(values: readonly number[]): { median: number; p95: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { median: at(0.5), p95: at(0.95) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function print(name: string, result: Awaited<ReturnType<typeof measure>>): void {
  console.log(`\n${name}: ${result.turns} turns, ms                  median      p95`);
  const row = (label: string, { median, p95 }: { median: number; p95: number }): void => console.log(`  ${label.padEnd(44)}${median.toFixed(1).padStart(8)} ${p95.toFixed(1).padStart(8)}`);
  row('last voiced sample sent → first reply byte', result.voiceToVoice);
  for (const [stage, values] of Object.entries(result.stages)) row(`  ${stage}`, values);
  console.log(`  event loop delay p99 ${result.loopDelayP99} ms, longest ${result.loopDelayMax} ms; RSS ${result.rssMb} MB, children not counted`);
}

const count = Number(turns);
const asked = questions();
const results: Record<string, unknown> = {};
if (wanted.includes('instant')) {
  const result = await measure(instant, { speech: { minSilence: ENDPOINT } }, asked, count);
  const overhead = { median: round(result.voiceToVoice.median - ENDPOINT), p95: round(result.voiceToVoice.p95 - ENDPOINT) };
  results['instant'] = { ...result, overhead };
  if (!json) {
    print(`Instant engines, endpoint after ${ENDPOINT} ms`, result);
    console.log(`  what the framework adds to the endpoint silence: median ${overhead.median} ms, p95 ${overhead.p95} ms (aim: at most 50 ms)`);
  }
}
if (wanted.includes('real')) {
  const { settings } = loadSettings('serve', [], {}, () => '');
  const io = { stderr: process.stderr, env: process.env };
  const ready = prepare(settings, io as Parameters<typeof prepare>[1], NEVER).pipe(share());
  const holding = ready.subscribe();
  const prepared = await firstValueFrom(ready.pipe(filter((event) => event.type === 'prepared')));
  results['real'] = await measure(prepared.engines, serverOptions(settings).session, asked, count);
  if (!json) print('Embedded engines, default settings', results['real'] as Awaited<ReturnType<typeof measure>>);
  holding.unsubscribe();
}
// Only Linux tells what another program takes.
if (wanted.includes('screens') && process.platform === 'linux') {
  const result = await screens(Math.max(5, Math.round(count / 2)));
  results['screens'] = result;
  if (!json) printScreens(result);
}
if (json) console.log(JSON.stringify(results, null, 2));
process.exit(0);
