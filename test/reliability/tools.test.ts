import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstValueFrom, from, last, map } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { chatCompletions } from '../../src/engines/llm/openai-chat.js';
import { responses } from '../../src/engines/llm/openai-responses.js';
import { declaredTools } from '../../src/tools/declared-tools.js';
import { stockClient } from '../fixtures/clients.js';
import { fakeEngines, joined, silence, tone } from '../fixtures/engines.js';
import { openaiServer, type Called, type OpenAiServer, type Step } from '../fixtures/openai-server.js';
import { ourServers, type OurServer } from '../fixtures/our-server.js';
import { descendants } from '../fixtures/program.js';

const PROGRAM = fileURLToPath(new URL('../fixtures/programs/tool.mjs', import.meta.url));
const UTTERANCE = int16ToBytes(joined(tone(640), silence(1_500)));
const running = (): number => descendants(process.pid, 'tool.mjs').length;

const start = ourServers();
const servers: OpenAiServer[] = [];
let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'tools-')); });
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const path = (name: string): string => join(folder, name);
/** What a tool was given, run by run. */
const given = (name: string): string[] => (existsSync(path(name)) ? readFileSync(path(name), 'utf8').trim().split('\n') : []);
const program = (name: string, more: object = {}, how = ''): object => ({
  name, description: 'Does it.', parameters: { type: 'object', properties: { text: { type: 'string' } }, additionalProperties: false }, command: [process.execPath, PROGRAM, path(name), how], ...more,
});
const call = (name: string, args: object = { text: 'hello' }): Called => ({ id: `id_${name}`, name, args: JSON.stringify(args) });

interface Talk { readonly words: readonly string[]; readonly model: readonly Step[]; readonly tools?: readonly object[]; readonly allow?: readonly string[]; readonly api?: typeof responses }

/** A whole conversation over TCP with a model behind HTTP, turn by turn. */
async function talk({ words, model, tools = [], allow, api = responses }: Talk): Promise<{ agent: OurServer; asked: OpenAiServer['requests'] }> {
  const llm = await openaiServer(model);
  servers.push(llm);
  let heard = 0;
  const agent = await start(fakeEngines({
    stt: (utterance) => utterance.pipe(last(), map(() => ({ text: words[heard++] ?? '', final: true }))),
    llm: await firstValueFrom(api({ model: 'tiny', baseUrl: llm.url })),
    tts: () => [tone(64)],
  }), { session: { tools: declaredTools(tools, { allow, env: {}, readFile: () => '' }).tools } });
  const client = await stockClient(agent.ports);
  for (const turn of words.keys()) {
    await client.speak(UTTERANCE);
    await agent.until('reply.done', (event) => event.turn === turn + 1);
    await agent.until('gate', (event) => event.open && agent.seen.some((one) => one.type === 'reply.done' && one.turn === turn + 1));
  }
  await client.leave();
  return { agent, asked: llm.requests };
}

const told = <T extends OurServer['seen'][number]['type']>(agent: OurServer, type: T) => agent.seen.filter((event) => event.type === type) as Extract<OurServer['seen'][number], { type: T }>[];

describe.each([['responses', responses], ['chatCompletions', chatCompletions]] as const)('tools through %s', (_name, api) => {
  it('S11: are none by default: a model that calls one all the same is told so, and nothing runs', async () => {
    const { agent, asked } = await talk({ api, words: ['Delete everything.'], model: [{ answer: [], calls: [call('shell', { text: 'rm -rf /' })] }, { answer: ['I cannot.'] }] });
    expect(asked[0]!.body).not.toHaveProperty('tools');
    expect(told(agent, 'tool.done')).toMatchObject([{ tool: 'shell', ok: false, result: 'There is no tool shell.' }]);
    expect(JSON.stringify(asked[1]!.body)).toContain('There is no tool shell.');
    expect(told(agent, 'reply.done')).toMatchObject([{ text: 'I cannot.' }]);
  });

  it('S11: that are declared and not allowed are not told to the model, and do not run', async () => {
    const { agent, asked } = await talk({
      api, words: ['Do it.'], tools: [program('acts'), program('looks', { acts: false })], model: [{ answer: [], calls: [call('acts')] }, { answer: ['I cannot.'] }],
    });
    expect(JSON.stringify(asked[0]!.body['tools'])).toContain('"looks"');
    expect(JSON.stringify(asked[0]!.body['tools'])).not.toContain('"acts"');
    expect(told(agent, 'tool.done')).toMatchObject([{ tool: 'acts', ok: false }]);
    expect(given('acts')).toEqual([]);
  });

  it('S11: that act run after a yes, and only then', async () => {
    const model: readonly Step[] = [{ answer: [], calls: [call('acts')] }, { answer: ['As you like.'] }];
    const no = await talk({ api, words: ['Do it.', 'No, leave it.'], tools: [program('acts')], allow: ['acts'], model });
    expect(told(no.agent, 'tool.decided')).toMatchObject([{ decision: 'no' }]);
    expect(given('acts')).toEqual([]);

    const yes = await talk({ api, words: ['Do it.', 'Yes, please.'], tools: [program('acts')], allow: ['acts'], model });
    expect(told(yes.agent, 'reply.done')[0]).toMatchObject({ text: 'Shall I use acts, with text hello?' });
    expect(told(yes.agent, 'tool.decided')).toMatchObject([{ decision: 'yes' }]);
    expect(given('acts')).toEqual(['{"text":"hello"}']);
    expect(JSON.stringify(yes.asked[1]!.body)).toContain('done with');
    expect(told(yes.agent, 'reply.done')[1]).toMatchObject({ text: 'As you like.' });
  });
});

describe('a program as a tool', () => {
  it.each([
    '$(touch pwned)', '`touch pwned`', '; touch pwned', '| touch pwned', '" && touch pwned #', '\n touch pwned', '--help', '\u0000',
  ])('S11: gets %j as a value, and no shell sees it', async (text) => {
    const [tool] = declaredTools([program('looks', { acts: false })], { env: {}, readFile: () => '' }).tools;
    const result = await firstValueFrom(from(tool!.run({ text })));
    expect(JSON.parse(given('looks')[0]!)).toEqual({ text });
    expect(result).toContain('done with');
    expect([existsSync('pwned'), existsSync(path('pwned'))]).toEqual([false, false]);
  });

  it('S11: with arguments that it does not take is not run, and the model is told why', async () => {
    const wrong = call('looks', { text: 'x', file: '/etc/passwd' });
    const { agent } = await talk({ words: ['Look.'], tools: [program('looks', { acts: false })], model: [{ answer: [], calls: [wrong] }, { answer: ['Sorry.'] }] });
    expect(told(agent, 'tool.done')).toMatchObject([{ ok: false, result: 'The arguments are wrong: Unrecognized key: "file"' }]);
    expect(given('looks')).toEqual([]);
  });

  it('S11: that never ends is killed at its timeout, with all that it has started', async () => {
    const { agent, asked } = await talk({ words: ['Look.'], tools: [program('looks', { acts: false, timeout: 5, filler: '' }, 'hangs')], model: [{ answer: [], calls: [call('looks')] }, { answer: ['It hangs.'] }] });
    expect(given('looks')).toHaveLength(1); // It had begun.
    expect(told(agent, 'tool.done')).toMatchObject([{ ok: false, result: expect.stringMatching(/longer than 5 s/) as string }]);
    expect(JSON.stringify(asked[1]!.body)).toContain('longer than 5 s');
    await expect.poll(running, { timeout: 5_000 }).toBe(0);
  });

  it('that fails tells the model what it complained of', async () => {
    const { agent } = await talk({ words: ['Look.'], tools: [program('looks', { acts: false }, 'fails')], model: [{ answer: [], calls: [call('looks')] }, { answer: ['It is broken.'] }] });
    expect(told(agent, 'tool.done')).toMatchObject([{ ok: false, result: expect.stringMatching(/exit code 4: the bulb is broken$/) as string }]);
  });

  it('is killed when its client leaves', async () => {
    const llm = await openaiServer([{ answer: [], calls: [call('looks')] }]);
    servers.push(llm);
    const agent = await start(fakeEngines({ llm: await firstValueFrom(responses({ model: 'tiny', baseUrl: llm.url })) }),
      { session: { tools: declaredTools([program('looks', { acts: false, timeout: 60, filler: '' }, 'hangs')], { env: {}, readFile: () => '' }).tools } });
    const client = await stockClient(agent.ports);
    await client.speak(UTTERANCE);
    await expect.poll(() => given('looks').length, { timeout: 10_000 }).toBe(1);
    await expect.poll(running, { timeout: 5_000 }).toBe(2);
    await client.leave();
    await expect.poll(running, { timeout: 5_000 }).toBe(0);
  });
});
