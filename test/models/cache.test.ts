import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { lastValueFrom, toArray } from 'rxjs';
import { cacheFolder, describe as rowsOf, modelFolder, modelPath, modelPaths } from '../../src/models/cache.js';
import { verify } from '../../src/models/verify.js';
import { bytes, folder, modelOf, pulled, sha256 } from './helpers.js';

const content = bytes(5000);
const model = modelOf({ 'parrot.onnx': content });
const WHEN = 1_700_000_000; // whole seconds: every file system keeps them exactly
const two = modelOf({ 'parrot.onnx': content, NOTICE: bytes(20) });

function put(cache: string, data: Uint8Array, name = 'parrot.onnx'): string {
  const path = join(modelFolder(model, cache), name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data);
  utimesSync(path, WHEN, WHEN);
  return path;
}

/** Other content of the same length, under the same time of change. */
function tamper(path: string): void {
  writeFileSync(path, bytes(content.length, 2));
  utimesSync(path, WHEN, WHEN);
}

describe('the cache folder', () => {
  it('is the one given, before the variable, before the user\'s cache', () => {
    vi.stubEnv('XDG_CACHE_HOME', '/xdg');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(cacheFolder('/given', { SPEECH_TO_SPEECH_CACHE: '/variable' })).toBe('/given');
    expect(cacheFolder(undefined, { SPEECH_TO_SPEECH_CACHE: '/variable' })).toBe('/variable');
    expect(cacheFolder('', { SPEECH_TO_SPEECH_CACHE: '' })).toMatch(process.platform === 'linux' ? /^\/xdg\/speech-to-speech$/ : new RegExp(`^${homedir()}.*speech-to-speech$`));
  });

  it('is absolute', () => {
    expect(cacheFolder('here', {})).toBe(join(process.cwd(), 'here'));
  });
});

describe('a model\'s path', () => {
  it('is its file where it is one file, and its folder where it is several', () => {
    expect(modelPath(model, '/c')).toBe('/c/models/parrot/parrot.onnx');
    expect(modelPath(two, '/c')).toBe('/c/models/parrot');
    expect(modelPaths(two, '/c')).toEqual({ 'parrot.onnx': '/c/models/parrot/parrot.onnx', NOTICE: '/c/models/parrot/NOTICE' });
  });
});

describe('a cached model', () => {
  it('is ready without any source once the user has put the right file there', async () => {
    const cache = folder();
    const path = put(cache, content);
    const { ready, news } = await pulled(model, { cache });
    expect(ready).toEqual({ type: 'ready', paths: { 'parrot.onnx': path }, cached: true });
    expect(news).toHaveLength(1);
  });

  it('is hashed once: as long as size and time of change stay, a note of the hash is believed', async () => {
    const cache = folder();
    const path = put(cache, content);
    await pulled(model, { cache });
    tamper(path);
    expect((await pulled(model, { cache })).ready.cached).toBe(true);
  });

  it('is hashed again when its time of change differs, deleted if wrong, and fetched anew', async () => {
    const cache = folder();
    const path = put(cache, content);
    await pulled(model, { cache });
    writeFileSync(path, bytes(content.length, 2));
    utimesSync(path, 1, 1);
    const from = join(folder(), 'parrot.onnx');
    writeFileSync(from, content);
    const { ready, news } = await pulled(model, { cache, from });
    expect(ready.cached).toBe(false);
    expect(news[0]).toMatchObject({ type: 'skipped', source: path, reason: `its sha256 is ${sha256(bytes(content.length, 2))}, not ${sha256(content)}; it was deleted` });
    expect(sha256(readFileSync(path))).toBe(sha256(content));
  });

  it('is deleted when truncated, even if no source can replace it', async () => {
    const cache = folder();
    const path = put(cache, content.subarray(0, 4000));
    await expect(pulled(model, { cache })).rejects.toMatchObject({ kind: 'model', code: 'model-unreachable' });
    expect(() => statSync(path)).toThrow('ENOENT');
  });

  it('needs no right to write once it is there', async () => {
    const cache = folder();
    put(cache, content);
    mkdirSync(join(modelFolder(model, cache), '.verified.json')); // in the way of the note
    expect((await pulled(model, { cache })).ready.cached).toBe(true);
  });

  it('is described by what a look at the folder tells', async () => {
    const cache = folder();
    const state = async (of = model) => (await rowsOf(cache, [of]))[0]?.state;
    expect(await state()).toBe('missing');
    const path = put(cache, content.subarray(1));
    expect(await state()).toBe('damaged');
    writeFileSync(path, content);
    expect(await state()).toBe('unchecked');
    expect(await state(two)).toBe('partial');
    await pulled(model, { cache });
    expect((await rowsOf(cache, [model]))[0]).toMatchObject({ state: 'ready', size: content.length, path });
  });
});

describe('verify', () => {
  const verdicts = (of: typeof model, cache: string) => lastValueFrom(verify(of, cache).pipe(toArray()));

  it('reads every byte, whatever was noted before, and the next pull knows', async () => {
    const cache = folder();
    const path = put(cache, content);
    await pulled(model, { cache });
    expect(await verdicts(model, cache)).toContainEqual({ type: 'verified', file: 'parrot.onnx', path, state: 'ok' });
    tamper(path);
    expect(await verdicts(model, cache)).toContainEqual(expect.objectContaining({ type: 'verified', state: 'damaged', reason: expect.stringContaining(sha256(content)) as string }));
    await expect(pulled(model, { cache })).rejects.toMatchObject({ code: 'model-unreachable' });
  });

  it('tells what is missing and what has the wrong length, and deletes nothing', async () => {
    const cache = folder();
    const path = put(cache, content.subarray(1));
    expect(await verdicts(two, cache)).toEqual([
      { type: 'verified', file: 'parrot.onnx', path, state: 'damaged', reason: 'it is 4999 bytes long, not 5000' },
      expect.objectContaining({ file: 'NOTICE', state: 'missing' }),
    ]);
    expect(statSync(path).size).toBe(4999);
  });
});
