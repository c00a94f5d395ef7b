import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { modelFolder } from '../../src/models/cache.js';
import { lockFolder } from '../../src/models/lock.js';
import { pull, type PullNews } from '../../src/models/pull.js';
import { answerWith, bytes, folder, hubOf, modelOf, pulled, serve } from './helpers.js';

const never = new AbortController().signal;

describe('a lock on a folder', () => {
  it('is a file that names its holder, and is gone when given back', async () => {
    const path = folder();
    const unlock = await lockFolder(path, never, vi.fn());
    expect(readFileSync(join(path, '.lock'), 'utf8')).toBe(`${process.pid} ${hostname()}`);
    unlock();
    expect(existsSync(join(path, '.lock'))).toBe(false);
  });

  it('is waited for while its holder lives, and broken when that is gone', async () => {
    const path = folder();
    const holder = spawn('sleep', ['600']);
    onTestFinished(() => void holder.kill('SIGKILL'));
    writeFileSync(join(path, '.lock'), `${holder.pid ?? 0} ${hostname()}`);
    let taken = false;
    await new Promise<void>((resolve, reject) => {
      lockFolder(path, never, () => {
        expect(taken).toBe(false);
        once(holder, 'exit').catch(reject);
        holder.kill('SIGKILL');
      }).then((unlock) => {
        taken = true;
        unlock();
        resolve();
      }, reject);
    });
    expect(taken).toBe(true);
  });

  it('is broken where it carries the number of this process, which does not hold it', async () => {
    const path = folder();
    writeFileSync(join(path, '.lock'), `${process.pid} ${hostname()}`);
    const onWait = vi.fn();
    (await lockFolder(path, never, onWait))();
    expect(onWait).not.toHaveBeenCalled();
  });

  it('of another machine is broken once nobody has touched it for 30 s', async () => {
    const path = folder();
    writeFileSync(join(path, '.lock'), '1 elsewhere');
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    onTestFinished(() => clock.mockRestore());
    const unlock = await lockFolder(path, never, () => {
      now = 30_001;
    });
    expect(readFileSync(join(path, '.lock'), 'utf8')).toContain(hostname());
    unlock();
  });

  it('is not waited for any longer when the wait is aborted', async () => {
    const path = folder();
    writeFileSync(join(path, '.lock'), '1 elsewhere');
    const controller = new AbortController();
    await expect(lockFolder(path, controller.signal, () => controller.abort())).rejects.toThrow('aborted');
    expect(readFileSync(join(path, '.lock'), 'utf8')).toBe('1 elsewhere');
  });
});

describe('two pulls of one model at the same time', () => {
  const content = bytes(100_000);
  const model = modelOf({ 'parrot.onnx': content }, hubOf('parrot.onnx'));

  it('fetch it once, and both are ready', async () => {
    const cache = folder();
    const served = await serve(answerWith(content));
    const news: PullNews[][] = [[], []];
    const both = await Promise.all(news.map((each) => pulled(model, { cache, hub: served.hub }, each)));
    expect(served.requests).toHaveLength(1);
    expect(both.map(({ ready }) => Object.keys(ready.paths))).toEqual([['parrot.onnx'], ['parrot.onnx']]);
    expect(news.flat()).toContainEqual({ type: 'trying', source: 'another process, which is fetching it already' });
  });

  it('do not end together: when one is unsubscribed, the other takes over what has come', async () => {
    const cache = folder();
    const served = await serve((request, response, count) => {
      if (count > 1) {
        answerWith(content)(request, response);
        return;
      }
      response.writeHead(200, { etag: '"one"', 'content-length': content.length });
      response.write(content.subarray(0, 40_000));
    });
    await firstValueFrom(pull(model, { cache, hub: served.hub }).pipe(filter(({ type }) => type === 'progress')));
    await pulled(model, { cache, hub: served.hub });
    expect(served.requests[1]?.headers.range).toBe('bytes=40000-');
    expect(readFileSync(join(modelFolder(model, cache), 'parrot.onnx')).equals(content)).toBe(true);
  });
});
