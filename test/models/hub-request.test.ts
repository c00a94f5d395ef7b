import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hubModel } from '../../src/models/hub-model.js';
import { retryAfter } from '../../src/models/hub-request.js';
import { answerWith, bytes, folder, hubOf, modelOf, pulled, serve, sha256 } from './helpers.js';

const content = bytes(40_000);
const model = modelOf({ 'parrot.onnx': content }, hubOf('parrot.onnx'));
const TOKEN = 'hf_canary0123456789';

/** A proxy as there are many: it forwards whole addresses, and opens no tunnel. */
async function proxy(): Promise<{ address: string; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
    incoming.pipe(forward(incoming.url ?? '', { method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    }));
  });
  server.on('connect', (incoming, socket) => {
    seen.push(`CONNECT ${incoming.url ?? ''}`);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

describe('a proxy of the environment', () => {
  it('is asked for the hub, and for the host that the hub redirects to', async () => {
    const { address, seen } = await proxy();
    const store = await serve(answerWith(content));
    const { hub } = await serve((_, response) => response.writeHead(302, { location: `${store.hub}/bytes` }).end());
    const { ready } = await pulled(model, { cache: folder(), hub, env: { HTTP_PROXY: address } });
    expect(seen).toEqual([`GET ${hub}/birds/parrot/resolve/main/parrot.onnx`, `GET ${store.hub}/bytes`]);
    expect(readFileSync(ready.paths['parrot.onnx']!).equals(content)).toBe(true);
  });

  it('is asked for a tunnel where the hub is secure, and its refusal is told', async () => {
    const { address, seen } = await proxy();
    await expect(pulled(model, { cache: folder(), hub: 'https://hub.invalid', env: { HTTPS_PROXY: address } })).rejects.toMatchObject({
      code: 'model-unreachable', message: expect.stringContaining('hub.invalid cannot be reached') as string,
    });
    expect(seen).toEqual(['CONNECT hub.invalid:443']);
  });

  it.each(['127.0.0.1', '*', 'localhost,127.0.0.1'])('is left out where NO_PROXY is %s', async (names) => {
    const { address, seen } = await proxy();
    const { hub } = await serve(answerWith(content));
    await pulled(model, { cache: folder(), hub, env: { http_proxy: address, no_proxy: names } });
    expect(seen).toEqual([]);
  });

  it('may be named without its http://', async () => {
    const { address, seen } = await proxy();
    const { hub } = await serve(answerWith(content));
    await pulled(model, { cache: folder(), hub, env: { HTTP_PROXY: address.replace('http://', '') } });
    expect(seen).toHaveLength(1);
  });

  it.each(['socks5://user:canary@127.0.0.1:1080', 'http://user:canary@:x'])('that is none is refused, and not shown: %s', async (address) => {
    const failure: unknown = await pulled(model, { cache: folder(), hub: 'http://127.0.0.1:1', env: { HTTPS_PROXY: address } }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'config', code: 'bad-proxy', message: expect.stringContaining('HTTPS_PROXY') as string });
    expect(JSON.stringify([failure, (failure as Error).message])).not.toContain('canary');
  });

  it('is not asked where the environment that was handed in has none', async () => {
    const { address, seen } = await proxy();
    process.env['HTTP_PROXY'] = address;
    onTestFinished(() => { delete process.env['HTTP_PROXY']; });
    const { hub } = await serve(answerWith(content));
    await pulled(model, { cache: folder(), hub, env: {} });
    expect(seen).toEqual([]);
  });
});

describe('HF_TOKEN', () => {
  it('goes to the host of HF_ENDPOINT, and not to the host that this redirects to', async () => {
    const store = await serve(answerWith(content));
    const served = await serve((_, response) => response.writeHead(302, { location: `${store.hub}/bytes` }).end());
    await pulled(model, { cache: folder(), hub: served.hub, env: { HF_ENDPOINT: served.hub, HF_TOKEN: TOKEN } });
    expect(served.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${TOKEN}`]);
    expect(store.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('does not go to another hub that models are fetched from', async () => {
    const served = await serve(answerWith(content));
    await pulled(model, { cache: folder(), hub: served.hub, env: { HF_TOKEN: TOKEN } });
    expect(served.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('opens a repository that others may not see', async () => {
    const { hub, requests } = await serve(({ headers }, response) => (headers.authorization === `Bearer ${TOKEN}`
      ? response.writeHead(302, { location: 'https://elsewhere.invalid/', 'x-linked-size': '40000', 'x-linked-etag': `"${sha256(content)}"` })
      : response.writeHead(401)).end());
    const ask = (env: Record<string, string>) => hubModel('hf:birds/Parrot-GGUF/parrot.gguf', { cache: folder(), hub, env });
    await expect(ask({ HF_ENDPOINT: hub })).rejects.toMatchObject({ code: 'model-unreachable', message: expect.stringContaining('401') as string });
    expect(await ask({ HF_ENDPOINT: hub, HF_TOKEN: TOKEN })).toMatchObject({ files: [{ size: 40_000, sha256: sha256(content) }] });
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([undefined, `Bearer ${TOKEN}`]);
  });

  it('is in no message, whatever the hub answers', async () => {
    const { hub } = await serve(({ headers }, response) => response.writeHead(403, `No ${headers.authorization ?? ''}`).end(headers.authorization));
    const failure: unknown = await pulled(model, { cache: folder(), hub, env: { HF_ENDPOINT: hub, HF_TOKEN: TOKEN } }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'model-unreachable' });
    expect(JSON.stringify([failure, (failure as Error).message])).not.toContain(TOKEN);
  });
});

describe('the hub\'s request for a pause', () => {
  const answer = (status: number, said?: string) => ({ status, headers: new Headers(said === undefined ? {} : { 'retry-after': said }) }) as unknown as Parameters<typeof retryAfter>[0];
  const now = Date.parse('Wed, 25 Nov 2026 00:00:00 GMT');

  it.each([
    [429, '7', 7], [503, '0', 0], [429, 'Wed, 25 Nov 2026 00:00:09 GMT', 9], [429, 'Tue, 24 Nov 2026 00:00:00 GMT', 0],
    [429, undefined, undefined], [429, 'soon', undefined], [200, '7', undefined],
  ])('of status %i and Retry-After %s is %s', (status, said, seconds) => {
    expect(retryAfter(answer(status, said), now)).toBe(seconds);
  });
});
