import { describe, expect, it } from 'vitest';
import { plainServer, REFERENCE, THOUGHT, type Habits } from '../../fixtures/plain-server.js';
import { judge, type Verdict } from './sentence.js';
import { OURS } from './server-lab.js';
import { serverSentences } from './server-sentences.js';
import { acquaint, newVisit, type ServerSubject } from './visit.js';

/** Judges of one server that are at work at the same time: more would wait for the processor, and not for the server. */
const AT_ONCE = 8;

/** Clients are ten times as fast as people: 450 ms of a busy machine between an answer and the next question, and less than QUIET. */
const REMEMBERS = 4_500;
const QUIET = 700;

/** What was seen of a server with these habits when it was asked for the first time. */
function as({ minSilence = 500, remembers }: Habits): Omit<ServerSubject, 'ports'> {
  return { ...OURS, ...(remembers !== undefined && { quiet: QUIET }), manners: { latency: minSilence / OURS.speed + THOUGHT, repeats: true } };
}

/** Each sentence judged on a plain server of its own with these habits, by the wire alone. */
async function judged(habits: Habits, only?: readonly string[], treated: Omit<ServerSubject, 'ports'> = as(habits), reference = false): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  const waiting = serverSentences.filter(({ id }) => only?.includes(id) ?? true);
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let sentence = waiting.shift(); sentence !== undefined; sentence = waiting.shift()) {
      const { ports, stop } = await plainServer(habits);
      const visit = newVisit({ ...treated, ports });
      verdicts.push(await judge(sentence, visit, reference));
      await visit.end();
      stop();
    }
  }));
  return verdicts;
}

const ids = (verdicts: readonly Verdict[], result: Verdict['result']): string => serverSentences.filter((one) => verdicts.find(({ id }) => id === one.id)?.result === result).map(({ id }) => id).join(' ');

describe.concurrent('a server by somebody else', { timeout: 90_000 }, () => {
  it.each<[string, Habits, string]>([
    ['has only good habits', {}, ''],
    ['answers in the wrong order of bytes, says END, lets a second client wait and has no keep-alive', { bigEndian: true, farewell: 'END', secondWaits: true, noKeepAlive: true }, '1.2 1.5 5.1 5.5'],
    ['takes the microphone first, forgets what it said before, and answers any noise', { microphoneFirst: true, forgetsEarlyReplies: true, minSpeech: 0 }, '3.2 3.3 3.7'],
    ['writes on the microphone port, loses what is over in a segment, and remembers', { acknowledges: 'ok', losesTails: true, remembers: REMEMBERS }, '1.1 1.3 3.4 5.7'],
    ['pads to no block, and queues what is said while it answers', { pad: 1_000, queues: true }, '3.6 3.10 3.11 4.4 5.16'],
    ['cuts sentences, and does not see a reset', { minSilence: 64, ignoresReset: true }, '5.11 5.12'],
    ['pads to half the block, and does not see that the reply port is gone', { pad: 1_024, ignoresReplyClosed: true }, '3.11 4.4 5.13 5.16'],
    ['takes audio on either port', { takesCrossed: true }, '1.1 1.3 1.4'],
    // What asks twice, and what sends a second client, cannot be kept then.
    ['hangs up after an answer', { closesAfterReply: true }, '3.6 3.11 4.3 4.7 4.9 4.10 5.1 5.7 5.11 5.16'],
    ['is deaf after its first client', { afterwards: 'deaf' }, '1.4 3.4 4.2 4.8 5.1 5.12 5.13'],
  ])('that %s is told so, and nothing else', async (_, habits, broken) => {
    expect(ids(await judged(habits), 'fail')).toBe(broken);
  });

  it.each<[string, Habits]>([['greets', { greeting: 'HELLO...' }], ['echoes', { echoes: true }]])('that %s is told so', async (_, habits) => {
    expect(ids(await judged(habits, ['1.3']), 'fail')).toBe('1.3');
  });

  it('that does not answer is not asked again and again', async () => {
    const swallows = { swallows: true } as const;
    const { ports, stop } = await plainServer(swallows);
    await expect(acquaint({ ...OURS, patience: 500, ports })).rejects.toThrow('no answer came');
    stop();
    const verdicts = await judged(swallows, undefined, { ...OURS, patience: 500, manners: undefined });
    expect(ids(verdicts, 'fail')).toBe('1.1');
    expect(verdicts.find(({ id }) => id === '3.2')).toMatchObject({ result: 'skip', reason: 'the server answered no question before' });
  });

  it('that is the reference is known for what it does differently', async () => {
    const habits = { ...REFERENCE, remembers: REMEMBERS };
    const verdicts = await judged(habits, undefined, as(habits), true);
    expect(ids(verdicts, 'fail')).toBe('');
    expect(ids(verdicts, 'known')).toBe('1.5 3.11 4.4 5.1 5.5 5.7 5.11 5.12 5.13 5.16');
  });
});
