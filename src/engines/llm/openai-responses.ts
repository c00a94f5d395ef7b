import type { Llm, Loaded, Message } from '../../engines.js';
import { remote, type OpenAiOptions } from '../openai.js';
import { remoteLlm } from './remote-llm.js';

/** The Responses API (`POST /responses`). What a model says while it reasons is left out; errors are those of `remote`. */
export function responses(options: OpenAiOptions): Loaded<Llm> {
  const { model, stream = true, maxOutputTokens } = options;
  return remote<readonly Message[], string>(remoteLlm, options, async function* (client, messages, signal) {
    const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content).join('\n\n');
    const request = {
      model,
      ...(system === '' ? {} : { instructions: system }),
      input: messages.filter(({ role }) => role !== 'system').map(({ role, content }) => ({ role, content })),
      ...(maxOutputTokens === undefined ? {} : { max_output_tokens: maxOutputTokens }),
      store: false,
    };
    if (!stream) {
      const response = await client.responses.create({ ...request, stream: false }, { signal });
      // A server may send anything; the package adds this text to what looks like an answer, and to nothing else.
      const text: unknown = response.output_text;
      if (typeof text === 'string') yield text;
      return;
    }
    for await (const event of await client.responses.create({ ...request, stream: true }, { signal })) {
      if (event.type === 'response.output_text.delta' || event.type === 'response.refusal.delta') yield event.delta;
      if (event.type === 'response.failed' || event.type === 'error') throw new Error(event.type);
      if (event.type === 'response.completed') return;
    }
  });
}
