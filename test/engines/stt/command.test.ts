import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { from, NEVER, of, Subject, type Subscription } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FRAME_SAMPLES, type Frame, type Stt } from '../../../src/engines.js';
import { command, type CommandOptions } from '../../../src/engines/stt/command.js';
import { keeps } from '../../contracts/keeps.js';
import { sttContract } from '../../contracts/stt.js';
import { all } from '../../fixtures/all.js';
import { descendants } from '../../fixtures/program.js';

const PROGRAM = fileURLToPath(new URL('../../fixtures/programs/counts-samples.mjs', import.meta.url));
const voice = Array.from({ length: 8 }, (): Frame => new Int16Array(FRAME_SAMPLES).fill(1_000));
const loaded: Subscription[] = [];
const running = (): number => descendants(process.pid, 'counts-samples').length;

const start = (how = '', options: Partial<CommandOptions> = {}): Promise<Stt> => new Promise((resolve, reject) =>
  loaded.push(command({ words: [process.execPath, PROGRAM, how], ...options }).subscribe({ next: resolve, error: reject })));

afterEach(() => { for (const subscription of loaded.splice(0)) subscription.unsubscribe(); });

describe.each(['wav', 'pcm'] as const)('a command that reads %s', (input) => {
  let stt: Stt;
  let failing: Stt;
  it('loads', async () => {
    [stt, failing] = await Promise.all([start('', { input }), start('fails', { input })]);
  });
  keeps(sttContract, () => ({ stt, failing, voice, working: running, patience: 8_000 }));

  it('gets every sample, and what it says is the transcript', async () => {
    const bytes = voice.length * FRAME_SAMPLES * 2;
    expect(await all(from((await start('', { input }))(from(voice))))).toEqual([
      { text: input === 'wav' ? `wav of ${bytes + 44} bytes` : `raw of ${bytes} bytes`, final: true },
    ]);
  });

  it('is killed when it is unsubscribed, however deep in its work', async () => {
    const subscription = from((await start('hangs', { input }))(from(voice))).subscribe({ error: () => undefined });
    await vi.waitFor(() => expect(running()).toBe(1), { timeout: 5_000 });
    subscription.unsubscribe();
    await vi.waitFor(() => expect(running()).toBe(0), { timeout: 5_000 });
  });

  it('says what it complained of, and its exit code', async () => {
    await expect(all(from((await start('fails', { input }))(from(voice))))).rejects.toMatchObject({
      kind: 'stage', stage: 'stt', code: 'stt-program-failed', message: expect.stringMatching(/exit code 3: no such model: großes\.bin$/) as string,
    });
  });

  it('is given up, and killed, when it takes too long', async () => {
    await expect(all(from((await start('hangs', { input, patience: 50 }))(from(voice))))).rejects.toMatchObject({ code: 'stt-timeout', retryable: true });
    await vi.waitFor(() => expect(running()).toBe(0), { timeout: 5_000 });
  });

  it('need not read what it is sent', async () => {
    const minute = new Int16Array(60 * 16_000);
    expect(await all(from((await start('deaf', { input }))(of(minute))))).toEqual([{ text: 'I did not listen.', final: true }]);
  });

  it('is stopped when it writes without an end', async () => {
    await expect(all(from((await start('endless', { input }))(from(voice))))).rejects.toMatchObject({ code: 'stt-program-failed', message: expect.stringContaining('without an end') as string });
    await vi.waitFor(() => expect(running()).toBe(0), { timeout: 5_000 });
  });

  it('may be Whisper, with its habits', async () => {
    expect(await all(from((await start('phantom', { input }))(from(voice))))).toEqual([{ text: '', final: true }]);
  });
});

describe('a command', () => {
  it('that reads pcm is started by the first frame, while somebody speaks', async () => {
    const utterance = new Subject<Frame>();
    const subscription = from((await start('hangs', { input: 'pcm' }))(utterance)).subscribe({ error: () => undefined });
    expect(running()).toBe(0);
    utterance.next(voice[0]!);
    await vi.waitFor(() => expect(running()).toBe(1), { timeout: 5_000 });
    subscription.unsubscribe();
    await vi.waitFor(() => expect(running()).toBe(0), { timeout: 5_000 });
  });

  it('that is not there fails loading, in plain words', async () => {
    for (const words of [['no-such-program-here'], ['/no/such/program'], []]) {
      await expect(all(command({ words }))).rejects.toMatchObject({ kind: 'config', code: 'stt-program-missing', message: expect.stringContaining(words[0] ?? '') as string });
    }
  });

  it('that cannot be started any more fails the call', async () => {
    const words = [process.execPath];
    const stt = await new Promise<Stt>((resolve, reject) => loaded.push(command({ words }).subscribe({ next: resolve, error: reject })));
    words[0] = '/no/such/program';
    await expect(all(from(stt(from(voice))))).rejects.toMatchObject({ kind: 'stage', code: 'stt-program-missing' });
  });

  it.each(['exits', 'is killed'])('does not outlive the process that runs it, which %s', async (how) => {
    const module = new URL('../../../src/engines/program.ts', import.meta.url).href;
    const script = `import('${module}').then(({ runProgram }) => import('rxjs').then(({ NEVER }) => {
      runProgram({ stage: 'stt', words: [process.execPath, ${JSON.stringify(PROGRAM)}, 'hangs'], input: NEVER }).subscribe();
      setTimeout(() => process.kill(process.pid, ${how === 'exits' ? 0 : "'SIGKILL'"}) && process.exit(0), 300);
    }));`;
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: ['ignore', 'inherit', 'inherit'] });
    await vi.waitFor(() => expect(running()).toBe(1), { timeout: 8_000, interval: 5 });
    const [pid] = descendants(process.pid, 'counts-samples');
    await new Promise((resolve) => parent.on('close', resolve));
    await vi.waitFor(() => expect(existsSync(`/proc/${pid ?? 0}`)).toBe(false), { timeout: 5_000 });
  });

  it('hears nothing where nothing comes', async () => {
    const subscription = from((await start('', { input: 'pcm' }))(NEVER)).subscribe({ error: () => undefined });
    expect(running()).toBe(0);
    subscription.unsubscribe();
  });
});
