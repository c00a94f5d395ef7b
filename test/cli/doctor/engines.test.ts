import { describe, expect, it } from 'vitest';
import { checkEngines } from '../../../cli/doctor/engines.js';
import type { Check } from '../../../cli/doctor/finding.js';
import { spared } from '../../../cli/doctor/spared.js';
import { memoryOf, processes } from '../../../cli/doctor/processes.js';
import { chooseEngines, chosenFor, type EngineSettings } from '../../../src/engines/choose-engines.js';
import { all } from '../../fixtures/all.js';

/** The check of the engines of one stage, none of whose models are there. */
const checked = (stage: 'vad' | 'stt' | 'tts', settings: EngineSettings = {}): Check => {
  const choice = chooseEngines(settings);
  return checkEngines(choice, {}, chosenFor(stage, choice), spared(choice));
};

describe('the check of engines', () => {
  it('loads those that it is told to, and says what they take', async () => {
    const news = await all(checked('vad'));
    expect(news).toMatchObject([
      { type: 'working', text: 'loading vad silero' },
      { id: 'engine.vad', verdict: 'good', text: expect.stringMatching(/^vad silero is warm after \d+\.\d s/) as string, facts: { ms: expect.any(Number) as number } },
    ]);
  });

  it('calls one bad that cannot be loaded, with the exit code of its error', async () => {
    expect((await all(checked('stt'))).at(-1)).toMatchObject({ id: 'engine.stt', verdict: 'bad', exit: 5, facts: { code: 'model-missing' } });
  });

  it('is cautious where another would take its place', async () => {
    expect((await all(checked('tts'))).at(-1)).toMatchObject({ id: 'engine.tts', verdict: 'caution', text: expect.stringContaining('flite takes its place') as string });
  });

  it('is cautious where the next of several takes over, and calls bad what nobody takes over from', async () => {
    const command = { sttCommand: process.execPath } as const;
    const verdicts = async (settings: EngineSettings): Promise<unknown[]> => (await all(checked('stt', { ...command, ...settings }))).flatMap((news) => (news.type === 'finding' ? [[news.verdict, news.text]] : []));
    expect(await verdicts({ stt: ['whisper', 'command'] })).toEqual([
      ['caution', 'The model whisper-tiny.en has not been fetched. command takes over from whisper.'], ['good', expect.stringContaining('stt command is warm') as string],
    ]);
    expect(await verdicts({ stt: ['command', 'whisper'] })).toMatchObject([['good', expect.anything()], ['caution', expect.stringContaining('command takes over from whisper') as string]]);
    expect(await verdicts({ stt: ['whisper', 'whisper-node'] })).toMatchObject([['caution', expect.anything()], ['bad', 'The model whisper-tiny.en has not been fetched.']]);
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
