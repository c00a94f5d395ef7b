import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Tool, ToolArgs } from '../../src/tools.js';
import { declaredTools } from '../../src/tools/declared-tools.js';
import { all } from '../fixtures/all.js';
import { failureOf, printed } from '../fixtures/failures.js';
import { httpServers } from '../fixtures/http-server.js';

const KEY = 'canary+4f9a/7310==';
const serve = httpServers();
const properties = { city: {}, days: {}, room: {} };

const tool = (http: object, more: object = {}): Tool => declaredTools([{ name: 'web', description: 'The web.', parameters: { type: 'object', properties }, http, ...more }],
  { allow: ['web'], env: { THE_KEY: KEY }, readFile: () => '' }).tools[0]!;
const run = async (one: Tool, args: ToolArgs): Promise<string> => (await all(from(one.run(args)))).join('|');

describe('a tool that makes a request', () => {
  it('puts arguments into the query of a GET, and gives what comes back', async () => {
    const { url, got } = await serve((response) => response.end(' It is dry. '));
    expect(await run(tool({ url: `${url}/weather?units=metric` }), { city: 'São Paulo & more', days: 3 })).toBe('It is dry.');
    expect(got[0]).toMatchObject({ method: 'GET', path: '/weather?units=metric&city=S%C3%A3o+Paulo+%26+more&days=3', body: '' });
  });

  it('puts them into the body of a POST as JSON, but for those in the path', async () => {
    const { url, got } = await serve((response) => response.writeHead(201).end('{"ok":true}'));
    expect(await run(tool({ method: 'POST', url: `${url}/rooms/{room}/light` }), { room: 'living room', days: 3 })).toBe('{"ok":true}');
    expect(got[0]).toMatchObject({ method: 'POST', path: '/rooms/living%20room/light', body: '{"days":3}', headers: { 'content-type': 'application/json' } });
  });

  it.each(['..', '.', '../admin', 'a/../../admin', '%2e%2e', 'x?admin=1#', '//other.example.com/'])('lets the argument %j leave neither its place in the path nor the host', async (room) => {
    const { url, got } = await serve((response) => response.end('ok'));
    await run(tool({ url: `${url}/rooms/{room}/light` }), { room }).catch(() => undefined);
    for (const { path } of got) expect(path).toMatch(/^\/rooms\/[^/?#]+\/light$/);
    if (/^\.+$/.test(room)) expect(got).toEqual([]);
  });

  it('takes keys from the environment, and keeps them out of results and errors, whatever the server writes', async () => {
    const { url, got } = await serve((response, { headers, path }) => response.writeHead(path.startsWith('/bad') ? 403 : 200).end(`You sent ${headers.authorization} to ${path}`));
    const http = { url: `${url}/good?key=\${THE_KEY}`, headers: { authorization: 'Bearer ${THE_KEY}' } };
    expect(await run(tool(http), {})).toBe('You sent Bearer [secret] to /good?key=[secret]');
    expect(got[0]!.headers.authorization).toBe(`Bearer ${KEY}`);
    const error = await failureOf(run(tool({ ...http, url: `${url}/bad` }), {}));
    expect(error).toMatchObject({ code: 'tool-refused', message: 'HTTP 403: You sent Bearer [secret] to /bad' });
    expect(printed(error)).not.toContain('canary');
  });

  it('follows no redirection, which would take the keys elsewhere', async () => {
    const elsewhere = await serve((response) => response.end('gotcha'));
    const { url } = await serve((response) => response.writeHead(302, { location: elsewhere.url }).end());
    expect((await failureOf(run(tool({ url, headers: { authorization: 'Bearer ${THE_KEY}' } }), {}))).message).toBe('HTTP 302');
    expect(elsewhere.got).toEqual([]);
  });

  it('says that a server cannot be reached, without its address', async () => {
    const error = await failureOf(run(tool({ url: 'http://127.0.0.1:1/?key=${THE_KEY}' }), {}));
    expect(error.code).toBe('tool-unreachable');
    expect(printed(error)).not.toMatch(/canary|127\.0\.0\.1/);
  });

  it('cuts a result that is too long, and does not wait for its end', async () => {
    const { url, got } = await serve((response) => { response.write('é'.repeat(30_000)); });
    expect(await run(tool({ url }, { max_result: 101 }), {})).toBe(`${'é'.repeat(50)} … (the rest was cut)`);
    expect(await got[0]!.closed).toBe(true);
  });

  it('hangs up when nobody waits for it any more, before and in the middle of the answer', async () => {
    for (const begin of [false, true]) {
      const { url, got } = await serve((response) => { if (begin) response.write('Well'); });
      const running = from(tool({ url }).run({})).subscribe({ error: () => undefined });
      await expect.poll(() => got.length, { interval: 5 }).toBe(1);
      running.unsubscribe();
      expect(await got[0]!.closed).toBe(true);
    }
  });
});
