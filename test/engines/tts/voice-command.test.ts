import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { from, type Subscription } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Tts } from '../../../src/engines.js';
import { voiceCommand, type VoiceCommandOptions } from '../../../src/engines/tts/voice-command.js';
import { keeps } from '../../contracts/keeps.js';
import { speech, ttsContract } from '../../contracts/tts.js';
import { all } from '../../fixtures/all.js';
import { descendants } from '../../fixtures/program.js';

const PROGRAM = fileURLToPath(new URL('../../fixtures/programs/speaks-tones.mjs', import.meta.url));
const loaded: Subscription[] = [];
const running = (): number[] => descendants(process.pid, 'speaks-tones');

const start = (words: readonly string[], options: Partial<VoiceCommandOptions> = {}): Promise<Tts> => new Promise((resolve, reject) =>
  loaded.push(voiceCommand({ words: [process.execPath, PROGRAM, ...words], ...options }).subscribe({ next: resolve, error: reject })));
const say = (tts: Tts, text: string): Promise<Int16Array> => speech({ tts, patience: 8_000 }, text);
/** Milliseconds that are too many or too few for 60 of every letter. */
const off = (samples: Int16Array, text: string): number => Math.abs(samples.length / 16 - text.length * 60);

afterEach(() => { for (const subscription of loaded.splice(0)) subscription.unsubscribe(); });

describe.each([
  ['raw samples from stdin to stdout', ['raw']],
  ['a WAV from an argument to stdout', ['wav', '{text}']],
])('a command that makes %s', (_what, words) => {
  let tts: Tts;
  it('loads', async () => { tts = await start(words); });
  keeps(ttsContract, () => ({
    tts, crash: () => running().forEach((pid) => process.kill(pid, 'SIGKILL')), code: 'tts-program-failed', patience: 8_000,
  }));
});

describe('a command that writes a file', () => {
  // Where its files go can be watched.
  const folder = mkdtempSync(join(tmpdir(), 'voice-command-test-'));
  beforeAll(() => void vi.stubEnv('TMPDIR', folder));
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it('is read when it is whole, and leaves no file behind', async () => {
    expect(off(await say(await start(['wav', '{text}', '{out}']), 'How are you?'), 'How are you?')).toBeLessThan(15);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves none behind when it is killed', async () => {
    const subscription = voiceCommand({ words: [process.execPath, PROGRAM, 'hangs', '-', '{out}'] }).subscribe();
    await vi.waitFor(() => expect(running()).toHaveLength(1), { timeout: 5_000 });
    expect(readdirSync(folder)).toHaveLength(1);
    subscription.unsubscribe();
    expect(readdirSync(folder)).toEqual([]);
    await vi.waitFor(() => expect(running()).toEqual([]), { timeout: 5_000 });
  });
});

describe('a command', () => {
  it('is never given a text as an option', async () => {
    // As an option, Node would refuse it.
    const tts = await new Promise<Tts>((resolve, reject) => loaded.push(voiceCommand({
      words: [process.execPath, '-e', `process.argv.splice(1, 0, ''); import(${JSON.stringify(PROGRAM)})`, 'raw', '{text}'],
    }).subscribe({ next: resolve, error: reject })));
    expect(off(await say(tts, '--no-such-option'), ' --no-such-option')).toBeLessThan(15);
  });

  it('says what it complained of, and its exit code, while it loads and later', async () => {
    const wanted = { kind: 'stage', stage: 'tts', code: 'tts-program-failed', message: expect.stringMatching(/exit code 3: no such voice: großes\.onnx$/) as string };
    await expect(start(['fails'])).rejects.toMatchObject(wanted);
    const tts = await start(['fails later']);
    await expect(all(from(tts('How are you?')))).rejects.toMatchObject(wanted);
  });

  it('that writes nothing, or without an end, or takes too long, fails', async () => {
    await expect(start(['says nothing'])).rejects.toMatchObject({ code: 'tts-program-failed', message: expect.stringContaining('no audio') as string });
    await expect(start(['endless'])).rejects.toMatchObject({ code: 'tts-endless' });
    await expect(start(['hangs'], { patience: 50 })).rejects.toMatchObject({ code: 'tts-timeout', retryable: true });
    await vi.waitFor(() => expect(running()).toEqual([]), { timeout: 5_000 });
  });

  it('that is not there fails loading, in plain words', async () => {
    for (const words of [['no-such-program-here'], ['/no/such/program'], []]) {
      await expect(all(voiceCommand({ words }))).rejects.toMatchObject({ kind: 'config', code: 'tts-program-missing', message: expect.stringContaining(words[0] ?? '') as string });
    }
  });
});
