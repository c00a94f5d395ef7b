import type { Llm, Loaded, ToolCall, Tooling } from '../../engines.js';
import type { OpenAiOptions } from '../openai.js';
import { askedBy, toolCall } from './remote-llm.js';

/** The Chat Completions API (`POST /chat/completions`). Reasoning is left out; errors are those of `remote`. */
export function chatCompletions(options: OpenAiOptions): Loaded<Llm> {
  const { model, stream = true, maxOutputTokens } = options;
  return askedBy(options, async function* (client, { messages, tooling }, signal) {
    const request = {
      model,
      messages: [...messages.map(({ role, content }) => ({ role, content })), ...tooling.rounds.flatMap(roundOf)],
      ...toolsOf(tooling),
      ...(maxOutputTokens === undefined ? {} : { max_completion_tokens: maxOutputTokens }),
    };
    if (!stream) {
      const message = partOf(await client.chat.completions.create({ ...request, stream: false }, { signal }), 'message');
      yield textOf(message);
      yield* callsOf([callDeltas(message)]);
      return;
    }
    const deltas: CallDelta[][] = [];
    for await (const chunk of await client.chat.completions.create({ ...request, stream: true }, { signal })) {
      const delta = partOf(chunk, 'delta');
      yield textOf(delta);
      deltas.push(callDeltas(delta));
    }
    yield* callsOf(deltas);
  });
}

function toolsOf({ tools, more }: Tooling) {
  if (tools.length === 0) return {};
  const functions = tools.map(({ name, description, parameters }) => ({ type: 'function' as const, function: { name, description, parameters } }));
  return { tools: functions, ...(more ? {} : { tool_choice: 'none' as const }) };
}

function roundOf({ said, calls }: Tooling['rounds'][number]) {
  return [
    { role: 'assistant' as const, content: said === '' ? null : said, tool_calls: calls.map(({ id, name, args }) => ({ id, type: 'function' as const, function: { name, arguments: args } })) },
    ...calls.map(({ id, result }) => ({ role: 'tool' as const, tool_call_id: id, content: result })),
  ];
}

/** A server may send anything; what is none of this is nothing. */
interface Part { readonly content?: unknown; readonly tool_calls?: unknown }
interface CallDelta { readonly index?: unknown; readonly id?: unknown; readonly function?: { readonly name?: unknown; readonly arguments?: unknown } | null }

/** Of the first choice. */
function partOf(body: unknown, name: 'message' | 'delta'): Part | undefined {
  const { choices } = (body ?? {}) as { choices?: { [part in 'message' | 'delta']?: Part }[] };
  return Array.isArray(choices) ? choices[0]?.[name] : undefined;
}

const textOf = (part: Part | undefined): string => (typeof part?.content === 'string' ? part.content : '');

const callDeltas = (part: Part | undefined): CallDelta[] => (Array.isArray(part?.tool_calls) ? (part.tool_calls as (CallDelta | null)[]).filter((call) => call !== null) : []);

/** The calls of an answer, whose arguments come in pieces: a new one begins with a new index or, where a server gives all the same, with a new id. */
function callsOf(deltas: readonly CallDelta[][]): ToolCall[] {
  const calls: { index: unknown; id: unknown; name: unknown; args: unknown }[] = [];
  for (const { index, id, function: called } of deltas.flat()) {
    const open = calls.findLast((call) => call.index === index && index !== undefined);
    if (open === undefined || (typeof id === 'string' && id !== '' && id !== open.id)) {
      calls.push({ index, id, name: called?.name, args: called?.arguments ?? '' });
    } else if (typeof called?.arguments === 'string') {
      open.args = `${String(open.args)}${called.arguments}`;
    }
  }
  return calls.map(({ id, name, args }, place) => toolCall(id, name, args, place)).filter((call) => call !== undefined);
}
