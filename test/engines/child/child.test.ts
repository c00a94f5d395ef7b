import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Subscription } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Child, supervise } from '../../../src/engines/child.js';
import type { SuperviseOptions } from '../../../src/engines/supervise-options.js';
import type { ChildNews } from '../../../src/engines/child-news.js';
import { SpeechError } from '../../../src/errors.js';
import { all, first } from '../../fixtures/all.js';

type Request = { readonly act: string; readonly value?: unknown };

const file = new URL('../../fixtures/scripted-child.mjs', import.meta.url);
const quick = { backoff: 10, backoffCap: 40, rest: 150, confirm: 100 };
const open: Subscription[] = [];

/** A supervised scripted child, freed after the test. */
async function start(options: Partial<SuperviseOptions> = {}): Promise<{ child: Child<Request, unknown>; free: () => void }> {
  return new Promise((resolve, reject) => {
    const defaults: SuperviseOptions = { name: 'Scripted', stage: 'stt', file, cancel: 'kill', timing: quick, ...options };
    const subscription = supervise<Request, unknown>(defaults).subscribe({
      next: (child) => resolve({ child, free: () => subscription.unsubscribe() }), error: reject,
    });
    open.push(subscription);
  });
}

const ask = async (child: Child<Request, unknown>, act: string, value?: unknown): Promise<unknown> => (await all(child.call({ act, value }))).at(-1);
/** Zombies count: a process that nobody has collected is still there. */
const exists = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
/** An orphan may have to wait for a lazy init to collect it. */
const alive = (pid: number): boolean => exists(pid) && !(existsSync(`/proc/${pid}/stat`) && /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
const failure = async (promise: Promise<unknown>): Promise<SpeechError> =>
  promise.then(() => { throw new Error('it succeeded'); }, (error: unknown) => { expect(error).toBeInstanceOf(SpeechError); return error as SpeechError; });

afterEach(() => {
  for (const subscription of open.splice(0)) subscription.unsubscribe();
});

describe('supervise', () => {
  it('answers calls, typed arrays included', async () => {
    const { child } = await start();
    expect(await ask(child, 'echo', Int16Array.of(1, -2, 3))).toEqual(Int16Array.of(1, -2, 3));
  });

  it('emits every message of a call in order, then completes', async () => {
    const { child } = await start();
    expect(await all(child.call({ act: 'count', value: 5 }))).toEqual([0, 1, 2, 3, 4]);
  });

  it('queues calls in order', async () => {
    const { child } = await start();
    const answers: unknown[] = [];
    await Promise.all([1, 2, 3].map((value) => ask(child, 'echo', value).then((answer) => answers.push(answer))));
    expect(answers).toEqual([1, 2, 3]);
  });

  it('passes notices and its environment on', async () => {
    const notices: string[] = [];
    const { child } = await start({ onNotice: (text) => notices.push(text), env: { COLOUR: 'blue' } });
    expect(await ask(child, 'env', 'COLOUR')).toBe('blue');
    expect(notices).toEqual(['warming up']);
  });

  it('does not send a call that was unsubscribed while it waited', async () => {
    const { child } = await start();
    const first = ask(child, 'echo', 1);
    const seen: unknown[] = [];
    child.call({ act: 'echo', value: 2 }).subscribe({ next: (value) => seen.push(value), error: (error: unknown) => seen.push(error) }).unsubscribe();
    await first;
    expect(await ask(child, 'echo', 3)).toBe(3);
    expect(seen).toEqual([]);
  });

  it('turns what a call throws into an error of the stage, and the process lives', async () => {
    const { child } = await start();
    const pid = await ask(child, 'pid');
    const error = await failure(ask(child, 'throw'));
    expect(error).toMatchObject({ kind: 'stage', stage: 'stt', message: 'bad input' });
    expect(await ask(child, 'pid')).toBe(pid);
  });

  it('kills the process of a cancelled call that cannot be interrupted, and the warm spare answers', async () => {
    const { child } = await start({ spare: 1 });
    const pid = await ask(child, 'pid') as number;
    await first(child.call({ act: 'block' }));
    const next = await ask(child, 'pid') as number;
    expect(next).not.toBe(pid);
    await vi.waitFor(() => expect(exists(pid)).toBe(false));
  });

  it('does not count its own kills as crashes', async () => {
    const { child } = await start();
    for (let count = 0; count < 8; count++) await first(child.call({ act: 'wait' }));
    expect(await ask(child, 'echo', 'still here')).toBe('still here');
  });

  it('asks the process to stop where that is the agreement, and keeps it', async () => {
    const { child } = await start({ cancel: 'message' });
    const pid = await ask(child, 'pid');
    await first(child.call({ act: 'wait' }));
    expect(await ask(child, 'pid')).toBe(pid);
  });

  it('kills a process that does not confirm a cancel in time', async () => {
    const { child } = await start({ cancel: 'message' });
    const pid = await ask(child, 'pid');
    await first(child.call({ act: 'deaf' }));
    expect(await ask(child, 'pid')).not.toBe(pid);
  });

  it('costs a crash one call: the next is answered by a new process (R9)', async () => {
    const { child } = await start();
    const error = await failure(ask(child, 'die'));
    expect(error).toMatchObject({ kind: 'stage', stage: 'stt', code: 'stt-crashed', retryable: true });
    expect(error.message).toContain('SIGKILL');
    expect(String(error.cause)).toContain('segmentation fault, they say');
    expect(await ask(child, 'echo', 'back')).toBe('back');
  });

  it('lets the spare answer right after a crash', async () => {
    const { child } = await start({ spare: 1, timing: { ...quick, backoff: 60_000, backoffCap: 60_000 } });
    await failure(ask(child, 'exit'));
    expect(await ask(child, 'echo', 'spare')).toBe('spare');
  });

  it('refuses calls after more than five crashes, and tries again later', async () => {
    const { child } = await start();
    for (let crash = 0; crash < 6; crash++) expect((await failure(ask(child, 'exit'))).code).toBe('stt-crashed');
    expect(await failure(ask(child, 'echo', 1))).toMatchObject({ code: 'stt-unavailable', retryable: true });
    await vi.waitFor(async () => expect(await ask(child, 'echo', 'rested')).toBe('rested'), { timeout: 5_000, interval: 50 });
    // It is on probation: one crash more is enough.
    expect((await failure(ask(child, 'exit'))).code).toBe('stt-crashed');
    expect((await failure(ask(child, 'echo', 1))).code).toBe('stt-unavailable');
  });

  it('gives up on a process that can no longer be started, and tells those who wait', async () => {
    const marker = join(mkdtempSync(join(tmpdir(), 'child-test-')), 'started');
    const { child } = await start({ args: ['fail-later', marker] });
    expect((await failure(ask(child, 'exit'))).code).toBe('stt-crashed');
    const error = await failure(ask(child, 'echo', 1));
    expect(error.code).toBe('stt-unavailable');
    expect((error.cause as Error).message).toContain('exit code 7');
    rmSync(join(marker, '..'), { recursive: true });
  });

  it('errors when the process cannot load', async () => {
    expect(await failure(start({ args: ['fail-at-load'] }))).toMatchObject({ stage: 'stt', message: 'no such model' });
  });

  it('errors when the process does not get ready in time', async () => {
    expect((await failure(start({ args: ['hang-at-load'], readyTimeout: 300 }))).code).toBe('stt-not-ready');
  });

  it('errors when the file does not exist', async () => {
    const error = await failure(start({ file: new URL('./no-such-file.mjs', import.meta.url) }));
    expect(error.code).toBe('stt-crashed');
    expect(String(error.cause)).toContain('no-such-file.mjs');
  });

  it('leaves neither process nor zombie behind, nor what the process had started', async () => {
    const { child, free } = await start();
    const pid = await ask(child, 'pid') as number;
    const grandchild = await new Promise<number>((resolve) => child.call({ act: 'family' }).subscribe({ next: (value) => resolve(value as number), error: () => undefined }));
    expect(alive(grandchild)).toBe(true);
    free();
    await vi.waitFor(() => expect([exists(pid), alive(grandchild)]).toEqual([false, false]));
  });

  it('ends waiting calls when it is freed', async () => {
    const { child, free } = await start();
    const running = failure(ask(child, 'deaf'));
    const waiting = failure(ask(child, 'echo', 1));
    free();
    expect([(await running).code, (await waiting).code, (await failure(ask(child, 'echo', 2))).code])
      .toEqual(['stt-unavailable', 'stt-unavailable', 'stt-unavailable']);
  });

  it.each(['idle', 'busy'])('leaves no orphan when the parent itself is killed while the child is %s', async (how) => {
    const parent = fork(new URL('../../fixtures/supervising-parent.mjs', import.meta.url), [how], { execArgv: [] });
    const [pid] = await once(parent, 'message') as [number];
    expect(alive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(alive(pid)).toBe(false), { timeout: 5_000 });
  });

  it('tells of crashes and of the pauses before each restart, which double up to their cap, and of giving up', async () => {
    const news: ChildNews[] = [];
    const { child } = await start({ onNews: (one) => news.push(one) });
    for (let crash = 0; crash < 6; crash++) await failure(ask(child, 'exit'));
    expect(news.filter(({ type }) => type === 'crashed').map((one) => 'pause' in one && one.pause)).toEqual([10, 20, 40, 40, 40]);
    expect(news.at(-1)).toMatchObject({ type: 'unavailable', stage: 'stt', name: 'Scripted', rest: 150 });
    expect(news[0]).toMatchObject({ type: 'ready', again: false });
    for (const one of news) if (one.type === 'ready') expect(one.memory).toBeGreaterThan(1e6);
  });

  it('begins with a pause of a quarter of a second', async () => {
    const news: ChildNews[] = [];
    const { child } = await start({ timing: {}, onNews: (one) => news.push(one) });
    await failure(ask(child, 'exit'));
    expect(news.at(-1)).toMatchObject({ type: 'crashed', pause: 250, error: { code: 'stt-crashed' } });
    expect(await ask(child, 'echo', 'back')).toBe('back');
    expect(news.at(-1)).toMatchObject({ type: 'ready', again: true });
  });

  it('replaces a process that gives no sign of life while it has nothing to do', async () => {
    const news: ChildNews[] = [];
    const { child } = await start({ timing: { ...quick, beat: 200 }, onNews: (one) => news.push(one) });
    const pid = await ask(child, 'pid') as number;
    process.kill(pid, 'SIGSTOP');
    await vi.waitFor(() => expect(news.at(-1)).toMatchObject({ type: 'ready', again: true }), { timeout: 10_000 });
    expect(news).toContainEqual(expect.objectContaining({ type: 'crashed', error: expect.objectContaining({ code: 'stt-hung', message: expect.stringContaining('no sign of life for 1 s') as string }) as SpeechError }));
    expect(exists(pid)).toBe(false);
    expect(await ask(child, 'echo', 'well')).toBe('well');
  });

  it('gives up a call whose process should listen and does not, but never one that cannot be interrupted', async () => {
    const heart = { timing: { ...quick, beat: 20 } };
    const { child } = await start({ cancel: 'message', ...heart });
    expect(await failure(ask(child, 'block'))).toMatchObject({ code: 'stt-hung', stage: 'stt' });
    const { child: deaf } = await start({ cancel: 'kill', timing: { ...quick, beat: 100 } });
    expect(await ask(deaf, 'compute', 1_500)).toBe('computed');
  });
});
