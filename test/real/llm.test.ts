import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { from, type Subscription, tap } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Llm, Message } from '../../dist/src/engines.js';
import { llama } from '../../dist/src/engines/llm/llama.js';
import { keeps } from '../contracts/keeps.js';
import { llmContract } from '../contracts/llm.js';
import { all, first } from '../fixtures/all.js';
import { descendants } from '../fixtures/program.js';
import { textOf } from '../fixtures/text-of.js';
import { modelHere } from './models-here.js';

const systemPrompt = 'You are a friendly voice assistant. Answer in one or two short sentences.';
const system: Message = { role: 'system', content: systemPrompt };
const children = (): number[] => descendants(process.pid, 'llama-child');

describe('llama', () => {
  let model: string;
  let llm: Llm;
  let loaded: Subscription;
  beforeAll(async () => {
    model = Object.values(await modelHere('qwen2.5-coder-0.5b'))[0]!;
    await new Promise<void>((resolve, reject) => {
      loaded = llama({ model, systemPrompt, contextSize: 1_024, maxTokens: 64, seed: 7 }).subscribe({ next: (engine) => { llm = engine; resolve(); }, error: reject });
    });
  });
  afterAll(async () => {
    loaded.unsubscribe();
    await vi.waitFor(() => expect(children()).toEqual([]), { timeout: 5_000 });
  });

  const ask = async (...messages: Message[]): Promise<string> => textOf(await all(from(llm([system, ...messages]))));
  const user = (content: string): Message => ({ role: 'user', content });

  keeps(llmContract, () => {
    let over = false;
    return {
      llm, patience: 60_000,
      failing: (messages) => from(llm(messages)).pipe(tap(() => { for (const pid of children()) process.kill(pid, 'SIGKILL'); })),
      // One call at a time: a short question is answered only once what was cancelled has let go.
      working: async () => {
        if (!over) {
          over = true;
          await first(from(llm([user('Hi.')])));
        }
        return 0;
      },
    };
  });

  it('knows the capital of France', async () => {
    expect(await ask(user('What is the capital of France?'))).toContain('Paris');
  });

  it('remembers the conversation', async () => {
    expect(await ask(user('My name is Robert.'), { role: 'assistant', content: 'Nice to meet you, Robert.' }, user('What is my name?'))).toContain('Robert');
  });

  it('leaves out the oldest turns of a conversation that is longer than its context', async () => {
    const talk = Array.from({ length: 40 }, (_, n): Message[] => [user(`Tell me fact number ${n} about the sea, the sky and the land.`), { role: 'assistant', content: 'The sea is deep, the sky is high, and the land is wide and green.' }]).flat();
    expect(await ask(...talk, user('What is the capital of France?'))).toContain('Paris');
  });

  it('says so when one turn alone is longer than its context', async () => {
    await expect(ask(user('word '.repeat(2_000)))).rejects.toMatchObject({ kind: 'stage', stage: 'llm', code: 'llm-too-long' });
  });

  it('keeps its process when a call is cancelled while it still reads', async () => {
    const before = children();
    const subscription = from(llm([system, user('word '.repeat(700))])).subscribe({ error: () => undefined });
    await new Promise((resolve) => setTimeout(resolve, 100));
    subscription.unsubscribe();
    expect(await ask(user('What is the capital of France?'))).toContain('Paris');
    expect(children()).toEqual(before);
  });

  it('says which file is missing, and which is none', async () => {
    await expect(all(llama({ model: '/nowhere/model.gguf' }))).rejects.toMatchObject({ kind: 'model', code: 'model-missing', stage: 'llm' });
    const folder = mkdtempSync(join(tmpdir(), 'llama-test-'));
    const file = join(folder, 'model.gguf');
    writeFileSync(file, 'This is no model.');
    await expect(all(llama({ model: file }))).rejects.toMatchObject({ kind: 'model', code: 'model-unreadable', stage: 'llm' });
    rmSync(folder, { recursive: true });
  });
});
