import { createServer, type Server } from 'node:http';
import { concat, from, map, NEVER, of, Subject, takeWhile, throwError, timer, toArray, type Subscription } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { marbles } from '../../operators/testing/index.js';
import { chain } from '../../src/engines/chain.js';
import { fallback, type FallbackNews } from '../../src/engines/fallback.js';
import { chatCompletions } from '../../src/engines/llm/openai-chat.js';
import { responses } from '../../src/engines/llm/openai-responses.js';
import type { Frame, Llm, Loaded, Message, Stt, Transcript } from '../../src/engines.js';
import { all } from '../fixtures/all.js';
import { textOf } from '../fixtures/text-of.js';
import { openaiServer, type OpenAiServer } from '../fixtures/openai-server.js';

const frames = [1, 2, 3].map((sample): Frame => Int16Array.of(sample));
/** A recogniser that says which frames it has heard. */
const honest: Stt = (utterance) => utterance.pipe(toArray(), map((heard): Transcript => ({ text: heard.map(([sample]) => sample).join(' '), final: true })));
const broken: Stt = (utterance) => concat(utterance.pipe(takeWhile(([sample]) => sample !== 2), map((): Transcript => ({ text: 'perhaps', final: false }))), throwError(() => new Error('broke off')));
const asked: readonly Message[] = [{ role: 'user', content: 'Hello?' }];

describe('a chain of recognisers', () => {
  it('has the next hear the whole utterance, though the first had begun to understand', async () => {
    const news: FallbackNews[] = [];
    const hear = chain.stt([{ name: 'bad', engine: broken }, { name: 'good', engine: honest }], (one) => news.push(one));
    const utterance = new Subject<Frame>();
    const heard = all(from(hear(utterance)));
    for (const frame of frames) utterance.next(frame);
    utterance.complete();
    expect(await heard).toEqual([{ text: 'perhaps', final: false }, { text: '1 2 3', final: true }]);
    expect(news).toMatchObject([{ type: 'taken-over', from: 'bad', to: 'good', error: { stage: 'stt', message: 'broke off' } }]);
  });

  it('waits for the end of the utterance, and from then on for half of thirty seconds', marbles(({ cold, expectObservable }) => {
    const mute: Stt = () => NEVER;
    const hear = chain.stt([{ name: 'mute', engine: mute }, { name: 'good', engine: honest }], () => undefined);
    const heard = from(hear(cold('a 40s b|', { a: frames[0]!, b: frames[1]! }))).pipe(map(({ text }) => text));
    expectObservable(heard).toBe('40s -- 15s (x|)', { x: '1 2' });
  }));

  it('blames nobody for an utterance that breaks off', async () => {
    const news: FallbackNews[] = [];
    const hear = chain.stt([{ name: 'one', engine: honest }, { name: 'two', engine: honest }], (one) => news.push(one));
    await expect(all(from(hear(concat(of(frames[0]!), throwError(() => new Error('the microphone is gone'))))))).rejects.toThrow('the microphone is gone');
    expect(news).toEqual([]);
  });
});

describe('a chain of voices', () => {
  it('has the next say a piece of which nothing has been said, and waits half of ten seconds for it', marbles(({ expectObservable }) => {
    const speak = chain.tts([{ name: 'mute', engine: () => NEVER }, { name: 'good', engine: (text) => timer(2).pipe(map(() => Int16Array.of(text.length))) }], () => undefined);
    expectObservable(from(speak('abc')).pipe(map(([length]) => length))).toBe('5s --(x|)', { x: 3 });
  }));
});

describe('a chain of language models', () => {
  it('waits half of fifteen seconds for the first token', marbles(({ expectObservable, cold }) => {
    const answer = chain.llm([{ name: 'mute', engine: () => NEVER }, { name: 'good', engine: () => cold('-a|') }], () => undefined);
    expectObservable(from(answer(asked))).toBe('7500ms -a|');
  }));

  describe('behind servers', () => {
    const loaded: Subscription[] = [];
    const servers: OpenAiServer[] = [];
    const load = (engine: Loaded<Llm>): Promise<Llm> => new Promise((resolve, reject) => loaded.push(engine.subscribe({ next: resolve, error: reject })));
    const serve = async (answer: string): Promise<OpenAiServer> => {
      const server = await openaiServer([{ answer: [answer] }]);
      servers.push(server);
      return server;
    };
    afterEach(async () => {
      for (const subscription of loaded.splice(0)) subscription.unsubscribe();
      await Promise.all(servers.splice(0).map((server) => server.close()));
    });

    it('goes on with the second when the first dies, and with the first when that is back', async () => {
      const [first, second] = [await serve('From the first.'), await serve('From the second.')];
      const news: FallbackNews[] = [];
      let now = 0;
      const answer = fallback([
        { name: 'responses-api', call: await load(responses({ model: 'm', baseUrl: first.url })) },
        { name: 'chat-completions', call: await load(chatCompletions({ model: 'm', baseUrl: second.url })) },
      ], { stage: 'llm', onNews: (one) => news.push(one), scheduler: { now: () => now, schedule: () => { throw new Error('nothing is to be waited for'); } } });
      const ask = async (): Promise<string> => textOf(await all(answer(asked)));

      expect(await ask()).toBe('From the first.');
      await first.close();
      expect(await ask()).toBe('From the second.');
      expect(news).toMatchObject([{ type: 'taken-over', from: 'responses-api', to: 'chat-completions', error: { code: 'llm-unreachable' } }]);

      const risen: Server = createServer((request, response) => {
        request.resume().on('end', () => response.writeHead(200, { 'content-type': 'text/event-stream' })
          .end('data: {"type":"response.output_text.delta","delta":"Risen."}\n\ndata: {"type":"response.completed"}\n\n'));
      });
      await new Promise<void>((resolve) => risen.listen(Number(new URL(first.url).port), '127.0.0.1', resolve));
      expect(await ask()).toBe('From the second.');
      now = 30_000;
      expect(await ask()).toBe('Risen.');
      expect(news.at(-1)).toEqual({ type: 'back', name: 'responses-api' });
      risen.close().closeAllConnections();
    });
  });
});
