import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { from, of, type Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWav } from '../../../src/audio/wav.js';
import { FRAME_SAMPLES, type Frame, type Loaded, type Stt, type Transcript } from '../../../src/engines.js';
import { transcriptions, type TranscriptionsOptions } from '../../../src/engines/stt/openai-transcriptions.js';
import { whisperServer, type WhisperServerOptions } from '../../../src/engines/stt/whisper-server.js';
import { SpeechError } from '../../../src/errors.js';
import { keeps } from '../../contracts/keeps.js';
import { sttContract, type SttSubject } from '../../contracts/stt.js';
import { failureOf, printed } from '../../fixtures/failures.js';
import { all, first } from '../../fixtures/all.js';
import { openaiServer, type OpenAiServer, type Step } from '../../fixtures/openai-server.js';

const CANARY = 'sk-canary-0123456789';
const SECRET = 'what nobody else may read';
/** A second of something. */
const voice = Array.from({ length: 32 }, (_, index): Frame => Int16Array.from({ length: FRAME_SAMPLES }, (_sample, n) => 3_000 * Math.sin(n / (3 + index))));
const servers: OpenAiServer[] = [];
const loaded: Subscription[] = [];

async function serve(...script: Step[]): Promise<OpenAiServer> {
  const server = await openaiServer(script);
  servers.push(server);
  return server;
}

const load = (engine: Loaded<Stt>): Promise<Stt> => new Promise((resolve, reject) => loaded.push(engine.subscribe({ next: resolve, error: reject })));
const hear = (stt: Stt): Promise<Transcript[]> => all(from(stt(from(voice))));

const failure = (stt: Stt): Promise<SpeechError> => failureOf(hear(stt));

/** Requests that are still open. */
async function open({ requests }: OpenAiServer): Promise<number> {
  const over = await Promise.all(requests.map(({ closed }) => Promise.race([closed.then(() => true), new Promise<false>((resolve) => setImmediate(() => resolve(false)))])));
  return over.filter((closed) => !closed).length;
}

afterEach(async () => {
  for (const subscription of loaded.splice(0)) subscription.unsubscribe();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

type Options = Partial<TranscriptionsOptions> & Partial<WhisperServerOptions>;

describe.each([
  ['transcriptions', '/v1/audio/transcriptions', ({ url }: { url: string }, options: Options) => transcriptions({ model: 'tiny', apiKey: CANARY, baseUrl: url, ...options })],
  ['whisperServer', '/v1/inference', ({ url }: { url: string }, { language, prompt, firstTokenTimeout: patience }: Options) =>
    whisperServer({ baseUrl: url, language: language ?? 'auto', ...(prompt === undefined ? {} : { prompt }), ...(patience === undefined ? {} : { patience }) })],
] as const)('%s', (name, path, engine) => {
  describe('with a server that answers', () => {
    let subject: SttSubject;
    beforeEach(async () => {
      const server = await serve({ answer: ['What ', 'time ', 'is it?'], delay: 5 });
      const broken = await serve({ answer: [], then: 'hang' }, { status: 500 });
      subject = { stt: await load(engine(server, {})), failing: await load(engine(broken, { firstTokenTimeout: 200 })), voice, working: () => open(server) };
    });
    keeps(sttContract, () => subject);
  });

  it('sends the samples it heard as a WAV of 16 kHz, with language and hints', async () => {
    const server = await serve({ status: 200, body: { text: ' Good day. ' } });
    expect(await hear(await load(engine(server, { language: 'de', prompt: 'Dvořák, Zürich' })))).toEqual([{ text: 'Good day.', final: true }]);
    const [{ path: asked, body }] = server.requests as [OpenAiServer['requests'][number]];
    expect(asked).toBe(path);
    expect(body).toMatchObject({ language: 'de', prompt: 'Dvořák, Zürich' });
    const { sampleRate, channels, samples } = readWav(body['file'] as Uint8Array);
    expect({ sampleRate, channels }).toEqual({ sampleRate: 16_000, channels: 1 });
    const spoken = Int16Array.from(voice.flatMap((frame) => [...frame]));
    const at = name === 'whisperServer' ? 4_800 : 0;
    expect(samples.slice(at, at + spoken.length)).toEqual(spoken);
  });

  it('hears nobody in what Whisper writes on silence, and where it says that nobody speaks', async () => {
    const server = await serve(
      { status: 200, body: { text: ' Thank you for watching!' } },
      { status: 200, body: { text: ' So. Hello.', segments: [{ text: ' So.', no_speech_prob: 0.92, avg_logprob: -1.4 }, { text: ' Hello.', no_speech_prob: 0.7, avg_logprob: -0.3 }] } },
    );
    const stt = await load(engine(server, {}));
    expect(await hear(stt)).toEqual([{ text: '', final: true }]);
    expect(await hear(stt)).toEqual([{ text: 'Hello.', final: true }]);
  });

  it('says which language the server has detected, where it was not told one', async () => {
    const answers = ['French', 'fr', 'klingon!', 7].map((language): Step => ({ status: 200, body: { text: 'Bonjour.', language } }));
    // The first way of asking finds out that this server does not stream.
    const stt = await load(engine(await serve({ status: 200, body: { text: 'Bonjour.' } }, ...answers), { language: 'auto' }));
    const heard = [await hear(stt), await hear(stt), await hear(stt), await hear(stt), await hear(stt)];
    expect(heard.flat().map(({ language }) => language)).toEqual([undefined, 'fr', 'fr', undefined, undefined]);
    const told = await load(engine(await serve({ status: 200, body: { text: 'Bonjour.', language: 'French' } }), { language: 'fr' }));
    expect(await hear(told)).toEqual([{ text: 'Bonjour.', final: true }]);
  });

  it('hangs up at once when it is unsubscribed', async () => {
    const server = await serve('hang');
    const subscription = from((await load(engine(server, {})))(from(voice))).subscribe({ error: () => undefined });
    await expect.poll(() => server.requests.length, { interval: 5 }).toBe(1);
    subscription.unsubscribe();
    expect(await server.requests[0]!.closed).toBe(true);
  });

  it('gives up a server that does not answer, and hangs up', async () => {
    const server = await serve('hang');
    expect(await failure(await load(engine(server, { firstTokenTimeout: 1_000 })))).toMatchObject({ code: 'stt-timeout', stage: 'stt', retryable: true });
    expect(await server.requests[0]!.closed).toBe(true);
  });

  it.each<[string, Step, string]>([
    ['a refused key', { status: 401 }, 'stt-key-refused'],
    ['a forbidden model', { status: 403 }, 'stt-key-refused'],
    ['an unknown model or path', { status: 404 }, 'stt-model-unknown'],
    ['too many requests', { status: 429 }, 'stt-rate-limited'],
    ['a broken server', { status: 500 }, 'stt-failed'],
    ['a request it does not understand', { status: 400 }, 'stt-failed'],
    ['HTML', 'nonsense', 'stt-nonsense'],
    ['JSON of another shape', { status: 200, body: { hello: 'world' } }, 'stt-nonsense'],
    ['no JSON at all', { status: 200, body: null }, 'stt-nonsense'],
  ])('says what is wrong: %s', async (_what, step, code) => {
    const error = await failure(await load(engine(await serve(step), {})));
    expect(error).toMatchObject({ kind: 'stage', stage: 'stt', code });
    expect(error.message).toContain('127.0.0.1');
    expect(`${error.message} ${error.hint ?? ''}`).not.toMatch(/model_name|language model|responses_api/);
  });

  it('tries once more what may pass', async () => {
    const server = await serve({ status: 503 }, { status: 200, body: { text: 'Back.' } });
    expect((await hear(await load(engine(server, {})))).at(-1)).toEqual({ text: 'Back.', final: true });
  });

  it('names the address where there is no server', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const error = await failure(await load(engine({ url: `http://127.0.0.1:${port}/v1?key=secret` }, {})));
    expect(error).toMatchObject({ code: 'stt-unreachable', retryable: true });
    expect(error.message).toContain(`http://127.0.0.1:${port}/v1`);
    expect(printed(error)).not.toContain('secret');
  });

  it.each<[string, Step]>([
    ['a refusal', { status: 401, body: { error: { message: `Incorrect API key: ${CANARY}; ${SECRET}` } } }],
    ['an answer that breaks', { answer: [SECRET, CANARY], then: 'garbage' }],
    ['an answer of another shape', { status: 200, body: { [CANARY]: SECRET } }],
  ])('keeps key and words out of the error that %s makes', async (_what, step) => {
    const text = await hear(await load(engine(await serve(step), {}))).then(() => '', (error: unknown) => printed(error as Error));
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(SECRET);
  });
});

describe('transcriptions, streamed', () => {
  const start = (server: OpenAiServer, options: Options = {}): Promise<Stt> => load(transcriptions({ model: 'tiny', baseUrl: server.url, ...options }));

  it('gives growing partials, and the final that the server says', async () => {
    const server = await serve({ answer: ['What', ' time', ' is it?'] });
    expect(await hear(await start(server))).toEqual([
      { text: 'What', final: false }, { text: 'What time', final: false }, { text: 'What time is it?', final: false }, { text: 'What time is it?', final: true },
    ]);
    expect(server.requests[0]!.body).toMatchObject({ stream: 'true', response_format: 'json', model: 'tiny' });
  });

  it('gives partials while the server is still at work', async () => {
    const server = await serve({ answer: ['One'], then: 'hang' });
    expect(await first(from((await start(server))(from(voice))))).toEqual({ text: 'One', final: false });
    expect(await server.requests[0]!.closed).toBe(true);
  });

  it('takes the segments of servers that send nothing else', async () => {
    const server = await serve({ events: [{ text: ' One.' }, { id: 7 }, { text: ' Two.' }] });
    expect((await hear(await start(server))).at(-1)).toEqual({ text: 'One. Two.', final: true });
  });

  it('hears nothing in a stream that ends without words, but takes no stream of something else for an answer', async () => {
    const server = await serve({ events: [{ type: 'transcript.text.done', text: '' }] }, { events: [{ hello: 'world' }] });
    const stt = await start(server);
    expect(await hear(stt)).toEqual([{ text: '', final: true }]);
    expect((await failure(stt)).code).toBe('stt-nonsense');
  });

  it('says so when the stream breaks in the middle, or stops', async () => {
    expect((await failure(await start(await serve({ answer: ['One'], then: 'cut' })))).code).toBe('stt-cut-off');
    expect((await failure(await start(await serve({ answer: [], then: 'error' })))).code).toBe('stt-failed');
    expect((await failure(await start(await serve({ answer: ['One'], then: 'hang' }), { nextTokenTimeout: 50 }))).code).toBe('stt-timeout');
  });

  it('asks a server that answers in one piece for its doubts instead, from then on', async () => {
    const server = await serve({ status: 200, body: { text: 'One.' } });
    const stt = await start(server);
    expect(await hear(stt)).toEqual([{ text: 'One.', final: true }]);
    expect(await hear(stt)).toEqual([{ text: 'One.', final: true }]);
    expect(server.requests.map(({ body }) => [body['stream'], body['response_format']])).toEqual([['true', 'json'], ['false', 'verbose_json']]);
  });

  it('asks in a plainer way where it is refused, and remembers it', async () => {
    const server = await serve({ status: 400 }, { status: 422 }, { status: 200, body: { text: 'One.' } });
    const stt = await start(server);
    expect(await hear(stt)).toEqual([{ text: 'One.', final: true }]);
    expect(await hear(stt)).toEqual([{ text: 'One.', final: true }]);
    expect(server.requests.map(({ body }) => body['response_format'])).toEqual(['json', 'verbose_json', 'json', 'json']);
  });

  it('leaves the language to the server where it is auto', async () => {
    const server = await serve({ answer: ['Bonjour.'] });
    await hear(await start(server, { language: 'auto' }));
    expect(server.requests[0]!.body).not.toHaveProperty('language');
  });

  it('needs a key where it is not told which server to ask', async () => {
    await expect(load(transcriptions({ model: 'tiny' }))).rejects.toMatchObject({ kind: 'config', code: 'stt-key-missing', hint: expect.stringContaining('--stt_base_url') as string });
  });
});

describe('whisperServer, about its window', () => {
  it('cuts it to the audio, and widens it where the text repeats itself', async () => {
    const server = await serve({ status: 200, body: { text: 'and so and so and so and so and so' } }, { status: 200, body: { text: 'And so.' } });
    expect(await hear(await load(whisperServer({ baseUrl: server.url })))).toEqual([{ text: 'And so.', final: true }]);
    expect(server.requests.map(({ body }) => Number(body['audio_ctx']))).toEqual([256, 328]);
    expect(server.requests[0]!.body).toMatchObject({ temperature_inc: '0', language: 'en' });
  });

  it('sends nothing for no samples', async () => {
    const server = await serve('hang');
    expect(await all(from((await load(whisperServer({ baseUrl: server.url })))(of())))).toEqual([{ text: '', final: true }]);
    expect(server.requests).toEqual([]);
  });
});
