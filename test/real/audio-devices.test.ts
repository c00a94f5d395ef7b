import { setTimeout as sleep } from 'node:timers/promises';
import { BehaviorSubject, concat, filter, firstValueFrom, lastValueFrom, map, NEVER, Subject, of, take, tap, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listDevices } from '../../dist/src/audio/list-devices.js';
import { findMicrophone, microphone, type MicBackend } from '../../dist/src/audio/microphone.js';
import { findSpeaker, speaker, type SpeakerBackend } from '../../dist/src/audio/speaker.js';
import { switchedMicrophone, switchedSpeaker } from '../../dist/src/audio/switched.js';
import type { DeviceOptions } from '../../dist/src/audio/systems.js';
import { until } from '../fixtures/our-client.js';
import { descendants } from '../fixtures/program.js';
import { soundServer, soundServerHere, type SoundServer } from '../fixtures/sound-server.js';

const RATE = 16_000;
const wave = (seconds: number, hertz = 440, level = 8_000): Int16Array =>
  Int16Array.from({ length: seconds * RATE }, (_, n) => Math.round(level * Math.sin((2 * Math.PI * hertz * n) / RATE)));
const joined = (pieces: readonly Int16Array[]): Int16Array => Int16Array.from(pieces.flatMap((piece) => [...piece]));

/** Of the part that is loud: its frequency by the zeros it crosses, and its length in seconds. */
function loud(pcm: Int16Array, above = 1_000): { hertz: number; seconds: number } {
  const [from, to] = [pcm.findIndex((sample) => Math.abs(sample) > above), pcm.findLastIndex((sample) => Math.abs(sample) > above)];
  if (from < 0) return { hertz: 0, seconds: 0 };
  let crossings = 0;
  for (let at = from + 1; at < to; at++) if ((pcm[at - 1] ?? 0) < 0 !== (pcm[at] ?? 0) < 0) crossings += 1;
  return { hertz: (crossings * RATE) / (2 * (to - from)), seconds: (to - from) / RATE };
}

/** The value below which so much of them lies. */
const percentile = (values: readonly number[], part: number): number => [...values].sort((a, b) => a - b)[Math.floor(values.length * part)] ?? 0;

let server: SoundServer;
let stopServer = (): Promise<void> => Promise.resolve();
const here = soundServerHere;
/** With how many ms pass between two pieces at most, 19 times in 20: sox fills 4096 bytes, 128 ms, before it writes. */
const mics: readonly (readonly [MicBackend, number])[] = [['parec', 40], ['arecord', 40], ['ffmpeg', 40], ['sox', 200], ['node-record-lpcm16', 200]];
const speakers: readonly SpeakerBackend[] = ['pacat', 'aplay', 'play', 'speaker', 'ffplay'];

beforeAll(async () => {
  if (!here) return;
  server = await soundServer();
  stopServer = server.stop;
  for (const [name, value] of Object.entries(server.env)) vi.stubEnv(name, value);
});
afterAll(() => stopServer());

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
/** The processes that were started while something was done. */
async function startedBy<T>(act: () => Promise<T>): Promise<{ result: T; pids: number[] }> {
  const before = new Set(descendants(process.pid));
  const result = await act();
  return { result, pids: descendants(process.pid).filter((pid) => !before.has(pid)) };
}

describe.skipIf(!here).each(mics)('a microphone through %s', (backend, cadence) => {
  const there = (): boolean => here && 'backend' in findMicrophone({ backend });

  it('hears what is said, at the right pitch, in pieces that come every few ms', async ({ skip }) => {
    skip(!there(), `${backend} is not here`);
    const pieces: { readonly at: number; readonly pcm: Int16Array }[] = [];
    const recording = microphone({ backend }).subscribe({ next: (pcm) => pieces.push({ at: performance.now(), pcm }), error: (error: unknown) => { throw error; } });
    await until(() => pieces.length >= 10);
    await server.say(wave(2));
    await sleep(500);
    recording.unsubscribe();
    const { hertz, seconds } = loud(joined(pieces.map(({ pcm }) => pcm)));
    expect(Math.abs(hertz - 440)).toBeLessThan(3);
    expect(Math.abs(seconds - 2)).toBeLessThan(0.1);
    const gaps = pieces.slice(11).map(({ at }, n) => at - pieces[n + 10]!.at);
    expect(percentile(gaps, 0.95)).toBeLessThanOrEqual(cadence);
  });

  it('is closed within 50 ms, and leaves no process behind', async ({ skip }) => {
    skip(!there(), `${backend} is not here`);
    const { pids } = await startedBy(() => new Promise<void>((resolve, reject) => {
      const subscription = microphone({ backend }).subscribe({ next: () => { resolve(); setImmediate(() => subscription.unsubscribe()); }, error: reject });
    }));
    const from = performance.now();
    while (pids.some(alive)) await sleep(1);
    expect(performance.now() - from).toBeLessThan(50);
  });

  it('says that it was lost when the sound server dies, and hears again when that is back', async ({ skip }) => {
    skip(!there(), `${backend} is not here`);
    const lost = new Promise<unknown>((resolve) => {
      microphone({ backend }).pipe(tap({ next: () => void (downs ??= server.down()) })).subscribe({ error: resolve });
    });
    let downs: Promise<void> | undefined;
    const error = await lost;
    await downs;
    await server.up();
    expect(error).toMatchObject({ kind: 'device', code: 'device-lost', retryable: true });
    expect((await firstValueFrom(microphone({ backend }))).length).toBe(320);
  });

  it('says that there is none when there is no sound server', async ({ skip }) => {
    skip(!there(), `${backend} is not here`);
    await server.down();
    const error = await lastValueFrom(microphone({ backend })).catch((thrown: unknown) => thrown);
    await server.up();
    expect(error).toMatchObject({ kind: 'device', code: 'no-microphone' });
  });
});

describe.skipIf(!here).each(speakers)('a speaker through %s', (backend) => {
  const there = (): boolean => here && 'backend' in findSpeaker({ backend });

  it('lets a tone be heard as it is, in its length, and completes after it', async ({ skip }) => {
    skip(!there(), `${backend} is not here`);
    const ear = await server.listen();
    const counts = await lastValueFrom(speaker({ backend })(of(wave(1), wave(1))).pipe(toArray()));
    const completed = Date.now();
    await sleep(300);
    ear.stop();
    const { hertz, seconds } = loud(ear.heard());
    expect(Math.abs(hertz - 440)).toBeLessThan(3);
    expect(Math.abs(seconds - 2)).toBeLessThan(0.1);
    expect(counts.at(-1)).toBe(2 * RATE);
    expect(Math.abs(completed - ear.lastLoud(1_000)!)).toBeLessThan(400);
  });

  it('plays at once what comes later, when its device took two seconds to wake up', async ({ skip }) => {
    skip(!there() || backend === 'ffplay', `${backend} is not here, or takes no device`);
    // A new null sink has played its first two seconds in advance.
    const module = (await server.pactl('load-module', 'module-null-sink', 'sink_name=sleepy')).trim();
    vi.stubEnv('PULSE_SINK', 'sleepy');
    const audio = new Subject<Int16Array>();
    const playing = speaker({ backend })(audio).subscribe();
    vi.stubEnv('PULSE_SINK', undefined);
    const ear = await server.listen('sleepy.monitor');
    await sleep(3_000);
    const before = Date.now();
    audio.next(wave(0.5));
    await until(() => (ear.lastLoud(1_000) ?? 0) > before);
    const late = Date.now() - before;
    playing.unsubscribe();
    ear.stop();
    await server.pactl('unload-module', module);
    expect(late).toBeLessThan(1_000);
  });

  it('is silent within 50 ms when it is stopped, and leaves no process behind', async ({ skip }) => {
    skip(!there(), `${backend} is not here`);
    const ear = await server.listen();
    const { result: playing, pids } = await startedBy(async () => {
      const subscription = speaker({ backend })(concat(of(wave(10)), NEVER)).subscribe();
      await until(() => ear.lastLoud(1_000) !== undefined);
      await sleep(500);
      return subscription;
    });
    const before = Date.now();
    playing.unsubscribe();
    while (pids.some(alive)) await sleep(1);
    await sleep(500);
    ear.stop();
    // What the ear itself holds back, 20 ms, included.
    expect(ear.lastLoud(1_000)! - before).toBeLessThan(50 + 20);
  });

  it('says that it was lost when the sound server dies, and is heard again when that is back', async ({ skip }) => {
    skip(!there(), `${backend} is not here`);
    skip(backend === 'ffplay', 'ffplay goes on as if it were heard');
    const ear = await server.listen();
    const lost = new Promise<unknown>((resolve) => { speaker({ backend })(concat(of(wave(10)), NEVER)).subscribe({ error: resolve }); });
    await until(() => ear.lastLoud(1_000) !== undefined);
    await sleep(600);
    await server.down();
    const error = await lost;
    await server.up();
    expect(error).toMatchObject({ kind: 'device', code: 'device-lost', retryable: true });
    expect(await lastValueFrom(speaker({ backend })(of(wave(0.5))))).toBe(RATE / 2);
  });
});

describe.skipIf(!here)('the devices', () => {
  it('are listed with the defaults marked, and can be named', async () => {
    const devices = (await listDevices()).filter(({ system }) => system === 'pulse');
    expect(devices).toContainEqual({ system: 'pulse', kind: 'microphone', name: 'mic', description: 'Virtual_microphone', preset: true });
    expect(devices).toContainEqual({ system: 'pulse', kind: 'speaker', name: 'micsim', description: 'Microphone_input', preset: false });
    const heard = lastValueFrom(microphone({ device: 'mic' }).pipe(filter((pcm) => pcm.some((sample) => sample > 1_000)), take(1)));
    await lastValueFrom(speaker({ device: 'micsim' })(of(wave(1))));
    expect((await heard).length).toBe(320);
  });

  it('are switched while they are open: the other one is heard, and no process of the one before is left', async () => {
    const output = new BehaviorSubject<DeviceOptions>({ device: 'micsim' });
    const input = new BehaviorSubject<DeviceOptions>({ device: 'mic' });
    const heard: Int16Array[] = [];
    const hertz = (): number => loud(joined(heard)).hertz;
    const [ear, low, high] = [await server.listen(), wave(60, 440), wave(60, 880)];
    const listening = switchedMicrophone(input.pipe(map(microphone))).subscribe({ next: (pcm) => heard.push(pcm), error: (error: unknown) => { throw error; } });
    // A low tone into the microphone; the speaker of the machine plays a high one.
    const { result: playing, pids } = await startedBy(async () => {
      const one = switchedSpeaker(output.pipe(map(speaker)))(concat(of(low), NEVER)).subscribe({ error: (error: unknown) => { throw error; } });
      await until(() => Math.abs(hertz() - 440) < 5);
      return one;
    });
    const other = speaker({ device: 'spk' })(concat(of(high), NEVER)).subscribe({ error: (error: unknown) => { throw error; } });
    await until(() => ear.lastLoud(1_000) !== undefined);
    input.next({ device: 'spk.monitor' });
    heard.length = 0;
    await until(() => heard.length > 50 && Math.abs(hertz() - 880) < 10);
    other.unsubscribe();
    output.next({ device: 'spk' });
    await until(() => !pids.some(alive));
    listening.unsubscribe();
    playing.unsubscribe();
    ear.stop();
  });
});
