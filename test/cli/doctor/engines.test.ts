import { describe, expect, it } from 'vitest';
import { checkEngines } from '../../../cli/doctor/engines.js';
import { memoryOf, processes } from '../../../cli/doctor/processes.js';
import { chooseEngines } from '../../../src/engines/choose-engines.js';
import { all } from '../../fixtures/all.js';

describe('the check of engines', () => {
  it('loads those that it is told to, and says what they take', async () => {
    const news = await all(checkEngines(chooseEngines({}), {}, ['vad']));
    expect(news).toMatchObject([
      { type: 'working', text: 'loading vad silero' },
      { id: 'engine.vad', verdict: 'good', text: expect.stringMatching(/^vad silero is warm after \d+\.\d s/) as string, facts: { ms: expect.any(Number) as number } },
    ]);
  });

  it('calls one bad that cannot be loaded, with the exit code of its error', async () => {
    expect((await all(checkEngines(chooseEngines({}), {}, ['stt']))).at(-1)).toMatchObject({ id: 'engine.stt', verdict: 'bad', exit: 5, facts: { code: 'model-missing' } });
  });

  it('is cautious where another would take its place', async () => {
    expect((await all(checkEngines(chooseEngines({}), {}, ['tts']))).at(-1)).toMatchObject({ id: 'engine.tts', verdict: 'caution', text: expect.stringContaining('flite takes its place') as string });
  });

  it('has nothing to load where there is nothing to be tried', async () => {
    expect(await all(checkEngines(chooseEngines({}), {}, []))).toEqual([]);
  });
});

describe('the memory of a process', () => {
  it('is what it and its children hold', async () => {
    const own = (await processes()).find(({ pid }) => pid === process.pid);
    expect(own?.rss).toBeGreaterThan(20e6);
    expect(await memoryOf(process.pid)).toBeGreaterThan(20e6);
  });

  it('is unknown of one that is not there', async () => {
    expect(await memoryOf(2 ** 30)).toBeUndefined();
  });
});
