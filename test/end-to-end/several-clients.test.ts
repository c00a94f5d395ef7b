import { delay, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { stockClient, type StockClient } from '../fixtures/clients.js';
import { fakeEngines, joined, silence, tone } from '../fixtures/engines.js';
import { ourServers } from '../fixtures/our-server.js';

const serving = ourServers();

/** So many frames of speech, and silence. */
const question = (frames: number): Uint8Array => int16ToBytes(joined(tone(32 * frames), silence(1_500)));

describe('a server of several clients', () => {
  it('answers each by what it said, and sends it nothing of the others, however their words mingle', async () => {
    // The answer to a question of n frames is n samples loud: no two are alike.
    const engines = fakeEngines({
      llm: (messages) => of(`It was ${/\d+/u.exec(messages.at(-1)!.content)![0]}`).pipe(delay(20)),
      tts: (text) => of(new Int16Array(2_048).fill(100 * Number(/\d+/u.exec(text)![0]))),
    });
    const { ports, until, seen } = await serving(engines, {}, { maxSessions: 3 });
    const lengths = [15, 20, 25];
    const clients: StockClient[] = [];
    for (const [index] of lengths.entries()) {
      clients.push(await stockClient(ports));
      await until('paired', ({ session }) => session === index + 1);
    }
    // Turn and turn about, a piece at a time.
    const questions = lengths.map(question);
    for (let at = 0; at < Math.max(...questions.map(({ length }) => length)); at += 3_000) {
      for (const [index, client] of clients.entries()) await client.speak(questions[index]!.subarray(at, at + 3_000));
    }
    for (const [index, client] of clients.entries()) {
      const heard = await client.inbox.first(4_096);
      expect(new Set(new Int16Array(new Uint8Array(heard).buffer))).toEqual(new Set([100 * lengths[index]!]));
      await until('reply.done', ({ session, text }) => session === index + 1 && text === `It was ${lengths[index]!}`);
    }
    expect(seen.filter(({ type }) => type === 'reply.done')).toHaveLength(3);
    // Each has its own turns, its own gate and its own history.
    expect(seen.filter((event) => event.type === 'speech.started').map(({ session, turn }) => [session, turn]).sort()).toEqual([[1, 1], [2, 1], [3, 1]]);
    for (const session of [1, 2, 3]) await until('gate', (event) => event.session === session && event.open);
  });

  it('turns away the one who is too many, serves the next when one leaves, and disturbs nobody', async () => {
    const { ports, until } = await serving(fakeEngines(), {}, { maxSessions: 2 });
    const [one, two] = [await stockClient(ports), await stockClient(ports)];
    await until('paired', ({ session }) => session === 2);
    const third = await stockClient(ports);
    expect(await until('refused')).toMatchObject({ code: 'busy', reason: '2 clients are being served, which is all there may be' });
    await one.leave();
    await until('disconnected', ({ session }) => session === 1);
    const fourth = await stockClient(ports);
    await until('paired', ({ session }) => session === 3);
    await fourth.speak(question(20));
    await two.speak(question(20));
    await until('reply.done', ({ session }) => session === 3);
    await until('reply.done', ({ session }) => session === 2);
    for (const client of [two, third, fourth]) await client.leave();
  });

  it('lets one fail and the others be answered', async () => {
    const engines = fakeEngines({ llm: (messages) => { if (messages.at(-1)!.content.includes('15')) throw new Error('on purpose'); return of('Fine.'); } });
    const { ports, until } = await serving(engines, {}, { maxSessions: 2 });
    const [one, two] = [await stockClient(ports), await stockClient(ports)];
    await until('paired', ({ session }) => session === 2);
    await Promise.all([one.speak(question(15)), two.speak(question(20))]);
    await until('failed', ({ session }) => session === 1);
    await until('reply.done', ({ session }) => session === 2);
    await one.speak(question(20));
    await until('reply.done', ({ session }) => session === 1);
  });
});
