import { defer, from, map, NEVER, of, Subject, take, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { stockClient } from '../fixtures/clients.js';
import { fakeEngines, joined, silence, tone } from '../fixtures/engines.js';
import { ourServers } from '../fixtures/our-server.js';

const QUESTION = int16ToBytes(joined(tone(640), silence(1_500)));

const serving = ourServers();

describe('the microphone', () => {
  it('is read only as fast as the VAD takes it: the client has to wait', async () => {
    const judged = new Subject<void>();
    const { ports, until } = await serving(fakeEngines({ vad: () => () => judged.pipe(take(1), map(() => 0.1)) }));
    const client = await stockClient(ports);
    await until('paired');
    // More than the kernel of either side takes: 32 MB.
    const block = new Uint8Array(1024 * 1024);
    let taken = 0;
    for (let n = 0; n < 32; n++) client.mic.write(block, () => { taken += 1; });
    const { unheard, received } = await until('wire', (event) => event.unheard > 0);
    expect(unheard).toBeLessThan(10_000);
    const stalled = await until('wire', (event) => event.received === received).then(({ received: now }) => now);
    expect(stalled).toBeLessThan(1024 * 1024);
    expect(taken).toBeLessThan(32);
    expect(client.mic.writableLength).toBeGreaterThan(0);
    client.mic.destroy();
  });

  it('is heard whole, in order, by a VAD that is slower than the network', async () => {
    let frames = 0;
    const { ports, until } = await serving(fakeEngines({
      vad: () => (frame) => timer(0).pipe(map(() => { frames += 1; return frame[0] === 0 && frame[1] === 0 ? 0 : 1; })),
    }));
    const client = await stockClient(ports);
    await client.speak(int16ToBytes(joined(tone(3_200), silence(1_600))));
    expect(await until('transcript', ({ final }) => final)).toMatchObject({ text: 'I heard 100 frames.' });
    expect(frames).toBeGreaterThanOrEqual(116);
    client.mic.destroy();
  });
});

describe('an answer (R4)', () => {
  // Sentences of 4 s each, without end.
  const SENTENCE = 'This is one sentence of the many that this answer is made of.';
  let [written, made] = [0, 0];
  const endless = fakeEngines({
    llm: () => timer(1, 1).pipe(map(() => { written += 1; return `${SENTENCE} `; })),
    tts: () => defer(() => { made += 128_000; return of(new Int16Array(64_000)); }),
  });

  it('is not spoken further than a client takes it: no more than 512 KiB wait', async () => {
    const { ports, until } = await serving(endless, { watchdog: 0 }, { stallTimeout: 0 });
    const client = await stockClient(ports);
    client.reply.pause();
    await client.speak(QUESTION);
    const { waiting, sent } = await until('wire', (event) => event.waiting > 0);
    expect(waiting).toBeLessThanOrEqual(512 * 1024);
    // The LLM writes on, a sentence a millisecond; the voice does not.
    const then = written;
    await expect.poll(() => written, { timeout: 8_000 }).toBeGreaterThan(then + 500);
    expect(made - sent).toBeLessThanOrEqual(512 * 1024);
    // It goes on where the client does.
    client.reply.resume();
    await until('wire', (event) => event.sent > sent + 1024 * 1024);
    await client.leave();
  });

  it('says so where a single sentence makes more than 512 KiB wait', async () => {
    const { ports, until } = await serving(fakeEngines({ llm: () => of('Well.'), tts: () => from(Array.from({ length: 100 }, () => new Int16Array(64_000))) }), {}, { stallTimeout: 0 });
    const client = await stockClient(ports);
    client.reply.pause();
    await client.speak(QUESTION);
    expect(await until('warning')).toMatchObject({ code: 'slow-reader' });
    await client.leave();
  });

  it('ends the session of a client that takes nothing of it for the stall time-out, and says why; others are not disturbed', async () => {
    const { ports, until } = await serving(endless, { watchdog: 0 }, { stallTimeout: 300, maxSessions: 2 });
    const stuck = await stockClient(ports);
    stuck.reply.pause();
    await until('paired');
    const other = await stockClient(ports);
    await until('paired', ({ session }) => session === 2);
    await stuck.speak(QUESTION);
    expect((await until('disconnected')).reason).toBe('slow reader: it took none of its audio for 0.3 s.');
    await other.speak(QUESTION);
    await other.inbox.first(100_000);
    await other.leave();
  });

  it('is not begun while the one before it is still being taken', async () => {
    const { ports, until } = await serving(fakeEngines({ llm: () => NEVER }), { watchdog: 200 });
    const client = await stockClient(ports);
    await client.speak(QUESTION);
    await until('watchdog', ({ fired }) => fired);
    expect(client.inbox.bytes()).toHaveLength(0);
    await client.leave();
  });
});
