import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom, from, toArray } from 'rxjs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { session, type Engines, type Llm, type Tool } from '../../src/index.js';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { stockClient } from '../fixtures/clients.js';
import { fakeEngines, joined, silence, tone } from '../fixtures/engines.js';
import { httpServers } from '../fixtures/http-server.js';
import { openaiServer, type OpenAiServer } from '../fixtures/openai-server.js';
import { program, type Program } from '../fixtures/program.js';
import { frames, say } from '../fixtures/voices.js';

const guide = readFileSync(new URL('../../docs/tools.md', import.meta.url), 'utf8');
const block = (language: string): string => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'u').exec(guide)![1]!;

/** The value of WEATHER_PASS, by whose name nobody would take it for a key. */
const CANARY = 'canary-7310-4f9a';
const folder = mkdtempSync(join(tmpdir(), 'tools-guide-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

const serve = httpServers();
let agent: Program | undefined;
let model: OpenAiServer | undefined;
afterEach(async () => {
  await agent?.stop('SIGKILL');
  await model?.close();
});

describe('the guide to tools', () => {
  it('works as it is written, from the microphone to the lamp', { timeout: 60_000 }, async () => {
    const weather = await serve((response, { headers }) => response.end(`Dry. ${headers.authorization}`));
    model = await openaiServer([
      { answer: [], calls: [{ id: 'one', name: 'weather', args: '{"city":"Rome"}' }] }, { answer: ['It is dry.'] },
      { answer: [], calls: [{ id: 'two', name: 'lamp', args: '{"room":"hall","state":"off"}' }] }, { answer: ['It is off.'] },
    ]);
    const words = ['Is it raining in Rome?', 'Lamp off.', 'Yes, please.'];
    writeFileSync(path('lamp.mjs'), block('js'));
    chmodSync(path('lamp.mjs'), 0o755);
    writeFileSync(path('tools.json'), block('json').replace('https://weather.example.com', weather.url).replace('./lamp.mjs', path('lamp.mjs')));
    // A recogniser that knows what is said.
    writeFileSync(path('words.json'), JSON.stringify(words));
    writeFileSync(path('hears.mjs'), `import { readFileSync, writeFileSync } from 'node:fs';
      const [now, ...later] = JSON.parse(readFileSync('${path('words.json')}', 'utf8'));
      writeFileSync('${path('words.json')}', JSON.stringify(later));
      console.log(now);`);

    const flags = block('sh').trim().split(' ').slice(1).map((word) => (word === 'tools.json' ? path(word) : /^http/.test(word) ? model!.url : word));
    agent = program([
      ...flags, '--recv_port', '0', '--send_port', '0', '--tts', 'flite', '--stt', 'command', '--stt_command', `${process.execPath} ${path('hears.mjs')}`,
      '--min_silence_ms', '500', '--log_level', 'debug', '--log_file', path('log'),
    ], { WEATHER_PASS: CANARY });
    const { recv, send } = await agent.until(({ type }) => type === 'serving') as unknown as { recv: { port: number }; send: { port: number } };
    const client = await stockClient({ host: '127.0.0.1', micPort: recv.port, replyPort: send.port });
    for (const spoken of words) {
      const from = agent.told.length;
      await client.speak(int16ToBytes(joined(silence(300), say(spoken), silence(1_500))));
      await agent.until(({ type, open }) => type === 'gate' && open === true, from);
    }
    await client.leave();
    await agent.stop();

    const of = (type: string): unknown[] => agent!.told.filter((event) => event.type === type);
    expect(of('notice')).toContainEqual(expect.objectContaining({ message: 'The model may use weather, lamp (asks first).' }));
    expect(of('reply.done')).toMatchObject([{ text: 'It is dry.' }, { text: 'Shall I turn the lamp in the hall off?' }, { text: 'It is off.' }]);
    expect(of('tool.done')).toMatchObject([{ tool: 'weather', ok: true, result: 'Dry. Bearer [secret]' }, { tool: 'lamp', ok: true, result: 'The lamp in the hall is off now.' }]);
    expect(weather.got[0]).toMatchObject({ path: '/now?units=metric&city=Rome', headers: { authorization: `Bearer ${CANARY}` } });

    const log = readFileSync(path('log'), 'utf8');
    expect(log).toContain('tool.done');
    expect(log).not.toMatch(/Rome|hall|Dry/);
    expect(log + agent.stderr() + JSON.stringify(agent.told) + JSON.stringify(model.requests.map(({ body }) => body))).not.toContain(CANARY);
  });

  it.each([['embedded', []], ['responses-api,embedded', ['--responses_api_base_url', 'http://127.0.0.1:1/v1']]])('says at the start that %s cannot use tools', async (backend, more) => {
    writeFileSync(path('none.json'), '{ "tools": [] }');
    const failing = agent = program(['--tools', path('none.json'), '--llm_backend', backend, ...more, '--recv_port', '0', '--send_port', '0']);
    expect(await failing.exited).toBe(2);
    expect(failing.stderr()).toContain('The engine embedded cannot use tools.');
  });

  it('has a tool of one\'s own, which is told to the model', async () => {
    const asked: Parameters<Llm>[] = [];
    const engines: Engines = fakeEngines({ llm: (...how) => { asked.push(how); return how[1]?.rounds.length === 0 ? [{ id: 'a', name: 'clock', args: '{}' }] : ['It is late.']; } });
    // From the guide:
    const clock: Tool = {
      name: 'clock', description: 'The time of day in London.', parameters: { type: 'object', properties: {} }, acts: false,
      run: () => [new Date().toLocaleTimeString('en-GB', { timeZone: 'Europe/London' })],
    };
    const conversation = session(engines, { tools: [clock] });
    // To here.
    await firstValueFrom(from(frames(joined(tone(640), silence(2_500)))).pipe(conversation, toArray()));
    expect(asked[1]![1]!.rounds[0]!.calls[0]!.result).toMatch(/^\d\d:\d\d:\d\d$/);
  });

  it('has that code, word for word', () => {
    const source = readFileSync(new URL(import.meta.url), 'utf8');
    const code = /\/\/ From the guide:\n([^]*?) +\/\/ To here\./u.exec(source)![1]!.replace(/^ {4}/gmu, '');
    expect(block('ts')).toBe(code);
  });
});
