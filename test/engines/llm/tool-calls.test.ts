import { firstValueFrom, from } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Message, ToolCall, Tooling } from '../../../src/engines.js';
import { chatCompletions } from '../../../src/engines/llm/openai-chat.js';
import { responses } from '../../../src/engines/llm/openai-responses.js';
import { all } from '../../fixtures/all.js';
import { openaiServer, type OpenAiServer, type Step } from '../../fixtures/openai-server.js';

const asked: readonly Message[] = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Is it raining?' }];
const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const spec = { name: 'weather', description: 'The weather of a city.', parameters };
const calls = [{ id: 'call_a', name: 'weather', args: '{"city":"Rome"}' }, { id: 'call_b', name: 'weather', args: '{"city":"Oslo"}' }];
const results: Tooling['rounds'] = [{ said: 'Let me see. ', calls: calls.map((call) => ({ ...call, result: `${call.id} is dry` })) }];

const servers: OpenAiServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

describe.each([['responses', responses], ['chatCompletions', chatCompletions]] as const)('%s with tools', (name, open) => {
  const ask = async (step: Step, tooling: Tooling, stream = true): Promise<{ said: (string | ToolCall)[]; body: Record<string, unknown> }> => {
    const server = await openaiServer([step]);
    servers.push(server);
    const llm = await firstValueFrom(open({ model: 'tiny', baseUrl: server.url, stream }));
    return { said: await all(from(llm(asked, tooling))), body: server.requests[0]!.body };
  };
  const first: Tooling = { tools: [spec], rounds: [], more: true };

  it.each([['streams', true], ['does not stream', false]])('gives the calls of a server that %s, after the text', async (_name, stream) => {
    expect((await ask({ answer: ['Let me see.'], calls }, first, stream)).said).toEqual(['Let me see.', ...calls]);
    expect((await ask({ answer: [], calls }, first, stream)).said).toEqual(calls);
  });

  it('tells of the tools, and that no more may be called', async () => {
    const { body } = await ask({ answer: ['Yes.'] }, first);
    const told = name === 'responses' ? { type: 'function', ...spec, strict: false } : { type: 'function', function: spec };
    expect(body['tools']).toEqual([told]);
    expect(body).not.toHaveProperty('tool_choice');
    expect((await ask({ answer: ['Yes.'] }, { ...first, more: false })).body).toMatchObject({ tools: [told], tool_choice: 'none' });
  });

  it('tells nothing of tools where there are none', async () => {
    const server = await openaiServer([{ answer: ['Yes.'] }]);
    servers.push(server);
    const llm = await firstValueFrom(open({ model: 'tiny', baseUrl: server.url }));
    await all(from(llm(asked)));
    expect(server.requests[0]!.body).not.toHaveProperty('tools');
  });

  it('tells what calls have come to', async () => {
    const { body } = await ask({ answer: ['It is dry.'] }, { ...first, rounds: results });
    expect(name === 'responses' ? body['input'] : (body['messages'] as unknown[]).slice(1)).toEqual(name === 'responses'
      ? [
          { role: 'user', content: 'Is it raining?' }, { role: 'assistant', content: 'Let me see. ' },
          ...calls.map(({ id, name, args }) => ({ type: 'function_call', call_id: id, name, arguments: args })),
          ...calls.map(({ id }) => ({ type: 'function_call_output', call_id: id, output: `${id} is dry` })),
        ]
      : [
          { role: 'user', content: 'Is it raining?' },
          { role: 'assistant', content: 'Let me see. ', tool_calls: calls.map(({ id, name, args }) => ({ id, type: 'function', function: { name, arguments: args } })) },
          ...calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: `${id} is dry` })),
        ]);
  });
});

describe('calls as other servers send them', () => {
  const said = async (open: typeof responses, events: readonly unknown[]): Promise<(string | ToolCall)[]> => {
    const server = await openaiServer([{ events }]);
    servers.push(server);
    const llm = await firstValueFrom(open({ model: 'tiny', baseUrl: server.url }));
    return all(from(llm(asked, { tools: [spec], rounds: [], more: true })));
  };
  const chunk = (...tool_calls: unknown[]): unknown => ({ choices: [{ index: 0, delta: { tool_calls } }] });

  it('are understood whole, without a place, and with the same place for all', async () => {
    const whole = { id: 'a', function: { name: 'weather', arguments: '{}' } };
    expect(await said(chatCompletions, [chunk(whole, { ...whole, id: 'b' })])).toEqual([{ id: 'a', name: 'weather', args: '{}' }, { id: 'b', name: 'weather', args: '{}' }]);
    expect(await said(chatCompletions, [chunk({ ...whole, index: 0 }), chunk({ ...whole, index: 0, id: 'b' })])).toHaveLength(2);
  });

  it('are understood without ids, and with objects for arguments', async () => {
    const call = (index: number): unknown => ({ index, function: { name: 'weather', arguments: { city: 'Rome' } } });
    expect(await said(chatCompletions, [chunk(call(0), call(1))])).toEqual([0, 1].map((n) => ({ id: `call_${n}`, name: 'weather', args: '{"city":"Rome"}' })));
  });

  it('are found in the last event of the Responses API, and told once', async () => {
    const item = { type: 'function_call', call_id: 'a', name: 'weather', arguments: '{}' };
    const completed = { type: 'response.completed', response: { output: [item] } };
    expect(await said(responses, [completed])).toEqual([{ id: 'a', name: 'weather', args: '{}' }]);
    expect(await said(responses, [{ type: 'response.output_item.done', item }, completed])).toHaveLength(1);
  });

  it('are skipped where they are none', async () => {
    await expect(said(chatCompletions, [chunk(null, 7, {}, { function: null }, { function: { name: 3 } })])).rejects.toMatchObject({ code: 'llm-nonsense' });
    await expect(said(responses, [{ type: 'response.output_item.done', item: null }, { type: 'response.completed', response: { output: [{ type: 'function_call' }] } }])).rejects.toMatchObject({ code: 'llm-nonsense' });
  });
});
