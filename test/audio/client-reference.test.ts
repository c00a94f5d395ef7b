import { concat, EMPTY, NEVER, of, Subject, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { SpeakerSink } from '../../src/audio/devices.js';
import { clockedSink } from '../../src/audio/clocked-sink.js';
import { silence, tone } from '../fixtures/engines.js';
import { host, joined, start, swallow, undo, until, type Client } from '../fixtures/our-client.js';
import { referenceServer, type ReferenceServer } from '../fixtures/reference-server.js';

/** 840 ms, which are 13 blocks of 2048 bytes and a little. */
const question = (voice: Subject<Int16Array>): void => {
  for (const part of [tone(640), silence(200)]) voice.next(part);
};

async function reference(answer: (utterance: Int16Array) => Int16Array, ports: { recvPort?: number; sendPort?: number } = {}): Promise<ReferenceServer> {
  const server = await referenceServer({ answer, ...ports });
  undo.push(() => server.quit());
  return server;
}

const join = (server: ReferenceServer, speaker: SpeakerSink, voice: Subject<Int16Array>): Client =>
  start({ host, sendPort: server.recvPort, recvPort: server.sendPort, mic: voice, speaker, echo: 20, backoff: { first: 20, most: 50 } });

describe('against a server that behaves as the reference', () => {
  it('plays the whole of an answer that comes in one go, zero-padded to 1024 bytes, and nothing of the END after it', async () => {
    const answer = tone(1_001);
    const server = await reference(() => answer);
    const voice = new Subject<Int16Array>();
    const heard: Int16Array[] = [];
    const client = join(server, (audio) => swallow(audio.pipe(tap((pcm) => heard.push(pcm)))), voice);
    await client.next('connected');
    question(voice);
    await until(() => joined(heard).length >= answer.length);
    await server.quit();
    await client.next('disconnected');
    const all = joined(heard);
    expect(all.length % 512).toBe(0);
    expect(all.subarray(0, answer.length)).toEqual(answer);
    expect(all.subarray(answer.length).every((sample) => sample === 0)).toBe(true);
  });

  it('sends nothing at all while the answer is being heard, and is heard again after it', async () => {
    const answers = [tone(400), tone(100)];
    const server = await reference(() => answers.shift() ?? tone(100));
    const voice = new Subject<Int16Array>();
    let audible = false;
    const out = of({ write: (pcm: Int16Array) => (audible ||= pcm.length > 0), drain: () => EMPTY });
    const client = join(server, clockedSink(concat(out, NEVER)), voice);
    await client.next('connected');
    question(voice);
    await until(() => audible && server.chunks.length === 26);
    // All the while somebody speaks into the microphone.
    await until(() => client.events.some((event) => event.type === 'muted' && !event.muted), () => voice.next(tone(64)));
    expect(server.chunks).toHaveLength(26);
    const before = client.events.length;
    question(voice);
    await client.next('playing', (event) => event.playing && client.events.indexOf(event) >= before);
  });

  it('comes back when the one that served it has gone and another has been started, and is answered', async () => {
    const first = await reference(() => tone(64));
    const voice = new Subject<Int16Array>();
    const client = join(first, swallow, voice);
    await client.next('connected');
    question(voice);
    await client.next('muted', ({ muted }) => !muted);
    await first.quit();
    await client.next('disconnected', ({ reason }) => reason.includes('No server answers'));
    voice.next(tone(500));
    const begun = client.events.length;
const second = await reference(() => tone(64), first);
    expect((await client.next('connected', (event) => client.events.indexOf(event) >= begun)).missed).toBe(500);
    question(voice);
    await client.next('playing', (event) => client.events.indexOf(event) >= begun && event.playing);
    // Nothing of what was said meanwhile has reached it.
    expect(second.chunks.length).toBeLessThanOrEqual(Math.ceil((840 * 32) / 1024));
  });

  it('lets it end, as it does when its client leaves', async () => {
    const server = await reference(() => tone(64));
    const client = join(server, swallow, new Subject());
    await client.next('connected');
    client.stop();
    await server.ended;
  });
});
