import type { Llm, Loaded, ToolCall, Tooling } from '../../engines.js';
import type { OpenAiOptions } from '../openai.js';
import { askedBy, toolCall } from './remote-llm.js';

/** The Responses API (`POST /responses`). What a model says while it reasons is left out; errors are those of `remote`. */
export function responses(options: OpenAiOptions): Loaded<Llm> {
  const { model, stream = true, maxOutputTokens } = options;
  return askedBy(options, async function* (client, { messages, tooling }, signal) {
    const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content).join('\n\n');
    const request = {
      model,
      ...(system === '' ? {} : { instructions: system }),
      input: [...messages.filter(({ role }) => role !== 'system').map(({ role, content }) => ({ role, content })), ...tooling.rounds.flatMap(roundOf)],
      ...toolsOf(tooling),
      ...(maxOutputTokens === undefined ? {} : { max_output_tokens: maxOutputTokens }),
      store: false,
    };
    if (!stream) {
      const response = await client.responses.create({ ...request, stream: false }, { signal });
      // A server may send anything; the package adds this text to what looks like an answer, and to nothing else.
      const text: unknown = response.output_text;
      if (typeof text === 'string') yield text;
      yield* callsIn(response.output);
      return;
    }
    const seen = new Set<string>();
    for await (const event of await client.responses.create({ ...request, stream: true }, { signal })) {
      if (event.type === 'response.output_text.delta' || event.type === 'response.refusal.delta') yield event.delta;
      if (event.type === 'response.failed' || event.type === 'error') throw new Error(event.type);
      // Not every server tells of a call when it is whole; some have it in the last event only.
      const calls = event.type === 'response.output_item.done' ? callsIn([event.item], seen.size)
        : event.type === 'response.completed' ? callsIn((event.response as { output?: unknown } | undefined)?.output) : [];
      for (const call of calls) if (!seen.has(call.id)) yield call;
      for (const { id } of calls) seen.add(id);
      if (event.type === 'response.completed') return;
    }
  });
}

function toolsOf({ tools, more }: Tooling) {
  if (tools.length === 0) return {};
  const functions = tools.map(({ name, description, parameters }) => ({ type: 'function' as const, name, description, parameters, strict: false }));
  return { tools: functions, ...(more ? {} : { tool_choice: 'none' as const }) };
}

/** Without the ids of items: with them a server that keeps nothing would want the reasoning before them, too. */
function roundOf({ said, calls }: Tooling['rounds'][number]) {
  return [
    ...(said === '' ? [] : [{ role: 'assistant' as const, content: said }]),
    ...calls.map(({ id, name, args }) => ({ type: 'function_call' as const, call_id: id, name, arguments: args })),
    ...calls.map(({ id, result }) => ({ type: 'function_call_output' as const, call_id: id, output: result })),
  ];
}

/** The calls among the items of an answer, the first at this place. */
function callsIn(items: unknown, place = 0): ToolCall[] {
  if (!Array.isArray(items)) return [];
  return (items as ({ type?: unknown; call_id?: unknown; name?: unknown; arguments?: unknown } | null)[])
    .filter((item) => item?.type === 'function_call')
    .map((item, index) => toolCall(item?.call_id, item?.name, item?.arguments, place + index))
    .filter((call) => call !== undefined);
}
