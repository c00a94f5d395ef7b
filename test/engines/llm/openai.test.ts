import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { from, type Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Llm, Loaded, Message } from '../../../src/engines.js';
import { chatCompletions } from '../../../src/engines/llm/openai-chat.js';
import { responses } from '../../../src/engines/llm/openai-responses.js';
import type { OpenAiOptions } from '../../../src/engines/openai.js';
import { SpeechError } from '../../../src/errors.js';
import { keeps } from '../../contracts/keeps.js';
import { llmContract, type LlmSubject } from '../../contracts/llm.js';
import { failureOf, printed } from '../../fixtures/failures.js';
import { all, first } from '../../fixtures/all.js';
import { openaiServer, type OpenAiServer, type Step } from '../../fixtures/openai-server.js';

const CANARY = 'sk-canary-0123456789';
const PROMPT = 'the prompt that nobody else may read';
const asked: readonly Message[] = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: PROMPT }];
const servers: OpenAiServer[] = [];
const loaded: Subscription[] = [];

async function serve(...script: Step[]): Promise<OpenAiServer> {
  const server = await openaiServer(script);
  servers.push(server);
  return server;
}

const load = (engine: Loaded<Llm>): Promise<Llm> => new Promise((resolve, reject) => loaded.push(engine.subscribe({ next: resolve, error: reject })));

const failure = (llm: Llm): Promise<SpeechError> => failureOf(all(from(llm(asked))));

afterEach(async () => {
  for (const subscription of loaded.splice(0)) subscription.unsubscribe();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe.each([
  ['responses', responses, '/v1/responses'],
  ['chatCompletions', chatCompletions, '/v1/chat/completions'],
] as const)('%s', (_name, open, path) => {
  const start = (server: { url: string }, options: Partial<OpenAiOptions> = {}): Promise<Llm> =>
    load(open({ model: 'tiny', apiKey: CANARY, baseUrl: server.url, ...options }));

  describe('with a server that answers', () => {
    let subject: LlmSubject;
    beforeEach(async () => {
      const server = await serve({ answer: ['Hel', 'lo', '.'], delay: 5 });
      const broken = await serve({ answer: ['Hel'], then: 'cut' });
      subject = {
        llm: await start(server),
        failing: await start(broken),
        working: async () => {
          const over = await Promise.all(server.requests.map(({ closed }) => Promise.race([closed.then(() => true), new Promise<false>((resolve) => setImmediate(() => resolve(false)))])));
          return over.filter((closed) => !closed).length;
        },
      };
    });
    keeps(llmContract, () => subject);
  });

  it('sends the conversation and the key, and streams the answer', async () => {
    const server = await serve({ answer: ['Good', ' day'] });
    expect(await all(from((await start(server, { maxOutputTokens: 99 }))(asked)))).toEqual(['Good', ' day']);
    const [{ path: asked_path, headers, body }] = server.requests as [OpenAiServer['requests'][number]];
    expect(asked_path).toBe(path);
    expect(headers.authorization).toBe(`Bearer ${CANARY}`);
    expect(body).toMatchObject({ model: 'tiny', stream: true });
    expect(JSON.stringify(body)).toContain(PROMPT);
    expect(JSON.stringify(body)).toContain('Be brief.');
    expect(Object.values(body)).toContain(99);
  });

  it('takes a whole answer from a server that does not stream', async () => {
    const server = await serve({ answer: ['All', ' at', ' once'] });
    expect(await all(from((await start(server, { stream: false }))(asked)))).toEqual(['All at once']);
    expect(server.requests[0]!.body.stream).toBe(false);
  });

  it('does not speak what a model says while it reasons', async () => {
    const server = await serve({ reasoning: ['hmm', 'perhaps'], answer: ['Yes.'] });
    expect(await all(from((await start(server))(asked)))).toEqual(['Yes.']);
  });

  it('hangs up at once when it is unsubscribed before the first token', async () => {
    const server = await serve('hang');
    const subscription = from((await start(server))(asked)).subscribe({ error: () => undefined });
    await expect.poll(() => server.requests.length, { interval: 5 }).toBe(1);
    subscription.unsubscribe();
    expect(await server.requests[0]!.closed).toBe(true);
  });

  it('hangs up at once when it is unsubscribed between two tokens', async () => {
    const server = await serve({ answer: ['One.'], then: 'hang' });
    expect(await first(from((await start(server))(asked)))).toBe('One.');
    expect(await server.requests[0]!.closed).toBe(true);
  });

  it('gives up a server that does not begin, and one that stops, and hangs up on both', async () => {
    const silent = await serve('hang');
    const error = await failure(await start(silent, { firstTokenTimeout: 1_000 }));
    expect(error).toMatchObject({ code: 'llm-timeout', stage: 'llm', retryable: true });
    expect(error.message).toContain('did not begin');
    expect(await silent.requests[0]!.closed).toBe(true);

    const stuck = await serve({ answer: ['One.'], then: 'hang' });
    const later = await failure(await start(stuck, { nextTokenTimeout: 50 }));
    expect(later).toMatchObject({ code: 'llm-timeout' });
    expect(later.message).toContain('stopped answering');
    expect(await stuck.requests[0]!.closed).toBe(true);
  });

  it.each<[string, Step, string]>([
    ['a refused key', { status: 401 }, 'llm-key-refused'],
    ['a forbidden model', { status: 403 }, 'llm-key-refused'],
    ['an unknown model', { status: 404 }, 'llm-model-unknown'],
    ['too many requests', { status: 429 }, 'llm-rate-limited'],
    ['a broken server', { status: 500 }, 'llm-failed'],
    ['a request it does not understand', { status: 400 }, 'llm-failed'],
    ['HTML', 'nonsense', 'llm-nonsense'],
    ['JSON of another shape', 'misshapen', 'llm-nonsense'],
    ['an empty answer', 'empty', 'llm-nonsense'],
    ['broken JSON', { answer: ['a'], then: 'garbage' }, 'llm-nonsense'],
    ['an error in the middle of the answer', { answer: [], then: 'error' }, 'llm-failed'],
    ['a line cut in the middle of the answer', { answer: ['a'], then: 'cut' }, 'llm-cut-off'],
  ])('says what is wrong: %s', async (_what, step, code) => {
    const error = await failure(await start(await serve(step)));
    expect(error).toMatchObject({ kind: 'stage', stage: 'llm', code });
    expect(error.message).toContain('127.0.0.1');
  });

  it.each(['nonsense', 'misshapen', 'empty'] as const)('says so, without a stream, when the answer is %s', async (step) => {
    expect((await failure(await start(await serve(step), { stream: false }))).code).toBe('llm-nonsense');
  });

  it('tries again before the first token', async () => {
    const server = await serve({ status: 503 }, { answer: ['Back.'] });
    expect(await all(from((await start(server))(asked)))).toEqual(['Back.']);
  });

  it('tries again when the line was cut before the first token', async () => {
    const server = await serve({ answer: [], then: 'cut' }, { answer: ['Back.'] });
    expect(await all(from((await start(server))(asked)))).toEqual(['Back.']);
    expect(server.requests.length).toBe(2);
  });

  it.each<[string, Step, number]>([
    ['twice, what may pass', { status: 503 }, 2], ['twice, where the line is cut each time', { answer: [], then: 'cut' }, 2], ['once, what will not', { status: 401 }, 1],
  ])('asks no more than %s', async (_what, step, times) => {
    const server = await serve(step);
    await failure(await start(server));
    expect(server.requests.length).toBe(times);
  });

  it('does not try again once text has arrived', async () => {
    const server = await serve({ answer: ['Half'], then: 'cut' }, { answer: ['Whole.'] });
    expect((await failure(await start(server))).code).toBe('llm-cut-off');
    expect(server.requests.length).toBe(1);
  });

  it('names the address where there is no server, and what to check', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const error = await failure(await start({ url: `http://127.0.0.1:${port}/v1?key=secret` }));
    expect(error).toMatchObject({ code: 'llm-unreachable', retryable: true });
    expect(error.message).toContain(`http://127.0.0.1:${port}/v1`);
    expect(error.hint).toContain('server runs');
    expect(String(error.cause)).toContain('ECONNREFUSED');
    expect(printed(error)).not.toContain('secret');
  });

  it.each<[string, Step]>([
    ['quotes the key in a refusal', { status: 401, body: { error: { message: `Incorrect API key provided: ${CANARY}; you said: ${PROMPT}` } } }],
    ['quotes the prompt in a failure', { status: 500, body: `${CANARY} ${PROMPT}` }],
    ['quotes both in a stream that breaks', { answer: [PROMPT, CANARY], then: 'garbage' }],
  ])('keeps key and prompt out of the error when a server %s', async (_what, step) => {
    const text = printed(await failure(await start(await serve(step))));
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(PROMPT);
  });

  it('needs a key where it is not told which server to ask', async () => {
    await expect(load(open({ model: 'tiny' }))).rejects.toMatchObject({ kind: 'config', code: 'llm-key-missing' });
    await expect(load(open({ model: 'tiny', apiKey: '' }))).rejects.toMatchObject({ kind: 'config', code: 'llm-key-missing' });
  });

  it.each(['localhost:8080', 'ftp://localhost/v1', 'http://user:password@localhost/v1', 'not an address'])('refuses %s as a base URL', async (baseUrl) => {
    await expect(load(open({ model: 'tiny', baseUrl }))).rejects.toMatchObject({ kind: 'config', code: 'llm-base-url' });
  });

  it('does not send the key of the environment to another server', async () => {
    const before = process.env['OPENAI_API_KEY'];
    process.env['OPENAI_API_KEY'] = CANARY;
    try {
      const server = await serve({ answer: ['Hi.'] });
      await all(from((await load(open({ model: 'tiny', baseUrl: server.url })))(asked)));
      expect(JSON.stringify(server.requests[0]!.headers)).not.toContain(CANARY);
    } finally {
      if (before === undefined) delete process.env['OPENAI_API_KEY'];
      else process.env['OPENAI_API_KEY'] = before;
    }
  });
});
