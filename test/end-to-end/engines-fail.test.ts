import { fileURLToPath } from 'node:url';
import { Subject, type Subscription } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { chooseEngines, type Choice } from '../../dist/src/engines/choose-engines.js';
import { loadEngines, type LoadNews } from '../../dist/src/engines/load-engines.js';
import { FRAME_SAMPLES, type Engines, type Frame } from '../../src/engines.js';
import type { SessionEvent } from '../../src/events.js';
import { session } from '../../src/session.js';
import { fakeEngines, silence, tone } from '../fixtures/engines.js';
import { openaiServer, type OpenAiServer } from '../fixtures/openai-server.js';
import { descendants } from '../fixtures/program.js';

const programOf = (name: string): string => `"${process.execPath}" "${fileURLToPath(new URL(`../fixtures/programs/${name}.mjs`, import.meta.url))}"`;
const fail = (error: unknown): void => { throw error; };
const open: Subscription[] = [];
const servers: OpenAiServer[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const subscription of open.splice(0)) subscription.unsubscribe();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A second of a voice and one of silence after it. */
const utterance = (): Frame[] => [tone(1_000), silence(1_000)].flatMap((audio) =>
  Array.from({ length: Math.floor(audio.length / FRAME_SAMPLES) }, (_, index) => audio.slice(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES)));

/** The engines of a choice, and all that is told of them. */
async function load(choice: Choice): Promise<{ engines: Engines; news: readonly LoadNews[] }> {
  const news: LoadNews[] = [];
  const engines = await new Promise<Engines>((resolve, reject) => open.push(loadEngines(choice, {}).subscribe({
    next: (one) => {
      news.push(one);
      if (one.type === 'loaded') resolve(one.engines);
    },
    error: reject,
  })));
  return { engines, news };
}

/** A conversation with a fake ear for speech; `turn` says something, and resolves with the end of the turn. */
function converse(engines: Engines): { turn: () => Promise<SessionEvent>; events: readonly SessionEvent[] } {
  const frames = new Subject<Frame>();
  const events: SessionEvent[] = [];
  open.push(frames.pipe(session({ ...engines, vad: fakeEngines().vad }, { speech: { minSilence: 300 } })).subscribe({ next: (event) => events.push(event), error: fail }));
  const turn = async (): Promise<SessionEvent> => {
    const ends = (): SessionEvent[] => events.filter(({ type }) => type === 'failed' || type === 'reply.done' || type === 'cancelled');
    const before = ends().length;
    for (const frame of utterance()) frames.next(frame);
    await vi.waitFor(() => expect(ends().length).toBe(before + 1), { timeout: 20_000, interval: 10 });
    return ends().at(-1)!;
  };
  return { turn, events };
}

describe('engines as the settings choose them', () => {
  it('lose no turn to a server that dies, and none to a voice that is killed between two; both are told', async () => {
    const server = await openaiServer([{ answer: ['From the server.'] }]);
    servers.push(server);
    const choice = chooseEngines({
      stt: 'command', sttCommand: programOf('counts-samples'), llmBackend: ['chat-completions', 'command'], baseUrl: server.url, llmCommand: programOf('answers'), tts: 'flite',
    });
    const { engines, news } = await load(choice);
    expect(news).toContainEqual({ type: 'notice', message: expect.stringMatching(/^Memory of the engines: Flite \d+(\.\d)? MB\.$/) as string });

    const { turn } = converse(engines);

    expect(await turn()).toMatchObject({ type: 'reply.done', text: 'From the server.' });
    await server.close();
    expect(await turn()).toMatchObject({ type: 'reply.done', text: expect.stringContaining('wav of') as string });
    expect(news).toContainEqual({
      type: 'warning', code: 'llm-taken-over', message: expect.stringMatching(/^chat-completions failed: .+ cannot be reached at .+ command takes over; chat-completions is tried again in 30 s\.$/) as string,
    });

    const [voice] = descendants(process.pid, 'flite/child.js');
    process.kill(voice!, 'SIGKILL');
    await vi.waitFor(() => expect(news.at(-1)).toEqual({ type: 'warning', code: 'tts-crashed', message: 'The Flite process ended unexpectedly (SIGKILL). It is started again in 0.25 s.' }));
    expect(await turn()).toMatchObject({ type: 'reply.done', text: expect.stringContaining('wav of') as string });
    expect(news.at(-1)).toMatchObject({ type: 'notice', message: expect.stringMatching(/^Flite is back, loaded in .+ MB\.$/) as string });
  }, 60_000);

  it('are nobody else\'s: two servers in one program hear of their own processes only', async () => {
    const choice = chooseEngines({ stt: 'command', sttCommand: programOf('counts-samples'), llmBackend: 'command', llmCommand: programOf('answers'), tts: 'flite' });
    const one = await load(choice);
    const [voice] = descendants(process.pid, 'flite/child.js');
    const other = await load(choice);
    const before = other.news.length;
    process.kill(voice!, 'SIGKILL');
    await vi.waitFor(() => expect(one.news.at(-1)).toMatchObject({ type: 'notice', message: expect.stringMatching(/^Flite is back/) as string }), { timeout: 10_000 });
    expect(other.news.slice(before)).toEqual([]);
  }, 60_000);

  it('are two servers of one kind: the second takes over within the turn in which the first has died, and the first is tried again later', async () => {
    const serve = async (answer: string, port = 0): Promise<OpenAiServer> => {
      const server = await openaiServer([{ answer: [answer] }], port);
      servers.push(server);
      return server;
    };
    const [one, two] = [await serve('The first.'), await serve('The second.')];
    const urls = `${one.url},${two.url}`;
    const { engines, news } = await load(chooseEngines({
      stt: ['openai', 'openai'], sttBaseUrl: urls, llmBackend: ['chat-completions', 'chat-completions'], baseUrl: urls, modelName: 'large,small', apiKey: 'the-key-of-one,', tts: 'flite',
    }));
    const { turn, events } = converse(engines);
    const told = (): unknown[] => events.slice(events.findLastIndex(({ type }) => type === 'speech.started')).flatMap((event) => (event.type === 'transcript' && event.final ? [event.text] : []));

    expect([await turn(), told()]).toMatchObject([{ type: 'reply.done', text: 'The first.' }, ['The first.']]);
    await one.close();
    expect([await turn(), told()]).toMatchObject([{ type: 'reply.done', text: 'The second.' }, ['The second.']]);
    for (const [stage, name] of [['stt', 'openai'], ['llm', 'chat-completions']] as const) {
      expect(news).toContainEqual({ type: 'warning', code: `${stage}-taken-over`, message: expect.stringMatching(`^${name} 1 failed: .+ ${name} 2 takes over; ${name} 1 is tried again in 30 s\\.$`) as string });
    }
    expect(one.requests.filter(({ path }) => path.endsWith('/chat/completions'))).toMatchObject([{ body: { model: 'large' }, headers: { authorization: 'Bearer the-key-of-one' } }]);
    expect(two.requests.filter(({ path }) => path.endsWith('/chat/completions'))).toMatchObject([{ body: { model: 'small' } }]);
    expect(JSON.stringify(two.requests.map(({ headers }) => headers))).not.toContain('the-key-of-one');

    const risen = await serve('The first has risen.', Number(new URL(one.url).port));
    expect(await turn()).toMatchObject({ text: 'The second.' });
    expect(risen.requests).toEqual([]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 });
    expect([await turn(), told()]).toMatchObject([{ type: 'reply.done', text: 'The first has risen.' }, ['The first has risen.']]);
    for (const name of ['openai 1', 'chat-completions 1']) expect(news).toContainEqual({ type: 'notice', message: `${name} works again.` });
  }, 60_000);
});
