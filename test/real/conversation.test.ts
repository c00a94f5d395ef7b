import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom, from, lastValueFrom, share } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { wordErrorRate } from '../../dist/cli/word-error-rate.js';
import { bytesToInt16, int16ToBytes } from '../../dist/src/audio/pcm.js';
import { readWav } from '../../dist/src/audio/wav.js';
import { whisper } from '../../dist/src/engines/stt/whisper.js';
import type { Stt } from '../../dist/src/engines.js';
import { cacheFolder } from '../../dist/src/models/cache.js';
import { findModel } from '../../dist/src/models/catalog.js';
import { pull } from '../../dist/src/models/pull.js';
import { stockClient } from '../fixtures/clients.js';
import type { StockClient } from '../fixtures/clients.js';
import { joined, silence } from '../fixtures/engines.js';
import { openaiServer } from '../fixtures/openai-server.js';
import { descendants, program } from '../fixtures/program.js';
import type { Program, Told } from '../fixtures/program.js';
import { recordings, say } from '../fixtures/voices.js';

const FRAME = 512;

/** Real voices; where there are none, one test says so by being skipped. */
const voices = recordings().length > 0 ? recordings() : [{ path: 'no recordings beside the checkout', words: '' }];
const none = recordings().length === 0;
const folder = mkdtempSync(join(tmpdir(), 'conversation-'));
const programs: Program[] = [];
let transcribe: (audio: Int16Array) => Promise<string>;
let letGo: () => void;

beforeAll(async () => {
  const ready = await lastValueFrom(pull(findModel('whisper-tiny.en'), { cache: cacheFolder() }));
  const [model] = ready.type === 'ready' ? Object.values(ready.paths) : [];
  const loaded = whisper({ model: model! }).pipe(share());
  const holding = loaded.subscribe();
  const stt: Stt = await firstValueFrom(loaded);
  letGo = () => holding.unsubscribe();
  transcribe = async (audio) => {
    const frames = Array.from({ length: Math.ceil(audio.length / FRAME) }, (_, n) => audio.slice(n * FRAME, (n + 1) * FRAME));
    return (await lastValueFrom(from(stt(from(frames))))).text;
  };
});
afterEach(() => Promise.all(programs.splice(0).map((one) => one.stop('SIGKILL'))));
afterAll(() => {
  letGo();
  rmSync(folder, { recursive: true });
});

function run(...args: string[]): Program {
  const one = program(args);
  programs.push(one);
  return one;
}

async function served(...args: string[]): Promise<{ server: Program; client: StockClient }> {
  const server = run('--recv_port', '0', '--send_port', '0', ...args);
  const { recv, send } = await server.until(({ type }) => type === 'serving') as unknown as { recv: { port: number }; send: { port: number } };
  const client = await stockClient({ host: '127.0.0.1', micPort: recv.port, replyPort: send.port });
  await server.until(({ type }) => type === 'listening');
  return { server, client };
}

/** Speaks in real time, and then silence until the turn has ended: `reply.done`, `failed` or `cancelled`. */
async function ask(server: Program, client: StockClient, audio: Int16Array): Promise<Told> {
  const before = server.told.length;
  const ended = server.until(({ type }) => ['reply.done', 'failed', 'cancelled'].includes(type), before);
  const turn = { over: false };
  const settle = ended.finally(() => (turn.over = true));
  settle.catch(() => undefined);
  const began = performance.now();
  for (let frame = 0; !turn.over && frame < 4_000; frame += 1) {
    const piece = audio.subarray(frame * FRAME, (frame + 1) * FRAME);
    await client.speak(int16ToBytes(joined(piece, new Int16Array(FRAME - piece.length))));
    // The pace of a microphone: the sockets are real, and so is time.
    await sleep(Math.max(0, began + 32 * frame - performance.now()));
  }
  const end = await settle;
  await server.until(({ type, open }) => type === 'gate' && open === true, before);
  return end;
}

const heardOf = (server: Program, from = 0): string =>
  server.told.slice(from).filter(({ type, final }) => type === 'transcript' && final === true).map(({ text }) => String(text)).join(' ');

describe('the server on its real ports, with its real models', () => {
  it('hears a synthetic voice, asks the LLM, and answers in speech that can be transcribed back', async () => {
    const { server, client } = await served();
    const question = 'What is the capital of France?';
    const done = await ask(server, client, joined(silence(300), say(question, 'rms')));
    expect(done).toMatchObject({ type: 'reply.done', turn: 1 });
    expect(wordErrorRate(question, heardOf(server))).toBeLessThanOrEqual(0.2);
    const spoken = await transcribe(bytesToInt16(client.inbox.bytes()));
    expect(wordErrorRate(String(done['text']), spoken), `it answered "${String(done['text'])}", which was heard as "${spoken}"`).toBeLessThanOrEqual(0.2);
    const { total, ...stages } = done['latency'] as Record<string, number>;
    expect(Object.values(stages).reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(total!, 6);
    expect(client.inbox.bytes().length % 2048).toBe(0);
    await client.leave();
  });

  it.skipIf(none).each(voices)('hears a recording of a real voice as one turn, pauses and all, and answers it: $path', async ({ path, words }) => {
    const { server, client } = await served();
    const done = await ask(server, client, readWav(readFileSync(path), path).samples);
    expect(done).toMatchObject({ type: 'reply.done', turn: 1 });
    expect(wordErrorRate(words, heardOf(server)), heardOf(server)).toBeLessThanOrEqual(0.2);
    const spoken = await transcribe(bytesToInt16(client.inbox.bytes()));
    expect(wordErrorRate(String(done['text']), spoken), `it answered "${String(done['text'])}", which was heard as "${spoken}"`).toBeLessThanOrEqual(0.2);
    await client.leave();
  });

  it('speaks with Flite, too', async () => {
    const { server, client } = await served('--tts', 'flite', '--voice', 'slt');
    const done = await ask(server, client, joined(silence(300), say('Please count from one to five.', 'rms')));
    expect(done['type']).toBe('reply.done');
    const spoken = await transcribe(bytesToInt16(client.inbox.bytes()));
    expect(wordErrorRate(String(done['text']), spoken), `it answered "${String(done['text'])}", which was heard as "${spoken}"`).toBeLessThanOrEqual(0.34);
    await client.leave();
  });

  it('re-opens when the LLM is stuck, hangs up on it, and answers the next question', async () => {
    const llm = await openaiServer(['hang', { answer: ['Here ', 'I am.'] }]);
    const { server, client } = await served('--llm_backend', 'responses-api', '--responses_api_base_url', llm.url, '--watchdog_s', '2');
    const question = joined(silence(300), say('Can you hear me now?', 'rms'));
    expect(await ask(server, client, question)).toMatchObject({ type: 'cancelled', reason: 'watchdog' });
    expect(server.told.some(({ type, fired }) => type === 'watchdog' && fired === true)).toBe(true);
    expect(await llm.requests[0]!.closed).toBe(true);
    expect(await ask(server, client, question)).toMatchObject({ type: 'reply.done', text: 'Here I am.' });
    await client.leave();
    await llm.close();
  });

  it.each(['whisper-child', 'llama-child'])('loses one turn when its %s is killed, and answers the next', async (child) => {
    const { server, client } = await served();
    const question = joined(silence(300), say('What is the capital of Italy?', 'rms'));
    const pid = server.process.pid!;
    const killing = (async () => {
      await server.until(({ type }) => type === (child === 'whisper-child' ? 'speech.started' : 'transcript'));
      for (const victim of descendants(pid, child)) process.kill(victim, 'SIGKILL');
    })();
    const end = await ask(server, client, question);
    await killing;
    // A spare may have taken over in time; what may not happen is that more than this turn is lost.
    expect(['failed', 'reply.done']).toContain(end['type']);
    const next = server.told.length;
    expect(await ask(server, client, question)).toMatchObject({ type: 'reply.done' });
    expect(wordErrorRate('What is the capital of Italy?', heardOf(server, next))).toBeLessThanOrEqual(0.2);
    await client.leave();
  });

  it('leaves no process behind when it is asked to stop, and none when it is killed', async () => {
    for (const [signal, code] of [['SIGTERM', 0], ['SIGINT', 130], ['SIGKILL', null]] as const) {
      const { server, client } = await served();
      const children = descendants(server.process.pid!);
      expect(children.length).toBeGreaterThan(0);
      expect(await server.stop(signal)).toBe(code);
      await client.inbox.all();
      const alive = (): number[] => children.filter((pid) => { try { process.kill(pid, 0); return true; } catch { return false; } });
      for (let tries = 0; alive().length > 0 && tries < 100; tries += 1) await sleep(50);
      expect(alive()).toEqual([]);
    }
  });
});

describe('talk', () => {
  it('is no success when it is stopped before every question was answered', async () => {
    const talk = run('talk', '--tts', 'flite', '--reply_wav', join(folder, 'stopped.wav'));
    await talk.until(({ type }) => type === 'transcript');
    expect(await talk.stop('SIGTERM')).toBe(1);
    expect(talk.told.filter(({ type, message }) => type === 'warning' && /not asked/.test(String(message)))).not.toHaveLength(0);
  });

  it('holds a conversation with a synthetic user where there is no terminal, keeps the replies, and exits 0', async () => {
    const replies = join(folder, 'replies.wav');
    const talk = run('talk', '--reply_wav', replies);
    expect(await talk.exited, talk.stderr()).toBe(0);
    expect(talk.told.filter(({ type }) => type === 'reply.done')).toHaveLength(3);
    expect(talk.told.some(({ type, message }) => type === 'notice' && /synthetic user/.test(String(message)))).toBe(true);
    expect(readFileSync(replies).length).toBeGreaterThan(44 + 32_000);
  });

  it.skipIf(none).each(voices)('takes a recording as microphone and keeps what would be heard: $path', async ({ path, words }) => {
    const answer = join(folder, 'answer.wav');
    const talk = run('talk', '--mic', path, '--speaker', answer);
    expect(await talk.exited, talk.stderr()).toBe(0);
    expect(wordErrorRate(words, heardOf(talk)), heardOf(talk)).toBeLessThanOrEqual(0.2);
    const said = talk.told.filter(({ type }) => type === 'reply.done').map(({ text }) => String(text)).join(' ');
    const spoken = await transcribe(bytesToInt16(readFileSync(answer).subarray(44)));
    expect(wordErrorRate(said, spoken), `it answered "${said}", which was heard as "${spoken}"`).toBeLessThanOrEqual(0.2);
  });
});
