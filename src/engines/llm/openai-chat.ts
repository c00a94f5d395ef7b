import type { Llm, Loaded, Message } from '../../engines.js';
import { remote, type OpenAiOptions } from '../openai.js';
import { remoteLlm } from './remote-llm.js';

/** The Chat Completions API (`POST /chat/completions`). Reasoning is left out; errors are those of `remote`. */
export function chatCompletions(options: OpenAiOptions): Loaded<Llm> {
  const { model, stream = true, maxOutputTokens } = options;
  return remote<readonly Message[], string>(remoteLlm, options, async function* (client, messages, signal) {
    const request = {
      model,
      messages: messages.map(({ role, content }) => ({ role, content })),
      ...(maxOutputTokens === undefined ? {} : { max_completion_tokens: maxOutputTokens }),
    };
    if (!stream) {
      const completion = await client.chat.completions.create({ ...request, stream: false }, { signal });
      yield text(completion, 'message');
      return;
    }
    for await (const chunk of await client.chat.completions.create({ ...request, stream: true }, { signal })) yield text(chunk, 'delta');
  });
}

/** The text of the first choice; a server may send anything, and what is no text is none. */
function text(body: unknown, part: 'message' | 'delta'): string {
  const { choices } = (body ?? {}) as { choices?: { [part in 'message' | 'delta']?: { content?: unknown } }[] };
  const content = Array.isArray(choices) ? choices[0]?.[part]?.content : undefined;
  return typeof content === 'string' ? content : '';
}
