import { finalize, from, type ObservableInput, type Subscription } from 'rxjs';
import { afterAll, beforeAll, describe } from 'vitest';
import type { Llm, Loaded, Stt, Tts } from '../../dist/src/engines.js';
import { chatCompletions } from '../../dist/src/engines/llm/openai-chat.js';
import { responses } from '../../dist/src/engines/llm/openai-responses.js';
import { transcriptions } from '../../dist/src/engines/stt/openai-transcriptions.js';
import { whisperServer } from '../../dist/src/engines/stt/whisper-server.js';
import { speech } from '../../dist/src/engines/tts/openai-speech.js';
import { keeps } from '../contracts/keeps.js';
import { llmContract } from '../contracts/llm.js';
import { sttContract } from '../contracts/stt.js';
import { ttsContract } from '../contracts/tts.js';
import { embeddedServer, type EmbeddedServer } from '../fixtures/embedded-server.js';
import { frames, say } from '../fixtures/voices.js';

const patience = 60_000;

describe('a server process that speaks the APIs of OpenAI, with the embedded engines behind it', () => {
  let server: EmbeddedServer;
  const held: Subscription[] = [];
  beforeAll(async () => { server = await embeddedServer('stt', 'llm', 'tts'); });
  afterAll(async () => {
    for (const one of held) one.unsubscribe();
    await server.stop();
  });
  const loading = <E>(engine: (baseUrl: string) => Loaded<E>): (() => E) => {
    let ready: E;
    beforeAll(() => new Promise<void>((resolve, reject) => void held.push(engine(server.url).subscribe({ next: (one) => { ready = one; resolve(); }, error: reject }))));
    return () => ready;
  };
  /** The line breaks as long as it is being worked on: a second attempt does not help. */
  const cut = <T>(call: ObservableInput<T>): ObservableInput<T> => {
    const breaking = setInterval(() => server.hangUp(), 20);
    return from(call).pipe(finalize(() => clearInterval(breaking)));
  };
  const working = (): Promise<number> => server.working();

  describe.each([
    ['transcriptions', (baseUrl: string) => transcriptions({ model: 'tiny.en', language: 'en', baseUrl })],
    ['whisperServer', (baseUrl: string) => whisperServer({ baseUrl, language: 'en' })],
  ] as const)('%s', (_name, engine) => {
    const stt = loading<Stt>(engine);
    keeps(sttContract, () => ({ stt: stt(), failing: (utterance) => cut(stt()(utterance)), voice: frames(say('What is the capital of France?')), working, patience }));
  });

  describe.each([['responses', responses], ['chatCompletions', chatCompletions]] as const)('%s', (_name, open) => {
    const llm = loading<Llm>((baseUrl) => open({ model: 'tiny', baseUrl }));
    keeps(llmContract, () => ({ llm: llm(), failing: (messages) => cut(llm()(messages)), working, patience }));
  });

  describe('speech', () => {
    const tts = loading<Tts>((baseUrl) => speech({ model: 'tts-1', baseUrl, rate: 16_000 }));
    keeps(ttsContract, () => ({ tts: tts(), crash: () => server.hangUp(), code: 'tts-cut-off', patience }));
  });
});
