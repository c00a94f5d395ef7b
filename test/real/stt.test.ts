import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concat, concatMap, from, of, type Subscription, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Stt } from '../../dist/src/engines.js';
import { whisper } from '../../dist/src/engines/stt/whisper.js';
import { whisperNode } from '../../dist/src/engines/stt/whisper-node.js';
import { buildWhisperNode, isWhisperNodeBuilt } from '../../dist/src/engines/stt/whisper-node-build.js';
import { silero } from '../../dist/src/engines/vad/silero.js';
import { session } from '../../dist/src/session.js';
import { keeps } from '../contracts/keeps.js';
import { sttContract } from '../contracts/stt.js';
import { all, first } from '../fixtures/all.js';
import { descendants } from '../fixtures/program.js';
import { noises } from '../fixtures/noises.js';
import { frames, realVoice, say } from '../fixtures/voices.js';
import { modelHere } from './models-here.js';

const QUESTION = 'What is the capital of France?';
const KENNEDY = 'and so my fellow americans ask not what your country can do for you ask what you can do for your country';
const words = (text: string): string => text.toLowerCase().replace(/[^a-z\s]/g, '').replace(/\s+/g, ' ').trim();
const children = (): number[] => descendants(process.pid, 'whisper-child');
const isComputing = (pid: number): boolean => {
  try {
    return /\) R /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false; // It is gone.
  }
};
const exists = (pid: number): boolean => existsSync(`/proc/${pid}`);

describe('whisper', () => {
  const question = frames(say(QUESTION));
  let model: string;
  let stt: Stt;
  let loaded: Subscription;
  beforeAll(async () => {
    model = Object.values(await modelHere('whisper-tiny.en'))[0]!;
    await new Promise<void>((resolve, reject) => {
      loaded = whisper({ model }).subscribe({ next: (engine) => { stt = engine; resolve(); }, error: reject });
    });
  });
  afterAll(async () => {
    loaded.unsubscribe();
    await vi.waitFor(() => expect(children()).toEqual([]), { timeout: 5_000 });
  });

  const hear = async (audio: Int16Array): Promise<string> => (await all(from(stt(of(audio))))).at(-1)!.text;

  /** Kills whatever works on a call as soon as it has been handed over. */
  const dying: Stt = (utterance) => {
    const transcripts = from(stt(utterance));
    setTimeout(() => { for (const pid of children()) process.kill(pid, 'SIGKILL'); }, 50);
    return transcripts;
  };

  keeps(sttContract, () => {
    const before = children();
    return {
      stt, voice: question, patience: 30_000,
      failing: (utterance) => dying(utterance),
      // A call that is cancelled ends with its process; the one that takes its place has yet to load, and is none of these.
      working: () => children().filter((pid) => before.includes(pid) && isComputing(pid)).length,
    };
  });

  it('understands a question', async () => {
    expect(words(await hear(say(QUESTION)))).toBe(words(QUESTION));
  });

  it('understands a real voice', async ({ skip }) => {
    const recording = realVoice();
    if (!recording) return skip('no recording of a real voice beside the checkout');
    expect(words(await hear(recording))).toBe(KENNEDY);
  });

  it.each([1.8, 2.3, 2.6, 2.9, 3.2])('does not repeat a phrase that is cut after %f s', async (length) => {
    const recording = realVoice();
    if (!recording) return;
    const text = words(await hear(recording.slice(0, length * 16_000)));
    expect(text).toMatch(/^and so/);
    expect(text.match(/and so/g)).toHaveLength(1);
  });

  it('hears nothing in silence, in noise and in a blink', async () => {
    expect(await hear(new Int16Array(32_000))).toBe('');
    expect(await hear(Int16Array.from({ length: 32_000 }, () => (Math.random() - 0.5) * 2_000))).toBe('');
    expect(await hear(new Int16Array(300))).toBe('');
  });

  it.each(Object.entries(noises))('hears nobody in %s', async (_, noise) => {
    for (const length of [0.5, 1, 3]) expect(await hear(noise.slice(0, length * 16_000)), `${length} s`).toBe('');
  });

  it('makes no turn of noises, behind the voice activity detector', async () => {
    const noise = Object.values(noises).flatMap((audio) => frames(audio));
    const told = await first(silero().pipe(concatMap((vad) =>
      from(noise).pipe(session({ vad, stt, llm: () => of('Yes?'), tts: () => of(new Int16Array(512)) }), toArray()))));
    expect(told!.at(0)).toMatchObject({ type: 'listening' });
    expect(told!.filter(({ type }) => type === 'reply.started')).toEqual([]);
  });

  it('writes the words that it was told to expect', async () => {
    const loading = whisper({ model, prompt: 'My favourite colour is grey.' });
    const heard = await first(loading.pipe(concatMap((hinted) => from(hinted(of(say('The color of the sky is gray.')))))));
    expect(heard!.text).toMatch(/colour.*grey/);
  });

  it('does not hear the utterance before once more', async () => {
    expect(words(await hear(say(QUESTION)))).toContain('france');
    expect(await hear(new Int16Array(16_000))).toBe('');
  });

  it('drops the process of a cancelled call, and answers the next one with the spare', async () => {
    await expect.poll(() => children().length, { timeout: 20_000 }).toBe(2);
    const before = children();
    const minutes = new Int16Array(60 * 16_000).map((_, index) => 3_000 * Math.sin(index / (10 + index % 1_000)));
    const subscription = from(stt(of(minutes))).subscribe({ error: () => undefined });
    await new Promise((resolve) => setTimeout(resolve, 200));
    subscription.unsubscribe();
    expect(words(await hear(say(QUESTION)))).toBe(words(QUESTION));
    await expect.poll(() => before.filter(exists).length, { timeout: 5_000 }).toBe(1);
  });

  it('says which file is missing, and which is none', async () => {
    await expect(all(whisper({ model: '/nowhere/model.bin' }))).rejects.toMatchObject({ kind: 'model', code: 'model-missing', stage: 'stt' });
    const folder = mkdtempSync(join(tmpdir(), 'whisper-test-'));
    const file = join(folder, 'model.bin');
    writeFileSync(file, 'This is no model.');
    await expect(all(whisper({ model: file }))).rejects.toMatchObject({ kind: 'model', code: 'model-unreadable', stage: 'stt' });
    rmSync(folder, { recursive: true });
  });
});

describe('whisper for 99 languages', () => {
  it('detects the language, and hears nobody in noises that it has none for', async () => {
    const model = Object.values(await modelHere('whisper-base'))[0]!;
    const heard = await first(whisper({ model, language: 'auto' }).pipe(concatMap((stt) =>
      concat(...[say(QUESTION), ...Object.values(noises).map((noise) => noise.slice(0, 16_000))].map((audio) => from(stt(of(audio))))).pipe(toArray()))));
    expect(heard!.map(({ text }) => words(text))).toEqual([words(QUESTION), ...Object.keys(noises).map(() => '')]);
    expect(heard!.map(({ language }) => language)).toEqual(['en', ...Object.keys(noises).map(() => undefined)]);
  });
});

// Compiling whisper.cpp takes a minute or more, so it is only tried where that has been done, or is asked for.
const built = isWhisperNodeBuilt() || process.env['TEST_WHISPER_NODE'] === '1';
describe.skipIf(!built)('whisper-node (compiled already, or TEST_WHISPER_NODE=1)', () => {
  beforeAll(async () => {
    expect((await all(buildWhisperNode())).at(-1)).toMatchObject({ type: 'ready' });
    expect(await all(buildWhisperNode())).toMatchObject([{ type: 'ready', cached: true }]);
  });

  it('understands a question, and leaves neither files nor processes behind', async () => {
    const model = Object.values(await modelHere('whisper-tiny.en'))[0]!;
    const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('speech-to-speech-'));
    const before = folders();
    let during: string[] = [];
    const heard = await first(whisperNode({ model }).pipe(concatMap((stt) => {
      during = folders();
      return concat(from(stt(of(say(QUESTION)))), from(stt(of(new Int16Array(100))))).pipe(toArray());
    })));
    expect(heard!.map(({ text }) => words(text))).toEqual([words(QUESTION), '']);
    expect(during.length).toBe(before.length + 1);
    expect(folders()).toEqual(before);
    await vi.waitFor(() => expect(descendants(process.pid, 'whisper-node-child')).toEqual([]), { timeout: 5_000 });
  });

  describe('as an engine', () => {
    const workers = (): number[] => descendants(process.pid, 'whisper-node-child');
    let stt: Stt;
    let loaded: Subscription;
    beforeAll(async () => {
      const model = Object.values(await modelHere('whisper-tiny.en'))[0]!;
      await new Promise<void>((resolve, reject) => {
        loaded = whisperNode({ model }).subscribe({ next: (engine) => { stt = engine; resolve(); }, error: reject });
      });
    });
    afterAll(() => loaded.unsubscribe());
    const dying: Stt = (utterance) => {
      const transcripts = from(stt(utterance));
      setTimeout(() => { for (const pid of workers()) process.kill(pid, 'SIGKILL'); }, 50);
      return transcripts;
    };
    // Each process that works has started the program that transcribes.
    const working = (): number => workers().flatMap((pid) => descendants(pid)).length;
    keeps(sttContract, () => ({ stt, voice: frames(say(QUESTION)), patience: 60_000, failing: dying, working }));
  });

  it('refuses a language that could be a command', () => {
    expect(() => whisperNode({ model: '/model.bin', language: 'en; echo' })).toThrow(expect.objectContaining({ kind: 'config', code: 'stt-language' }));
  });
});
