import { mkdirSync, writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linesTo, models, progressLine } from '../../cli/commands/models.js';
import { findModel } from '../../src/models/catalog.js';
import { modelFolder } from '../../src/models/cache.js';
import { folder, nobody } from './helpers.js';

/** Runs `models …` as the program does, with a hub that is out of reach. */
async function run(action: 'list' | 'pull' | 'verify' | 'path', names: string[] = [], { cache = folder(), signal = new AbortController().signal, from = '' } = {}) {
  let text = '';
  const stdout = new Writable({ write: (chunk: Buffer, _, done) => { text += chunk.toString(); done(); } });
  const code = await models({ action, names, all: false, cache, ...(from !== '' && { from }) }, { stdout, signal, env: { SPEECH_TO_SPEECH_HUB: await nobody() } });
  return { code, text, cache };
}

/** A file of the right size in the place of Whisper small: nobody can tell without reading it. */
function plant(cache: string, content = 'not a model'): string {
  const path = join(modelFolder(findModel('whisper-small'), cache), 'ggml-small.bin');
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

describe('models list', () => {
  it('shows every model with its size, licence and what the cache has of it', async () => {
    const cache = folder();
    plant(cache);
    const { code, text } = await run('list', [], { cache });
    expect(code).toBe(0);
    expect(text).toMatch(/^NAME +USE +SIZE +STATE +LANGUAGES +LICENCE/);
    expect(text).toMatch(/^hibari +tts +13\.6 MB +missing +English +Apache-2\.0/m);
    expect(text).toMatch(/^whisper-small +stt +487\.6 MB +damaged +99 languages +MIT/m);
    expect(text).toContain(`Models lie in ${cache}`);
  });
});

describe('models path', () => {
  it('prints the cache folder, or where models lie, and nothing else', async () => {
    const { cache, text, code } = await run('path');
    expect([code, text]).toEqual([0, `${cache}\n`]);
    expect(await run('path', ['whisper-small', 'hibari'], { cache })).toMatchObject({
      code: 5, text: `${cache}/models/whisper-small/ggml-small.bin\n${cache}/models/hibari\n`,
    });
  });
});

describe('models verify', () => {
  it('exits 5 where something is damaged or missing', async () => {
    const cache = folder();
    plant(cache);
    expect(await run('verify', [], { cache })).toMatchObject({ code: 5, text: expect.stringContaining('whisper-small: ggml-small.bin is damaged: it is 11 bytes long, not 487601967') as string });
    expect(await run('verify', ['whisper-base'], { cache })).toMatchObject({ code: 5, text: expect.stringContaining('whisper-base: ggml-base.bin is missing') as string });
  });

  it('has nothing to say against an empty cache', async () => {
    expect(await run('verify')).toMatchObject({ code: 0, text: expect.stringContaining('There are no models in') as string });
  });
});

describe('models pull', () => {
  it('throws what exits 5 where no source can deliver', async () => {
    await expect(run('pull', ['whisper-small'])).rejects.toMatchObject({ kind: 'model', code: 'model-unreachable' });
  });

  it('tries the next model when one cannot be had, and names both in the end', async () => {
    await expect(run('pull', ['whisper-small', 'whisper-tiny'])).rejects.toMatchObject({
      kind: 'model', message: expect.stringMatching(/the model whisper-small\.[^]*the model whisper-tiny\./) as string, hint: expect.stringMatching(/ggml-small\.bin[^]*ggml-tiny\.bin/) as string,
    });
  });

  it('refuses a name it does not know before it fetches anything', async () => {
    await expect(run('pull', ['whisper-small', 'hibary'])).rejects.toMatchObject({ kind: 'config', code: 'unknown-model' });
  });

  it('exits 130 when it is interrupted', async () => {
    const controller = new AbortController();
    controller.abort();
    expect(await run('pull', ['whisper-small'], { signal: controller.signal })).toMatchObject({ code: 130 });
  });
});

describe('a progress line', () => {
  it('tells size, speed and the time left', () => {
    const news = { type: 'progress', file: 'a.bin', received: 31_200_000, total: 77_704_715, bytesPerSecond: 5_100_000, secondsLeft: 9.1 } as const;
    expect(progressLine(news)).toBe('  31.2 MB of 77.7 MB (40 %), 5.1 MB/s, 10 s left  a.bin');
    expect(progressLine({ ...news, bytesPerSecond: 0, secondsLeft: undefined })).toBe('  31.2 MB of 77.7 MB (40 %)  a.bin');
    expect(progressLine({ ...news, secondsLeft: 100 })).toContain('1 min 40 s left');
    expect(progressLine({ ...news, secondsLeft: 4000 })).toContain('1 h 6 min left');
  });

  it('has words for all other news but the last', () => {
    expect(progressLine({ type: 'trying', source: 'the hub' })).toBe('  asking the hub');
    expect(progressLine({ type: 'skipped', source: 'the hub', reason: 'it sleeps' })).toBe('  no: the hub: it sleeps');
    expect(progressLine({ type: 'converting', file: 'a.bin', done: 1, total: 3 })).toBe('  putting a.bin together, 33 %');
    expect(progressLine({ type: 'ready', paths: {}, cached: true })).toBeUndefined();
  });

  const screen = (isTTY: boolean) => {
    let text = '';
    let now = 0;
    const lines = linesTo({ isTTY, columns: 12, write: (piece: string) => (text += piece) }, () => now);
    return { ...lines, at: (ms: number) => (now = ms), text: () => text };
  };

  it('is overwritten on a terminal, cut to its width, and gone when something else is said', () => {
    const { out, progress, text } = screen(true);
    progress('one');
    progress('a line that is too long');
    out('done');
    expect(text()).toBe('\r\u001b[2Kone\r\u001b[2Ka line that\r\u001b[2Kdone\n');
  });

  it('is written every two seconds where there is no terminal', () => {
    const { progress, at, text } = screen(false);
    for (let ms = 0; ms <= 4000; ms += 100) {
      at(ms);
      progress(`${ms} ms`);
    }
    expect(text()).toBe('0 ms\n2000 ms\n4000 ms\n');
  });
});
