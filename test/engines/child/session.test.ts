import { setTimeout as sleep } from 'node:timers/promises';
import { from, of, Subject, type Subscription } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FRAME_SAMPLES, type Frame, type Transcript } from '../../../src/engines.js';
import { chain } from '../../../src/engines/chain.js';
import { type Child, supervise } from '../../../src/engines/child.js';
import type { FallbackNews } from '../../../src/engines/fallback.js';
import type { Timing } from '../../../src/engines/supervise-options.js';
import { collected } from '../../../src/engines/stt/collected.js';
import { session } from '../../../src/session.js';
import type { SessionEvent } from '../../../src/events.js';
import { all } from '../../fixtures/all.js';
import { fakeEngines, silence, tone } from '../../fixtures/engines.js';

type Request = { readonly act: string; readonly value?: unknown };

const open: Subscription[] = [];
afterEach(() => { for (const subscription of open.splice(0)) subscription.unsubscribe(); });

const start = (timing: Partial<Timing> = {}): Promise<Child<Request, unknown>> => new Promise((resolve, reject) => open.push(supervise<Request, unknown>({
  name: 'Scripted', stage: 'stt', cancel: 'kill', file: new URL('../../fixtures/scripted-child.mjs', import.meta.url), timing: { backoff: 10, backoffCap: 10, window: 1, ...timing },
}).subscribe({ next: resolve, error: reject })));

/** A second of a voice and one of silence after it. */
const utterance = (): Frame[] => [tone(1_000), silence(1_000)].flatMap((audio) =>
  Array.from({ length: Math.floor(audio.length / FRAME_SAMPLES) }, (_, index) => audio.slice(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES)));

describe('a conversation whose recogniser is killed with kill -9', () => {
  it('loses the turn that was under way, at any of twenty moments, and no other', async () => {
    const child = await start();
    const turns: Request[] = [];
    const frames = new Subject<Frame>();
    const events: SessionEvent[] = [];
    const engines = fakeEngines({ stt: collected(() => child.call(turns.shift() ?? { act: 'echo', value: 'hello' }) as never) });
    open.push(frames.pipe(session(engines, { speech: { minSilence: 300 } })).subscribe({ next: (event) => events.push(event), error: (error: unknown) => { throw error; } }));
    const ended = async (count: number): Promise<SessionEvent> => {
      const ends = (): SessionEvent[] => events.filter(({ type }) => type === 'failed' || type === 'reply.done' || type === 'cancelled');
      await vi.waitFor(() => expect(ends().length).toBe(count), { timeout: 10_000, interval: 5 });
      return ends().at(-1)!;
    };

    for (let round = 0; round < 20; round++) {
      const [pid] = await all(child.call({ act: 'pid' })) as [number];
      turns.push({ act: 'wait' });
      for (const frame of utterance()) frames.next(frame);
      await sleep(Math.random() * 20);
      process.kill(pid, 'SIGKILL');
      expect(await ended(2 * round + 1)).toMatchObject({ type: 'failed', stage: 'stt', code: 'stt-crashed' });
      for (const frame of utterance()) frames.next(frame);
      expect(await ended(2 * round + 2)).toMatchObject({ type: 'reply.done', text: expect.stringContaining('hello') as string });
    }
  }, 60_000);
});

describe('a recogniser that crashes too often', () => {
  it('is unavailable after the sixth crash in a minute, and the next of the chain hears every utterance all the same', async () => {
    const child = await start({ window: 60_000 });
    const news: FallbackNews[] = [];
    // A new chain every time, which knows of no rest.
    const ask = (): Promise<Transcript[]> => all(from(chain.stt([
      { name: 'crashing', engine: collected(() => child.call({ act: 'exit' }) as never) }, { name: 'sound', engine: collected(() => of('hello')) },
    ], (one) => news.push(one))(from(utterance()))));
    for (let time = 0; time < 7; time++) expect(await ask()).toEqual([{ text: 'hello', final: true }]);
    expect(news.map((one) => (one.type === 'taken-over' ? one.error.code : one.type))).toEqual([...Array<string>(6).fill('stt-crashed'), 'stt-unavailable']);
  }, 60_000);
});
