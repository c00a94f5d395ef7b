import { fileURLToPath } from 'node:url';
import { from, type Subscription } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { commandLlm, type CommandLlmOptions } from '../../../src/engines/llm/command-llm.js';
import type { Llm, Message } from '../../../src/engines.js';
import { keeps } from '../../contracts/keeps.js';
import { llmContract } from '../../contracts/llm.js';
import { all, first } from '../../fixtures/all.js';
import { descendants } from '../../fixtures/program.js';

const PROGRAM = fileURLToPath(new URL('../../fixtures/programs/answers.mjs', import.meta.url));
const asked: readonly Message[] = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Grüße aus Köln' }];
const loaded: Subscription[] = [];
const running = (): number => descendants(process.pid, 'answers.mjs').length;

const start = (how = '', options: Partial<CommandLlmOptions> = {}): Promise<Llm> => new Promise((resolve, reject) =>
  loaded.push(commandLlm({ words: [process.execPath, PROGRAM, how], ...options }).subscribe({ next: resolve, error: reject })));

afterEach(() => { for (const subscription of loaded.splice(0)) subscription.unsubscribe(); });

describe('a command that answers', () => {
  let llm: Llm;
  let failing: Llm;
  it('loads', async () => {
    [llm, failing] = await Promise.all([start(), start('fails')]);
  });
  keeps(llmContract, () => ({ llm, failing, working: running, patience: 8_000 }));

  it('gets the messages, and its answer is passed on as it comes, whole characters only', async () => {
    const pieces = await all(from((await start())(asked))) as string[];
    expect(pieces.join('')).toBe('Grüße aus Köln');
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).not.toContain('\uFFFD');
  });

  it('is killed when it is unsubscribed, before its first word and between two', async () => {
    const subscription = from((await start('hangs'))(asked)).subscribe({ error: () => undefined });
    await vi.waitFor(() => expect(running()).toBe(1), { timeout: 5_000 });
    subscription.unsubscribe();
    await vi.waitFor(() => expect(running()).toBe(0), { timeout: 5_000 });
    await first(from((await start())(asked)));
    await vi.waitFor(() => expect(running()).toBe(0), { timeout: 5_000 });
  });

  it('says what it complained of, and its exit code', async () => {
    await expect(all(from((await start('fails'))(asked)))).rejects.toMatchObject({
      kind: 'stage', stage: 'llm', code: 'llm-program-failed', message: expect.stringMatching(/exit code 3: out of memory$/) as string,
    });
  });

  it.each<[string, Partial<CommandLlmOptions>, string]>([['hangs', { patience: 50 }, 'llm-timeout'], ['mute', {}, 'llm-nonsense'], ['endless', {}, 'llm-program-failed']])(
    'is given up where it %s', async (how, options, code) => {
      await expect(all(from((await start(how, options))(asked)))).rejects.toMatchObject({ kind: 'stage', stage: 'llm', code });
      await vi.waitFor(() => expect(running()).toBe(0), { timeout: 5_000 });
    });

  it('that is not there fails loading, in plain words', async () => {
    await expect(all(commandLlm({ words: ['no-such-program-here'] }))).rejects.toMatchObject({ kind: 'config', code: 'llm-program-missing' });
  });
});
