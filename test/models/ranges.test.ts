import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { filter, firstValueFrom, fromEvent, map } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { modelFolder } from '../../src/models/cache.js';
import type { PullNews, PullOptions } from '../../src/models/pull.js';
import { answerWith, bytes, folder, hubOf, modelOf, pulled, reasons, serve, type Served } from './helpers.js';

const content = bytes(400_000);
const model = modelOf({ 'parrot.onnx': content }, hubOf('parrot.onnx'));
const limits = { connections: 4, segment: 100_000 };
const ranges = ['bytes=0-99999', 'bytes=100000-199999', 'bytes=200000-299999', 'bytes=300000-'];

const stored = (cache: string): Buffer => readFileSync(join(modelFolder(model, cache), 'parrot.onnx'));
const rangesOf = ({ requests }: Served): (string | undefined)[] => requests.map(({ headers }) => headers.range);
const begins = (range = '0'): number => Number(/\d+/.exec(range)?.[0]);

/** Sends the head and so many bytes of the range, and then nothing. */
function stallAfter(count: number, request: IncomingMessage, response: ServerResponse): void {
  const [from = 0, to = content.length - 1] = (/^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')?.slice(1) ?? []).map((text) => (text === '' ? content.length - 1 : Number(text)));
  response.writeHead(206, { etag: '"one"', 'content-length': to - from + 1, 'content-range': `bytes ${from}-${to}/${content.length}` });
  response.write(content.subarray(from, from + count));
}

describe('a big file', () => {
  it('comes over several connections at a time, once the first has found that there are ranges', async () => {
    const cache = folder();
    let open = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    const served = await serve((request, response) => {
      most = Math.max(most, ++open);
      response.on('close', () => open--);
      // Nobody gets the end of a range before all four are under way.
      stallAfter(50_000, request, response);
      const from = begins(request.headers.range);
      waiting.push(() => response.end(content.subarray(from + 50_000, from + 100_000)));
      if (waiting.length === 4) for (const go of waiting) go();
    });
    const { news } = await pulled(model, { cache, hub: served.hub, limits });
    expect(rangesOf(served)).toEqual(expect.arrayContaining(ranges));
    expect(served.requests.map(({ headers }) => headers['if-range'])).toEqual([undefined, '"one"', '"one"', '"one"']);
    expect(most).toBe(4);
    expect(stored(cache).equals(content)).toBe(true);
    expect(news.findLast(({ type }) => type === 'progress')).toMatchObject({ received: content.length, total: content.length });
  });

  it('comes whole from a server without ranges, over the connection that found it out', async () => {
    const cache = folder();
    const served = await serve((_, response) => response.writeHead(200, { 'content-length': content.length }).end(content));
    await pulled(model, { cache, hub: served.hub, limits });
    expect(rangesOf(served)).toEqual([ranges[0]]);
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('begins anew, once, where the server has another version in the middle', async () => {
    const cache = folder();
    const old = bytes(400_000, 9);
    const served = await serve((request, response, count) => answerWith(count <= 2 ? old : content, count <= 2 ? '"old"' : '"new"')(request, response));
    const { news } = await pulled(model, { cache, hub: served.hub, limits });
    expect(reasons(news)).toEqual([]);
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('begins anew where a server that knows no If-Range gives ranges of another version', async () => {
    const cache = folder();
    const served = await serve((request, response, count) => {
      delete request.headers['if-range'];
      answerWith(count <= 2 ? bytes(400_000, 9) : content, count <= 2 ? '"old"' : '"new"')(request, response);
    });
    const { news } = await pulled(model, { cache, hub: served.hub, limits });
    expect(reasons(news)).toEqual([]);
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('takes up the one connection that breaks off, and lets the others go on', async () => {
    const cache = folder();
    let broken = 0;
    const served = await serve((request, response) => {
      if (request.headers.range !== ranges[2] || broken++ > 0) {
        answerWith(content)(request, response);
        return;
      }
      stallAfter(40_000, request, response);
      setImmediate(() => response.destroy());
    });
    await pulled(model, { cache, hub: served.hub, limits });
    expect(stored(cache).equals(content)).toBe(true);
    expect(rangesOf(served)).toHaveLength(5);
    expect(begins(rangesOf(served).at(-1))).toBeGreaterThanOrEqual(200_000);
  });

  it('is left, all connections of it, when the first of them stalls; what has come is kept and not fetched again', async () => {
    const cache = folder();
    const closed: Promise<unknown>[] = [];
    const stalling = await serve((request, response) => {
      closed.push(once(response, 'close'));
      if (begins(request.headers.range) < 100_000) stallAfter(10_000, request, response);
      else answerWith(content)(request, response);
    });
    await expect(pulled(model, { cache, hub: stalling.hub, limits: { ...limits, stall: 300 } })).rejects.toMatchObject({
      code: 'model-unreachable', message: expect.stringMatching(/nothing came for 0\.3 s .*kept/) as string,
    });
    await Promise.all(closed);
    const served = await serve(answerWith(content));
    await pulled(model, { cache, hub: served.hub, limits });
    expect(rangesOf(served)[0]).toBe('bytes=10000-99999');
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('comes from a server that gives a client two connections at a time', async () => {
    const cache = folder();
    let open = 0;
    const served = await serve((request, response) => {
      response.on('close', () => open--);
      if (++open > 2) response.writeHead(503).end();
      else setTimeout(() => answerWith(content)(request, response), 30);
    });
    const { news } = await pulled(model, { cache, hub: served.hub, limits });
    expect(reasons(news)).toEqual([]);
    expect(rangesOf(served).length).toBeGreaterThan(4);
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('is asked for the rest of a part over which a connection stalled, when the others are done', async () => {
    const cache = folder();
    const served = await serve((request, response) => {
      if (request.headers.range === ranges[1]) stallAfter(10_000, request, response);
      else answerWith(content)(request, response);
    });
    await pulled(model, { cache, hub: served.hub, limits: { ...limits, stall: 300 } });
    expect(rangesOf(served)).toContain('bytes=110000-199999');
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('begins anew where what was noted of it cannot be true', async () => {
    const cache = folder();
    const path = join(modelFolder(model, cache), 'parrot.onnx.part');
    mkdirSync(modelFolder(model, cache), { recursive: true });
    writeFileSync(path, content.subarray(0, 1_000));
    writeFileSync(`${path}.json`, JSON.stringify({ size: content.length, etag: '"one"', segments: [{ at: 300_000, to: 400_000 }] }));
    const served = await serve(answerWith(content));
    await pulled(model, { cache, hub: served.hub, limits });
    expect(rangesOf(served)[0]).toBe(ranges[0]);
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('waits as long as a server asks for that is asked too much, and says so', async () => {
    const cache = folder();
    const served = await serve((request, response, count) => {
      if (count === 2) response.writeHead(429, { 'retry-after': '1' }).end();
      else answerWith(content)(request, response);
    });
    const { news } = await pulled(model, { cache, hub: served.hub, limits });
    expect(news).toContainEqual({ type: 'waiting', source: new URL(served.hub).host, seconds: 1 });
    expect(served.requests).toHaveLength(5);
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('does not wait for a server that asks for more than two minutes', async () => {
    const served = await serve((_, response) => response.writeHead(429, { 'retry-after': '121' }).end());
    const news: PullNews[] = [];
    await expect(pulled(model, { cache: folder(), hub: served.hub, limits }, news)).rejects.toMatchObject({ code: 'model-unreachable' });
    expect(reasons(news)).toEqual(['it answered 429 Too Many Requests']);
  });
});

describe('processes that pull the same model', () => {
  const script = fileURLToPath(new URL('pull-process.ts', import.meta.url));

  function start(options: PullOptions): ChildProcessByStdio<null, Readable, null> & { readonly news: (type: string) => Promise<PullNews>; readonly over: Promise<unknown> } {
    const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify({ model, options })], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const told = fromEvent(createInterface(child.stdout), 'line').pipe(map((line) => JSON.parse(String(line)) as PullNews));
    return Object.assign(child, { news: (type: string) => firstValueFrom(told.pipe(filter((news) => news.type === type))), over: once(child, 'exit') });
  }

  it('fetch it once: one works, the other waits and has it then', { timeout: 60_000 }, async () => {
    const cache = folder();
    let go = (): void => undefined;
    const both = new Promise<void>((resolve) => (go = resolve));
    const served = await serve(async (request, response) => {
      await both;
      answerWith(content)(request, response);
    });
    const children = [start({ cache, hub: served.hub, limits: { ...limits, answer: 60_000 } }), start({ cache, hub: served.hub, limits: { ...limits, answer: 60_000 } })];
    const ready = children.map((child) => child.news('ready'));
    // Each says `trying`: the one to fetch, the other to wait.
    expect((await Promise.all(children.map((child) => child.news('trying')))).map((news) => news.type === 'trying' && news.source).sort())
      .toEqual(['another process, which is fetching it already', `${served.hub}/birds/parrot`]);
    go();
    await Promise.all(ready);
    expect(served.requests).toHaveLength(4);
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('lose little when one is killed with -9 in the middle: the other takes over, and asks for no finished part again', { timeout: 60_000 }, async () => {
    const cache = folder();
    let killed = false;
    const served = await serve((request, response) => {
      // Of the first process's ranges only the first two come to an end.
      if (killed || begins(request.headers.range) < 200_000) answerWith(content)(request, response);
      else stallAfter(60_000, request, response);
    });
    const first = start({ cache, hub: served.hub, limits });
    await first.news('trying');
    const state = join(modelFolder(model, cache), 'parrot.onnx.part.json');
    const left = (): number[] => (existsSync(state) ? (JSON.parse(readFileSync(state, 'utf8')) as { segments: { at: number; to: number }[] }).segments.map(({ at, to }) => to - at) : []);
    await expect.poll(() => left().slice(0, 2), { timeout: 20_000 }).toEqual([0, 0]);
    const before = served.requests.length;
    const second = start({ cache, hub: served.hub, limits });
    await second.news('trying');
    const ready = second.news('ready');
    killed = true;
    first.kill('SIGKILL');
    await first.over;
    await ready;
    const asked = served.requests.slice(before).map(({ headers }) => begins(headers.range));
    expect(asked).toHaveLength(2);
    expect(Math.min(...asked)).toBeGreaterThanOrEqual(200_000);
    expect(stored(cache).equals(content)).toBe(true);
  });
});
