import { Subject } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadEchoCanceller } from '../../dist/src/audio/echo-canceller.js';
import { microphone } from '../../dist/src/audio/microphone.js';
import { speaker } from '../../dist/src/audio/speaker.js';
import { listenAndPlay, type ClientEvent } from '../../dist/src/client.js';
import { silero } from '../../dist/src/engines/vad/silero.js';
import type { Vad } from '../../dist/src/engines.js';
import { serve, type ServerEvent } from '../../dist/src/server.js';
import { listenTcp } from '../../dist/src/transports/tcp.js';
import { fakeEngines } from '../fixtures/engines.js';
import { until } from '../fixtures/our-client.js';
import { soundServer, soundServerHere, type SoundServer } from '../fixtures/sound-server.js';
import { say } from '../fixtures/voices.js';

/** How often each is tried; `ECHO_TRIES=20` for what is promised. */
const TRIES = Number(process.env['ECHO_TRIES'] ?? 3);
const ANSWER = say('Paris is the capital of France. It lies on the river Seine, and more than two million people live there.', 'slt');
const QUESTION = say('What is the capital of France?', 'rms');
const INTERRUPTION = say('Wait, stop please, I wanted to ask you about something else.', 'rms');
const decibels = (pcm: Int16Array): number => 10 * Math.log10(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length / 32_768 ** 2);
const louder = (pcm: Int16Array, by: number): Int16Array => pcm.map((sample) => Math.max(-32_768, Math.min(32_767, sample * 10 ** (by / 20))));

let sound: SoundServer;
let vad: Vad;
const undo: (() => unknown)[] = [];
beforeAll(async () => {
  if (!soundServerHere) return;
  sound = await soundServer();
  undo.push(sound.stop);
  for (const [name, value] of Object.entries(sound.env)) vi.stubEnv(name, value);
  await new Promise<void>((resolve, reject) => {
    const held = silero().subscribe({ next: (loaded) => { vad = loaded; resolve(); }, error: reject });
    undo.push(() => held.unsubscribe());
  });
});
afterAll(async () => {
  for (const step of undo.reverse()) await step();
});

/** Both halves on real ports and the real sound server: the agent answers whatever is said with the same sentences. */
async function talking() {
  const seen: ServerEvent[] = [];
  const own: (ClientEvent & { readonly at: number })[] = [];
  const cuts = new Subject<{ sent: number }>();
  const doors = listenTcp({ recvHost: '127.0.0.1', recvPort: 0, sendHost: '127.0.0.1', sendPort: 0 });
  const events = new Subject<ServerEvent>();
  const engines = { ...fakeEngines({ llm: () => ['An answer.'], tts: () => [ANSWER] }), vad };
  events.subscribe({ next: (event) => {
    seen.push(event);
    if (event.type === 'cancelled' && event.sent !== undefined) cuts.next({ sent: event.sent });
  }, error: () => undefined });
  const server = serve({ doors, engines, bargeIn: true }).subscribe(events);
  await until(() => seen.some(({ type }) => type === 'serving'));
  const serving = seen.find((event) => event.type === 'serving');
  if (serving?.type !== 'serving') throw new Error('it does not serve');
  const client = listenAndPlay({
    host: '127.0.0.1', sendPort: serving.recv.port, recvPort: serving.send.port, mic: microphone(), speaker: speaker(),
    fullDuplex: true, cuts, echoCanceller: await loadEchoCanceller(),
  }).subscribe({ next: (event) => own.push(event), error: () => undefined });
  const stop = (): void => {
    client.unsubscribe();
    server.unsubscribe();
  };
  const wait = async (holds: () => boolean): Promise<void> => {
    for (const late = Date.now() + 30_000; !holds();) {
      if (Date.now() > late) throw new Error(`it was never so: ${holds.toString()}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await wait(() => own.some(({ type }) => type === 'connected'));
  /** Asks, and resolves when the answer plays. */
  const ask = async (): Promise<void> => {
    const before = own.length;
    await sound.say(QUESTION);
    await wait(() => own.slice(before).some((event) => event.type === 'playing' && event.playing));
  };
  const quiet = (from: number) => wait(() => own.slice(from).some((event) => event.type === 'playing' && !event.playing));
  return { seen, own, ask, quiet, wait, stop };
}

describe.skipIf(!soundServerHere).each([[40, 0], [150, -6]])('an echo through the sound server, %i ms later, at %i dB', (delay, gain) => {
  it(`interrupts none of ${TRIES} answers`, async () => {
    const end = await sound.echo(delay, gain);
    const { seen, own, ask, quiet, stop } = await talking();
    for (let answer = 0; answer <= TRIES; answer++) {
      await ask();
      await quiet(own.length);
    }
    stop();
    await end();
    const told = JSON.stringify(own.filter(({ type }) => type === 'echo'));
    expect(seen.filter(({ type }) => type === 'cancelled'), told).toEqual([]);
    expect(own.some(({ type }) => type === 'echo')).toBe(true);
  });

  it.each([0, -6])(`hides no interruption, at %i dB of its own loudness, of which the client is silent at once`, async (level) => {
    const end = await sound.echo(delay, gain);
    const { seen, own, ask, quiet, stop, wait } = await talking();
    await ask();
    await quiet(own.length);
    const voice = louder(INTERRUPTION, decibels(ANSWER) + gain - decibels(INTERRUPTION) + level);
    let recognised = 0;
    const silentAfter: number[] = [];
    for (let attempt = 0; attempt < TRIES; attempt++) {
      await ask();
      const [before, events] = [seen.length, own.length];
      await sound.say(voice);
      await quiet(events);
      const cancelled = seen.slice(before).find((event) => event.type === 'cancelled' && event.reason === 'interrupted');
      if (cancelled === undefined) continue;
      recognised += 1;
      silentAfter.push((own.slice(events).find(({ type }) => type === 'cut')?.at ?? Infinity) - cancelled.at);
      // The answer to the interruption itself.
      await wait(() => own.slice(events).filter((event) => event.type === 'playing' && !event.playing).length >= 2);
    }
    stop();
    await end();
    console.info(`${recognised} of ${TRIES} recognised; told to the client after ${silentAfter.join(', ')} ms`);
    expect(recognised / TRIES).toBeGreaterThanOrEqual(0.9);
    expect(Math.max(...silentAfter)).toBeLessThan(1_000);
  });
});
