import { concat, filter, map, NEVER, of, Subject, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Cut } from '../../src/client.js';
import { nullSpeaker } from '../../src/audio/synthetic.js';
import { fakeEngines, joined, silence, tone } from '../fixtures/engines.js';
import { start } from '../fixtures/our-client.js';
import { ourServers } from '../fixtures/our-server.js';

const serving = ourServers();

/** An agent whose every answer is half a minute of one value: 1000 for the first, 2000 for the second. */
const agent = (): ReturnType<typeof fakeEngines> => {
  let answers = 0;
  return fakeEngines({
    llm: () => of(Array.from({ length: 300 }, (_, n) => `Piece ${n} is here. `).join('')).pipe(tap({ subscribe: () => { answers += 1; } })),
    tts: () => of(new Int16Array(1_600).fill(1_000 * answers)),
  });
};

async function talking() {
  const server = await serving(agent(), { bargeIn: true });
  const mic = new Subject<Int16Array>();
  const given: number[] = [];
  const told = new Subject<Cut>();
  const client = start({
    host: server.ports.host, sendPort: server.ports.micPort, recvPort: server.ports.replyPort,
    mic, fullDuplex: true, cuts: told,
    speaker: (audio) => nullSpeaker()(audio.pipe(tap((pcm) => given.push(pcm[0] ?? 0)))),
  });
  await server.until('listening');
  await client.next('connected');
  mic.next(joined(tone(640), silence(1_500)));
  await client.next('playing', ({ playing }) => playing);
  return { server, mic, given, told, client };
}

describe('a conversation in which both listen all the time', () => {
  it('is announced by its server', async () => {
    const { server } = await talking();
    expect(await server.until('connected')).toMatchObject({ interruptible: true });
    expect(server.seen.some(({ type }) => type === 'gate')).toBe(false);
  });

  it('goes on sending while it plays', async () => {
    const { client, mic, server } = await talking();
    const before = server.seen.length;
    mic.next(joined(tone(200), silence(2_500)));
    await server.until('speech.stopped', ({ turn }) => turn === 2);
    expect(server.seen.length).toBeGreaterThan(before);
    expect(client.events.some(({ type }) => type === 'muted')).toBe(false);
  });

  it('ends an answer that is spoken over, silences it at the client, and lets nothing of it be heard after that', async () => {
    const { server, mic, given, told, client } = await talking();
    mic.next(tone(640));
    const cancelled = await server.until('cancelled', ({ turn }) => turn === 1);
    expect(cancelled).toMatchObject({ reason: 'interrupted' });
    // Paced: far less than the half minute that was made, and in whole blocks.
    expect(cancelled.sent).toBeLessThan(300 * 3_200 / 4);
    expect((cancelled.sent ?? 1) % 2_048).toBe(0);
    told.next({ sent: cancelled.sent ?? 0 });
    const cut = await client.next('cut');
    expect(cut.unheard).toBeGreaterThan(0);
    expect(client.events.findLast(({ type }) => type === 'playing')).toMatchObject({ playing: false });
    const before = given.length;
    mic.next(silence(1_500));
    await client.next('playing', ({ playing, at }) => playing && at > cut.at);
    expect([...new Set(given.slice(before))]).toEqual([2_000]);
    // Not a byte of the first answer was written after it was cut.
    const audio = server.seen.slice(server.seen.indexOf(cancelled)).filter((event) => event.type === 'reply.audio');
    expect(audio.every(({ turn }) => turn === 2)).toBe(true);
  });

  it('silences what has come of an answer where its listener has heard enough, whatever the server knows of that', async () => {
    const { client, told, server } = await talking();
    told.next({});
    expect((await client.next('cut')).unheard).toBeGreaterThan(0);
    expect(client.events.findLast(({ type }) => type === 'playing')).toMatchObject({ playing: false });
    expect(server.seen.some(({ type }) => type === 'cancelled')).toBe(false);
    // What comes after that is of the next answer, as far as the client can know.
    await client.next('playing', ({ playing, at }) => playing && at > client.events.findLast(({ type }) => type === 'cut')!.at);
  });

  it('plays on after a "mhm"', async () => {
    const { server, mic, client } = await talking();
    mic.next(joined(tone(420), silence(1_500)));
    await server.until('cancelled', ({ turn, reason, sent }) => turn === 2 && reason === 'backchannel' && sent === undefined);
    expect(server.seen.some((event) => event.type === 'cancelled' && event.turn === 1)).toBe(false);
    expect(client.events.some(({ type }) => type === 'cut')).toBe(false);
  });
});

describe('a client that is not sure of its server', () => {
  it('sends nothing while it plays until it knows that it is heard, and does from then on', async () => {
    const server = await serving(agent(), { bargeIn: true });
    const mic = new Subject<Int16Array>();
    const knows = new Subject<boolean>();
    const client = start({ host: server.ports.host, sendPort: server.ports.micPort, recvPort: server.ports.replyPort, mic, fullDuplex: knows, speaker: nullSpeaker() });
    await client.next('connected');
    mic.next(joined(tone(640), silence(1_500)));
    await client.next('muted', ({ muted }) => muted);
    knows.next(true);
    await client.next('muted', ({ muted }) => !muted);
    mic.next(tone(640));
    await server.until('cancelled', ({ turn }) => turn === 1);
  });
});

describe('a speaker that is lost', () => {
  it('is opened again, and the answer goes on where it was', async () => {
    const server = await serving(fakeEngines({ llm: () => of('Once. '), tts: () => of(tone(2_000)) }));
    const mic = new Subject<Int16Array>();
    const { SpeechError } = await import('../../src/errors.js');
    let opened = 0;
    const heard: number[] = [];
    const client = start({
      host: server.ports.host, sendPort: server.ports.micPort, recvPort: server.ports.replyPort, mic,
      speaker: (audio) => {
        opened += 1;
        const plays = nullSpeaker()(audio);
        if (opened > 1) return plays.pipe(tap((count) => heard.push(count)));
        return concat(plays, NEVER).pipe(map((count) => {
          if (count > 8_000) throw new SpeechError('The speaker was lost.', { kind: 'device', code: 'device-lost', retryable: true });
          return count;
        }), filter((count) => count >= 0));
      },
    });
    await client.next('connected');
    mic.next(joined(tone(640), silence(1_500)));
    await client.next('device', ({ lost }) => lost);
    await client.next('device', ({ lost }) => !lost);
    await client.next('playing', ({ playing }) => !playing);
    // What the first had not let be heard, and no more: 2 s are 32 000 samples, padded to whole blocks.
    expect(heard.at(-1)).toBeGreaterThan(16_000);
    expect(heard.at(-1)).toBeLessThan(32_000);
  });
});
