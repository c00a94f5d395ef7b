import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { from, type Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loudness } from '../../../src/audio/loudness.js';
import { int16ToBytes, int16ToFloat } from '../../../src/audio/pcm.js';
import { wavBytes } from '../../../src/audio/wav.js';
import type { Tts } from '../../../src/engines.js';
import { speech, type SpeechApiOptions } from '../../../src/engines/tts/openai-speech.js';
import { SpeechError } from '../../../src/errors.js';
import { keeps } from '../../contracts/keeps.js';
import { joined, quietBefore, speech as said, ttsContract } from '../../contracts/tts.js';
import { failureOf, printed } from '../../fixtures/failures.js';
import { all, first } from '../../fixtures/all.js';
import { openaiServer, type OpenAiServer, type Step } from '../../fixtures/openai-server.js';
import { tone } from '../../fixtures/tone.js';

const CANARY = 'sk-canary-0123456789';
const SECRET = 'what nobody else may read';
const servers: OpenAiServer[] = [];
const loaded: Subscription[] = [];

/** A quiet voice with a breath at either end, as bytes of 24 kHz. */
const quietly = (text: string): Uint8Array => int16ToBytes(joined([new Int16Array(7_200), tone(text, 24_000, 300), new Int16Array(9_600)]));
const sound: Step = { speech: quietly };

async function serve(...script: Step[]): Promise<OpenAiServer> {
  const server = await openaiServer(script);
  servers.push(server);
  return server;
}

const load = ({ url }: { readonly url: string }, options: Partial<SpeechApiOptions> = {}): Promise<Tts> => new Promise((resolve, reject) =>
  loaded.push(speech({ model: 'tts-1', apiKey: CANARY, baseUrl: url, ...options }).subscribe({ next: resolve, error: reject })));

afterEach(async () => {
  for (const subscription of loaded.splice(0)) subscription.unsubscribe();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('speech', () => {
  let server: OpenAiServer;
  let tts: Tts;
  beforeEach(async () => {
    server = await serve({ ...sound, delay: 2 });
    tts = await load(server);
  });
  keeps(ttsContract, () => ({ tts, crash: () => server.hangUp(), code: 'tts-cut-off' }));

  it('asks for raw samples, by model and voice, and keeps the speed to itself unless it was given', async () => {
    await said({ tts: await load(server, { model: 'kokoro', voice: 'af_sky', speed: 1.5 }) }, 'Good\nday.');
    expect(server.requests.at(-1)).toMatchObject({
      path: '/v1/audio/speech', headers: { authorization: `Bearer ${CANARY}` },
      body: { model: 'kokoro', voice: 'af_sky', speed: 1.5, input: 'Good day.', response_format: 'pcm' },
    });
    expect(server.requests[0]!.body).not.toHaveProperty('speed');
    expect(server.requests[0]!.body).toMatchObject({ voice: 'alloy' });
  });

  it('asks nothing where there is nothing to say', async () => {
    const before = server.requests.length;
    expect(await said({ tts }, ' … ')).toHaveLength(0);
    expect(server.requests).toHaveLength(before);
  });
});

describe('speech, about its audio', () => {
  it.each([8_000, 16_000, 22_050, 44_100, 48_000])('takes raw samples of %i Hz', async (rate) => {
    const server = await serve({ speech: (text) => int16ToBytes(tone(text, rate)) });
    const samples = await said({ tts: await load(server, { rate }) }, 'How are you?');
    expect(Math.abs(samples.length / 16 - 12 * 60)).toBeLessThan(15);
  });

  it('knows a WAV by its header, whatever rate it was told', async () => {
    const server = await serve({ speech: (text) => wavBytes(tone(text, 22_050), 22_050), type: 'audio/wav' });
    const samples = await said({ tts: await load(server) }, 'How are you?');
    expect(Math.abs(samples.length / 16 - 12 * 60)).toBeLessThan(15);
    expect(quietBefore(samples)).toBeLessThan(10);
  });

  it('speaks while the server still does', async () => {
    const server = await serve(sound, { speech: (text) => int16ToBytes(tone(text, 24_000)), then: 'hang' });
    const tts = await load(server, { nextTokenTimeout: 60_000 });
    expect(await first(from(tts('A long sentence, of which there is more to come.')))).not.toHaveLength(0);
    expect(await server.requests[1]!.closed).toBe(true);
  });

  it('is as loud as our voices, however loud the server is, and rounds off what would clip', async () => {
    for (const level of [200, 30_000]) {
      const tts = await load(await serve({ speech: (text) => int16ToBytes(tone(text, 24_000, level)) }));
      expect(loudness(int16ToFloat(await said({ tts }, 'How are you today?')), 16_000)).toBeCloseTo(-20, 0);
    }
    const louder = await load(await serve({ speech: (text) => int16ToBytes(tone(text, 24_000, 600)) }, { speech: (text) => int16ToBytes(tone(text, 24_000, 30_000)) }));
    const peak = (await said({ tts: louder }, 'WHAT DID YOU SAY?')).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeGreaterThan(30_000);
    expect(peak).toBeLessThanOrEqual(32_767);
  });

  it.each<[string, Step]>([
    ['MP3, as its type says', { speech: quietly, type: 'audio/mpeg' }],
    ['MP3, as its beginning says', { speech: () => Buffer.from('ID3 and more than twelve bytes') }],
    ['a WAV that cannot be read', { speech: () => wavBytes(new Int16Array(100)).fill(7, 20, 22) }],
  ])('says so where it cannot be played: %s', async (_what, step) => {
    expect(await failureOf(load(await serve(step)))).toMatchObject({ stage: 'tts', code: 'tts-format', kind: 'stage' });
  });

  it('says so where there is no sound in it', async () => {
    expect(await failureOf(load(await serve({ speech: () => new Uint8Array(48_000) })))).toMatchObject({ code: 'tts-silent' });
  });
});

describe.each(['while it loads', 'later'])('speech, that fails %s', (when) => {
  const failing = async (step: Step, options: Partial<SpeechApiOptions> = {}): Promise<SpeechError> =>
    when === 'later' ? failureOf(all(from((await load(await serve(sound, step), options))('How are you?')))) : failureOf(load(await serve(step), options));

  it.each<[string, Step, string]>([
    ['a refused key', { status: 401 }, 'tts-key-refused'],
    ['an unknown model or path', { status: 404 }, 'tts-model-unknown'],
    ['too many requests', { status: 429 }, 'tts-rate-limited'],
    ['a broken server', { status: 500 }, 'tts-failed'],
    ['a voice it does not have', { status: 400 }, 'tts-failed'],
    ['HTML', 'nonsense', 'tts-nonsense'],
    ['JSON', { status: 200, body: { hello: 'world' } }, 'tts-nonsense'],
    ['nothing', { speech: () => new Uint8Array(0) }, 'tts-nonsense'],
    ['a connection that breaks', { ...sound, then: 'cut' }, 'tts-cut-off'],
  ])('says what is wrong: %s', async (_what, step, code) => {
    const error = await failing(step);
    expect(error).toMatchObject({ kind: 'stage', stage: 'tts', code });
    expect(error.message).toContain('127.0.0.1');
    expect(`${error.message} ${error.hint ?? ''}`).not.toMatch(/model_name|language model|recogniser|stt_/);
  });

  it('gives up a server that does not begin, or stops, and hangs up', async () => {
    expect(await failing('hang', { firstTokenTimeout: 1_000 })).toMatchObject({ code: 'tts-timeout', retryable: true });
    expect(await failing({ ...sound, then: 'hang' }, { nextTokenTimeout: 1_000 })).toMatchObject({ code: 'tts-timeout', retryable: true });
    for (const { requests } of servers) expect(await Promise.all(requests.map(({ closed }) => closed))).toHaveLength(requests.length);
  });

  it('keeps key and words out of its error', async () => {
    const error = await failing({ status: 401, body: { error: { message: `Incorrect API key: ${CANARY}; ${SECRET}` } } });
    expect(printed(error)).not.toMatch(new RegExp(`${CANARY}|${SECRET}`));
  });
});

describe('speech', () => {
  it('hangs up at once when it is unsubscribed', async () => {
    const server = await serve(sound, 'hang');
    const subscription = from((await load(server))('How are you?')).subscribe({ error: () => undefined });
    await expect.poll(() => server.requests.length, { interval: 5 }).toBe(2);
    subscription.unsubscribe();
    expect(await server.requests[1]!.closed).toBe(true);
  });

  it('names the address where there is no server', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const error = await failureOf(load({ url: `http://127.0.0.1:${port}/v1` }));
    expect(error).toMatchObject({ code: 'tts-unreachable', retryable: true });
    expect(error.message).toContain(`http://127.0.0.1:${port}/v1`);
  });

  it('needs a key where it is not told which server to ask', async () => {
    const error = await failureOf(new Promise((resolve, reject) => loaded.push(speech({ model: 'tts-1' }).subscribe({ next: resolve, error: reject }))));
    expect(error).toMatchObject({ kind: 'config', code: 'tts-key-missing', hint: expect.stringContaining('--tts_base_url') as string });
  });
});
