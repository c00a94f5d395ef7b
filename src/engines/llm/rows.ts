import { findModel } from '../../models/catalog.js';
import { hubFile, isHubModel } from '../../models/hub-model.js';
import { commandWords } from '../command-words.js';
import { fileOf, impossible, isPath, late, present, type Need, type Rows, type Settled } from '../row.js';
import type { OpenAiOptions } from '../openai.js';

/** The name of a catalogue's model or one of the hub, or a path. */
function llamaModel({ llmModel = 'qwen2.5-coder-0.5b' }: Settled): string {
  if (isPath(llmModel)) return llmModel;
  if (isHubModel(llmModel)) {
    hubFile(llmModel);
    return llmModel;
  }
  const model = findModel(llmModel);
  if (model.use !== 'llm') throw impossible('llm-model', `${llmModel} is no language model.`, 'See: speech-to-speech models list.');
  return model.name;
}

const keyOrServer = ({ apiKey, baseUrl }: Settled): readonly Need[] => [{
  type: 'key', name: 'an API key, or the address of another server', given: apiKey !== undefined || baseUrl !== undefined,
  code: 'llm-key-missing', hint: 'Set OPENAI_API_KEY, or name a server with --responses_api_base_url, or use --llm_backend embedded.',
}];

const words = ({ llmCommand = '' }: Settled): readonly string[] => commandWords(llmCommand);

/** Model of the two APIs where none is named. */
export const DEFAULT_MODEL = 'gpt-4o-mini';

const remote = ({ modelName = DEFAULT_MODEL, stream = true, apiKey, baseUrl }: Settled): OpenAiOptions =>
  ({ model: modelName, stream, ...present({ apiKey, baseUrl }) });

export const llmRows = {
  'embedded': {
    name: 'embedded', stage: 'llm', licence: 'MIT, and that of the model', languages: 'by model', streams: true, abortable: true,
    needs: (options) => [{ type: 'package', name: 'node-llama-cpp', glibc: '2.34' }, { type: 'model', name: llamaModel(options) }],
    load: ({ threads, initChatPrompt: systemPrompt, ...options }, files, onNews) => late(() => import('./llama.js'),
      ({ llama }) => llama({ model: fileOf(llamaModel(options), files), onNews, ...present({ threads, systemPrompt }) })),
  },
  'responses-api': {
    name: 'responses-api', stage: 'llm', licence: 'of the service', languages: 'by model', streams: true, abortable: true, tools: true,
    needs: keyOrServer,
    load: (options) => late(() => import('./openai-responses.js'), ({ responses }) => responses(remote(options))),
  },
  'chat-completions': {
    name: 'chat-completions', stage: 'llm', licence: 'of the service', languages: 'by model', streams: true, abortable: true, tools: true,
    needs: keyOrServer,
    load: (options) => late(() => import('./openai-chat.js'), ({ chatCompletions }) => chatCompletions(remote(options))),
  },
  'command': {
    name: 'command', stage: 'llm', licence: 'of the program', languages: 'by program', streams: true, abortable: true,
    needs: (options): readonly Need[] => [
      {
        type: 'command', name: 'a program that answers', given: options.llmCommand !== undefined,
        code: 'llm-command-missing', hint: 'Name it: --llm_command "PROGRAM WORDS…"; it reads messages as JSON from stdin and writes its answer to stdout.',
      },
      ...words(options).slice(0, 1).map((name): Need => ({ type: 'program', name })),
    ],
    load: (options) => late(() => import('./command-llm.js'), ({ commandLlm }) => commandLlm({ words: words(options) })),
  },
} as const satisfies Rows<'llm'>;
