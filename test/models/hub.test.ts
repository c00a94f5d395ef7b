import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { filter, firstValueFrom } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { modelFolder } from '../../src/models/cache.js';
import { hubAddress } from '../../src/models/hub-address.js';
import { pull } from '../../src/models/pull.js';
import { answerWith, bytes, folder, hubOf, modelOf, nobody, pulled, reasons, serve, type Served } from './helpers.js';

const content = bytes(300_000);
const model = modelOf({ 'parrot.onnx': content }, hubOf('parrot.onnx'));

/** The cache as a broken pull leaves it: so many bytes have come, of the version with this tag. */
function halfDone(count: number, etag?: string, of: Uint8Array = content): string {
  const cache = folder();
  const path = join(modelFolder(model, cache), 'parrot.onnx.part');
  mkdirSync(modelFolder(model, cache), { recursive: true });
  writeFileSync(path, of.subarray(0, count));
  writeFileSync(`${path}.json`, JSON.stringify({ size: content.length, etag, segments: [{ at: count, to: content.length }] }));
  return cache;
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
const stored = (cache: string): Buffer => readFileSync(join(modelFolder(model, cache), 'parrot.onnx'));
const leftovers = (cache: string): string[] => readdirSync(modelFolder(model, cache)).filter((name) => name !== 'parrot.onnx' && name !== '.verified.json');
const failure = (of: typeof model, cache: string, { hub }: Served, more = {}) =>
  pulled(of, { cache, hub, ...more }).then(() => { throw new Error('it was ready'); }, (error: unknown) => error as Error & { code: string; hint: string });

describe('a pull from the hub', () => {
  it('fetches the file under its name, tells its progress, and leaves nothing else', async () => {
    const cache = folder();
    const served = await serve(answerWith(content));
    const { news, ready } = await pulled(model, { cache, hub: served.hub });
    expect(served.requests.map(({ url }) => url)).toEqual(['/birds/parrot/resolve/main/parrot.onnx']);
    expect(stored(cache).equals(content)).toBe(true);
    expect(leftovers(cache)).toEqual([]);
    expect(ready.cached).toBe(false);
    expect(news[0]).toEqual({ type: 'trying', source: `${served.hub}/birds/parrot` });
    expect(news.at(-2)).toMatchObject({ type: 'progress', received: content.length, total: content.length, secondsLeft: 0 });
  });

  it('asks nobody the second time', async () => {
    const cache = folder();
    const served = await serve(answerWith(content));
    await pulled(model, { cache, hub: served.hub });
    expect((await pulled(model, { cache, hub: served.hub })).ready.cached).toBe(true);
    expect(served.requests).toHaveLength(1);
  });

  it('counts the bytes of all files as one progress', async () => {
    const parts = { 'a.bin': bytes(1000), 'b.bin': bytes(3000) };
    const { hub } = await serve((request, response) => answerWith(parts[request.url?.endsWith('a.bin') === true ? 'a.bin' : 'b.bin'])(request, response));
    const { news } = await pulled(modelOf(parts, hubOf('a.bin', 'b.bin')), { cache: folder(), hub });
    expect(news.findLast(({ type }) => type === 'progress')).toMatchObject({ file: 'b.bin', received: 4000, total: 4000 });
  });

  it('goes on where an earlier one ended', async () => {
    const cache = halfDone(100_000, '"one"');
    const served = await serve(answerWith(content));
    await pulled(model, { cache, hub: served.hub });
    expect(served.requests[0]?.headers).toMatchObject({ range: 'bytes=100000-', 'if-range': '"one"' });
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('follows the hub to where the bytes are, and asks there for the rest only', async () => {
    const cache = halfDone(100_000, '"one"');
    const store = await serve(answerWith(content));
    const { hub } = await serve((_, response) => response.writeHead(302, { location: `${store.hub}/bytes` }).end());
    await pulled(model, { cache, hub });
    expect(store.requests).toMatchObject([{ url: '/bytes', headers: { range: 'bytes=100000-' } }]);
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('starts over where the server has another version by now', async () => {
    const cache = halfDone(100_000, '"old"', bytes(300_000, 9));
    const served = await serve(answerWith(content));
    await pulled(model, { cache, hub: served.hub });
    expect(stored(cache).equals(content)).toBe(true);
    expect(served.requests).toHaveLength(1);
  });

  it('starts over where the server knows no ranges', async () => {
    const cache = halfDone(100_000);
    const { hub } = await serve((_, response) => response.writeHead(200, { 'content-length': content.length }).end(content));
    await pulled(model, { cache, hub });
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('starts over where the server refuses the range', async () => {
    const cache = halfDone(100_000);
    const served = await serve((request, response) => {
      if (request.headers.range === undefined) answerWith(content)(request, response);
      else response.writeHead(416).end();
    });
    await pulled(model, { cache, hub: served.hub });
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('needs no server where everything had come before', async () => {
    const cache = halfDone(content.length);
    await pulled(model, { cache, hub: await nobody() });
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('takes up a connection that breaks off in the middle, at once and without a gap', async () => {
    const cache = folder();
    const served = await serve(async (request, response, count) => {
      if (count > 2) {
        answerWith(content)(request, response);
        return;
      }
      const from = Number(/\d+/.exec(request.headers.range ?? '0')?.[0]);
      response.writeHead(from === 0 ? 200 : 206, { etag: '"one"', 'content-length': content.length - from, 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` });
      response.write(content.subarray(from, from + 90_000));
      // Not before something of it has come: newer versions of fetch drop what they hold when a connection breaks.
      const path = join(modelFolder(model, cache), 'parrot.onnx.part');
      while (sizeOf(path) <= from) await turn();
      response.destroy();
    });
    await pulled(model, { cache, hub: served.hub });
    expect(stored(cache).equals(content)).toBe(true);
    expect(served.requests).toHaveLength(3);
    expect(served.requests[2]?.headers.range).toMatch(/^bytes=[1-9]\d*-$/);
  });

  it('takes up a body that ends early, though it ends well', async () => {
    const cache = folder();
    const served = await serve((request, response, count) => {
      if (count > 1) answerWith(content)(request, response);
      else response.writeHead(200, { etag: '"one"' }).end(content.subarray(0, 120_000));
    });
    await pulled(model, { cache, hub: served.hub });
    expect(served.requests[1]?.headers.range).toBe('bytes=120000-');
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('keeps what has come when the server stops in the middle, and goes on next time', async () => {
    const cache = folder();
    const stalling = await serve((_, response) => {
      response.writeHead(200, { etag: '"one"', 'content-length': content.length });
      response.write(content.subarray(0, 90_000));
    });
    const error = await failure(model, cache, stalling, { limits: { stall: 300 } });
    expect(error.message).toMatch(/nothing came for 0\.3 s after \d+ kB; what has come is kept/);
    expect(error.code).toBe('model-unreachable');
    const { size } = statSync(join(modelFolder(model, cache), 'parrot.onnx.part'));
    expect(size).toBeGreaterThan(0);
    const served = await serve(answerWith(content));
    await pulled(model, { cache, hub: served.hub });
    expect(served.requests[0]?.headers.range).toBe(`bytes=${size}-`);
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('is patient with a server that is slow but never silent for 30 s', async () => {
    const cache = folder();
    const path = join(modelFolder(model, cache), 'parrot.onnx.part');
    let slow = (_: ServerResponse): void => undefined;
    const begun = new Promise<ServerResponse>((resolve) => (slow = resolve));
    const { hub } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      slow(response);
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const end = pulled(model, { cache, hub });
    const response = await begun;
    for (let sent = 0; sent < content.length; sent += 100_000) {
      response.write(content.subarray(sent, sent + 100_000));
      while (sizeOf(path) < sent + 100_000 && !existsSync(path.replace('.part', ''))) await turn();
      vi.advanceTimersByTime(20_000);
    }
    await end;
    expect(stored(cache).equals(content)).toBe(true);
  });

  it('leaves a server that does not answer in time', async () => {
    const served = await serve(() => undefined);
    expect((await failure(model, folder(), served, { limits: { answer: 100 } })).message).toContain('no answer within 0.1 s');
  });

  it('leaves a server that has no such file', async () => {
    const served = await serve((_, response) => response.writeHead(404).end());
    expect((await failure(model, folder(), served)).message).toContain('it answered 404 Not Found');
    expect(served.requests).toHaveLength(1);
  });

  it('leaves a server nobody listens at', async () => {
    expect((await failure(model, folder(), { hub: await nobody(), requests: [] })).message).toMatch(/: 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)/);
  });

  it('does not fetch what cannot be the file by its length', async () => {
    const served = await serve((_, response) => response.writeHead(200, { 'content-length': 12 }).end('Please log in'));
    expect((await failure(model, folder(), served)).message).toContain('it offers 12 bytes instead of 300000');
  });

  it('stops reading a file that does not end', async () => {
    const served = await serve((_, response) => {
      response.writeHead(200);
      const more = (): void => void response.write(content, (error) => { if (error == null) more(); });
      more();
    });
    const error = await failure(model, folder(), served);
    expect(error).toMatchObject({ code: 'model-damaged' });
    expect(error.message).toContain('longer than 300000 bytes');
  });

  it('fetches a wrong file once more, and then keeps nothing of it', async () => {
    const cache = folder();
    const served = await serve(answerWith(bytes(content.length, 7)));
    const error = await failure(model, cache, served);
    expect(error).toMatchObject({ kind: 'model', code: 'model-damaged' });
    expect(served.requests).toHaveLength(2);
    expect(leftovers(cache)).toEqual([]);
  });

  it('is content when the second attempt is right', async () => {
    const cache = folder();
    const { hub } = await serve((request, response, count) => answerWith(count === 1 ? bytes(content.length, 7) : content)(request, response));
    const { news } = await pulled(model, { cache, hub });
    expect(stored(cache).equals(content)).toBe(true);
    expect(reasons(news)).toEqual([expect.stringMatching(/^the sha256 of its parrot\.onnx is [0-9a-f]{64}, not [0-9a-f]{64}; once more$/)]);
  });

  it('starts over once when the part it kept turns out to be spoiled', async () => {
    const cache = halfDone(100_000, undefined, bytes(300_000, 9));
    const served = await serve(answerWith(content));
    await pulled(model, { cache, hub: served.hub });
    expect(stored(cache).equals(content)).toBe(true);
    expect(served.requests).toHaveLength(2);
  });

  it('aborts the request when unsubscribed, and keeps what has come', async () => {
    const cache = folder();
    let gone = (): void => undefined;
    const left = new Promise<void>((resolve) => (gone = resolve));
    const { hub } = await serve((request, response) => {
      request.socket.on('close', gone);
      response.writeHead(200, { etag: '"one"', 'content-length': content.length });
      response.write(content.subarray(0, 50_000));
    });
    await firstValueFrom(pull(model, { cache, hub }).pipe(filter(({ type }) => type === 'progress')));
    await left;
    expect(existsSync(join(modelFolder(model, cache), 'parrot.onnx.part'))).toBe(true);
    expect(existsSync(join(modelFolder(model, cache), 'parrot.onnx'))).toBe(false);
  });

  it('begins nothing before it is subscribed to', async () => {
    const cache = folder();
    const served = await serve(answerWith(content));
    const cold = pull(model, { cache, hub: served.hub });
    expect(readdirSync(cache)).toEqual([]);
    await firstValueFrom(cold);
    expect(existsSync(join(cache, 'models'))).toBe(true);
  });

  it('refuses before the first request what the disk has no room for', async () => {
    const huge = { ...model, files: model.files.map((file) => ({ ...file, size: 1e17 })) };
    const served = await serve(answerWith(content));
    expect(await failure(huge, folder(), served)).toMatchObject({ kind: 'model', code: 'disk-full', hint: expect.stringContaining('--cache') as string });
    expect(served.requests).toHaveLength(0);
  });

  it.skipIf(!existsSync('/dev/full'))('says so when the disk is full in the middle', async () => {
    const cache = folder();
    mkdirSync(modelFolder(model, cache), { recursive: true });
    symlinkSync('/dev/full', join(modelFolder(model, cache), 'parrot.onnx.part'));
    const served = await serve(answerWith(content));
    expect(await failure(model, cache, served)).toMatchObject({ kind: 'model', code: 'disk-full', message: expect.stringContaining(modelFolder(model, cache)) as string });
  });

  it('says so when the cache cannot be written', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    const served = await serve(answerWith(content));
    expect(await failure(model, join(file, 'cache'), served)).toMatchObject({ kind: 'model', code: 'cache-not-writable', hint: expect.stringContaining('SPEECH_TO_SPEECH_CACHE') as string });
  });

  it('says what a status means in words of its own, not in those of the server, which may be anything', async () => {
    const served = await serve((_, response) => {
      response.socket?.end('HTTP/1.1 500 \u009b31mRed\u009d\r\nconnection: close\r\n\r\n');
    });
    expect((await failure(model, folder(), served)).message).toMatch(/: it answered 500 Internal Server Error$/);
  });
});

describe('the hub\'s address', () => {
  it('is the one given, before the variables, before huggingface.co', () => {
    const env = { SPEECH_TO_SPEECH_HUB: 'http://mirror.test/', HF_ENDPOINT: 'http://endpoint.test' };
    expect(hubAddress('https://given.test/hub/', env)).toBe('https://given.test/hub');
    expect(hubAddress(undefined, env)).toBe('http://mirror.test');
    expect(hubAddress(undefined, { HF_ENDPOINT: env.HF_ENDPOINT })).toBe('http://endpoint.test');
    expect(hubAddress(undefined, {})).toBe('https://huggingface.co');
  });

  it.each(['mirror', 'file:///models', 'ftp://mirror.test'])('is refused at call time where it is %s', (hub) => {
    expect(() => pull(model, { cache: '/nowhere', hub })).toThrow(expect.objectContaining({ kind: 'config', code: 'bad-hub' }));
  });
});
