import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packageHere, readiness, thisMachine, type Machine } from '../../src/engines/readiness.js';
import { allRows as rows, registry } from '../../src/engines/registry.js';
import { settled, type EngineOptions, type Need, type Row } from '../../src/engines/row.js';
import type { Stage } from '../../src/errors.js';

const folder = mkdtempSync(join(tmpdir(), 'readiness-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bare: Machine = {
  package: (name) => ({ what: `the package ${name}`, how: `npm install ${name}` }),
  model: async (name) => ({ what: `the model ${name}`, how: `speech-to-speech models pull ${name}` }),
  program: () => false,
};
const full: Machine = { package: () => undefined, model: async () => undefined, program: () => true };
/** An engine that cannot be loaded without being noticed. */
const needing = (...needs: Need[]): Row<Stage> => ({
  name: 'own', stage: 'stt', licence: 'MIT', languages: 'any', streams: false, abortable: true, needs: () => needs,
  load: () => { throw new Error('loaded'); },
});

describe('readiness', () => {
  it.each(rows.map((row) => [`${row.stage} ${row.name}`, row] as const))('says of %s on a bare machine what is missing, and how to get it', async (_, row) => {
    const { ready, missing } = await readiness({ ...row, load: () => { throw new Error('loaded'); } }, settled({}), bare);
    expect(ready).toBe(false);
    expect(missing.length).toBeGreaterThan(0);
    for (const { what, how } of missing) expect([what, how]).not.toContain('');
  });

  it('is content with a machine that has everything, once the user has said what only he can say', async () => {
    const told: EngineOptions = { sttBaseUrl: 'http://localhost', sttCommand: 'transcribe', llmCommand: 'answer', ttsBaseUrl: 'http://localhost', ttsCommand: 'speak', apiKey: 'k' };
    const own = rows.filter(({ name }) => name !== 'whisper-node');
    const voice = (name: string): EngineOptions => (name === 'piper' ? { voice: '/voices/one.onnx' } : {});
    expect(await Promise.all(own.map(async (row) => (await readiness(row, settled({ ...told, ...voice(row.name) }), full)).missing))).toEqual(own.map(() => []));
  });

  it('counts what is to be built, the words of the user, and programs', async () => {
    const built = (done: boolean): Need => ({ type: 'build', name: 'engine', done: () => done });
    const key = (given: boolean): Need => ({ type: 'key', name: 'an API key', given, code: 'no-key', hint: 'Set KEY.' });
    expect(await readiness(needing(built(false), key(false), { type: 'program', name: 'piper' }), settled({}), bare)).toMatchObject({
      ready: false,
      missing: [
        { what: 'engine, which is compiled once', how: 'speech-to-speech models pull engine' }, { what: 'an API key', how: 'Set KEY.' }, { what: 'the program piper' },
      ],
    });
    expect(await readiness(needing(built(true), key(true), { type: 'program', name: 'piper' }), settled({}), full)).toMatchObject({ ready: true, missing: [] });
  });

  it('says what an engine refuses about these settings', async () => {
    expect(await readiness(registry.stt.whisper, settled({ language: 'de', sttModel: 'tiny.en' }), full)).toMatchObject({
      ready: false, missing: [{ what: expect.stringContaining('understands English only') as string, how: expect.stringContaining('--stt_model base') as string }],
    });
  });
});

describe('this machine', () => {
  const machine = thisMachine(join(folder, 'no-models'));

  it('has the packages that it has, with their binaries', () => {
    expect(machine.package('rxjs', undefined)).toBeUndefined();
    expect(machine.package('onnxruntime-node', '2.0')).toBeUndefined();
    expect(machine.package('no-such-package', undefined)).toEqual({ what: 'the package no-such-package', how: 'npm install no-such-package' });
  });

  it.runIf(process.platform === 'linux')('is too old for what wants a newer C library', () => {
    expect(packageHere('rxjs', '99.1')).toMatchObject({ what: expect.stringContaining('glibc 99.1') as string });
  });

  it('has a model when the cache has it, and a file when it is there', async () => {
    expect(await machine.model('whisper-tiny.en')).toEqual({ what: 'the model whisper-tiny.en, 77.7 MB', how: 'speech-to-speech models pull whisper-tiny.en' });
    const file = join(folder, 'own.bin');
    expect(await machine.model(file)).toMatchObject({ what: `the file ${file}` });
    writeFileSync(file, 'x');
    expect(await machine.model(file)).toBeUndefined();
  });

  it('has a program on PATH or by its path', () => {
    expect(['node', process.execPath, 'no-such-program', '/no/such/program', ''].map(machine.program)).toEqual([true, true, false, false, false]);
  });
});
