import { access } from 'node:fs/promises';
import { type ChatHistoryItem, getLlama, type Llama, LlamaChat, type LlamaModel, resolveChatWrapper, type Token } from 'node-llama-cpp';
import type { Message } from '../../engines.js';
import { SpeechError } from '../../errors.js';
import { serveCalls } from '../child-side.js';
import type { LlamaRequest, LlamaSetup } from './llama.js';
import { fitting } from './fitting.js';

/** Tokens evaluated between two looks at the signal: a tenth of a second or so on one slow core. */
const SLICE = 32;

const setup = JSON.parse(process.argv[2] ?? 'null') as LlamaSetup | null;

// Without a setup it is only tried whether the package loads, see `nativePackages`.
serveCalls<LlamaRequest, string>(async () => {
  if (setup === null) {
    await loadBinary();
    return () => [];
  }
  const model = await loadModel(setup.model);
  const context = await model.createContext({ contextSize: setup.contextSize, threads: setup.threads, sequences: 1, batchSize: 512 });
  const sequence = context.getSequence();
  const wrapper = resolveChatWrapper(model);
  const chat = new LlamaChat({ contextSequence: sequence, chatWrapper: wrapper });
  const tokens = (messages: readonly Message[]): Token[] =>
    wrapper.generateContextState({ chatHistory: history(messages) }).contextText.tokenize(model.tokenizer);
  const fit = fitting((messages) => tokens(messages).length, setup.contextSize - setup.maxTokens - SLICE);

  /** Evaluates what the context does not hold yet; the head that it does hold costs nothing. */
  const prefill = async (prompt: readonly Token[], signal?: AbortSignal): Promise<void> => {
    await sequence.adaptStateToTokens([...prompt], false);
    for (let at = sequence.nextTokenIndex; at < prompt.length; at += SLICE) {
      signal?.throwIfAborted();
      await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(at, at + SLICE));
    }
  };

  const head = setup.systemPrompt === undefined ? [] : [{ role: 'system', content: setup.systemPrompt }] as const;
  await prefill(tokens([...head, { role: 'user', content: 'Hello' }]));

  return ({ messages, seed }, signal) => new ReadableStream<string>({
    async start(answer) {
      const kept = fit(messages);
      await prefill(tokens(kept).slice(0, -1), signal);
      await chat.generateResponse(history(kept), {
        onTextChunk: (text) => { if (text !== '') answer.enqueue(text); },
        signal,
        stopOnAbortSignal: true,
        maxTokens: setup.maxTokens,
        temperature: 0.7,
        topP: 0.8,
        topK: 20,
        repeatPenalty: { penalty: 1.1 },
        ...(seed === undefined ? {} : { seed }),
      });
      answer.close();
    },
  });
});

/** A chat in the words of node-llama-cpp, open for the answer. */
function history(messages: readonly Message[]): ChatHistoryItem[] {
  return [
    ...messages.map(({ role, content }): ChatHistoryItem =>
      role === 'assistant' ? { type: 'model', response: [content] } : { type: role, text: content }),
    { type: 'model', response: [] },
  ];
}

async function loadModel(path: string): Promise<LlamaModel> {
  const hint = 'Fetch it once more with: speech-to-speech models pull. Or name another GGUF file with --llm_model PATH.';
  await access(path).catch((cause: unknown) => {
    throw new SpeechError(`The language model ${path} cannot be read.`, { kind: 'model', code: 'model-missing', hint, cause });
  });
  const llama = await loadBinary();
  return llama.loadModel({ modelPath: path }).catch((cause: unknown) => {
    throw new SpeechError(`${path} is no GGUF model that llama.cpp can load.`, { kind: 'model', code: 'model-unreadable', hint, cause });
  });
}

function loadBinary(): Promise<Llama> {
  return getLlama({ gpu: false, build: 'never', skipDownload: true, progressLogs: false }).catch((cause: unknown) => {
    throw new SpeechError('There is no prebuilt llama.cpp for this machine.', {
      kind: 'stage', code: 'llm-no-binary', cause, hint: 'Use a server instead: --llm_backend chat-completions --responses_api_base_url http://localhost:8080/v1',
    });
  });
}
