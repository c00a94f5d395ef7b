import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { stockClient } from '../fixtures/clients.js';
import { fakeEngines, joined, silence, tone } from '../fixtures/engines.js';
import { ourServers, type ourServer } from '../fixtures/our-server.js';

const QUESTION = int16ToBytes(joined(tone(640), silence(1_500)));

const serving = ourServers();

/** An answer of so many pieces of 100 ms each. */
const pieces = (count: number): Parameters<typeof ourServer>[0] => fakeEngines({
  llm: () => of(Array.from({ length: count }, (_, n) => `Piece ${n} is here. `).join('')),
  tts: () => of(tone(100)),
});

describe('a paced answer', () => {
  it('reaches a stock client whole, in whole blocks, as an unpaced one does', async () => {
    const heard: Buffer[] = [];
    for (const lead of [undefined, 50]) {
      const { ports, until } = await serving(pieces(5), { session: lead === undefined ? {} : { lead } });
      const client = await stockClient(ports);
      await client.speak(QUESTION);
      await until('gate', ({ open }) => open);
      heard.push(await client.inbox.first(8 * 2_048));
      await client.leave();
    }
    expect(heard[1]).toEqual(heard[0]);
  });

  it('can be taken back but for what is about to be heard', async () => {
    const { ports, until, seen } = await serving(pieces(300), { session: { lead: 50 }, watchdog: 400 });
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    await until('watchdog', ({ fired }) => fired);
    await until('gate', ({ open }) => open);
    // Half a minute of speech was made; what was sent is what could be heard in less than a second.
    expect(client.inbox.bytes().length).toBeLessThan(300 * 3_200 / 4);
    expect(seen.filter(({ type }) => type === 'reply.audio').length).toBeLessThan(75);
    await client.leave();
  });
});
