import { once } from 'node:events';
import { BehaviorSubject, concat, EMPTY, from, map, NEVER, Observable, of, Subject, tap, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { bytesToInt16, int16ToBytes } from '../../src/audio/pcm.js';
import { SpeechError } from '../../src/errors.js';
import { hungUp } from '../fixtures/clients.js';
import { deafSpeaker, HandTime, host, joined, peer, ramp, start, swallow, undo } from '../fixtures/our-client.js';

/** A tone of 440 Hz, from some sample on. */
const wave = (rate: number, from: number, length: number): Int16Array =>
  Int16Array.from({ length }, (_, n) => Math.round(8000 * Math.sin((2 * Math.PI * 440 * (from + n)) / rate)));
const distance = (one: Int16Array, other: Int16Array): number => Math.max(...one.map((sample, n) => Math.abs(sample - other[n]!)));

describe('the client on the wire', () => {
  it('opens the microphone port first, then the reply port', async () => {
    const server = await peer();
    const client = start(server.ports);
    await server.pair();
    await client.next('connected');
    expect(server.order).toEqual(['mic opened', 'reply opened']);
  });

  it('sends what the microphone hears, in blocks of 2048 bytes, and half-closes at its end', async () => {
    const server = await peer();
    const pcm = ramp(3000);
    const client = start({ ...server.ports, mic: from([pcm.subarray(0, 700), pcm.subarray(700)]) });
    const { inbox, mic } = await server.pair();
    await once(mic, 'end');
    const heard = inbox.bytes();
    expect(heard.length).toBe(3 * 2048);
    expect(bytesToInt16(heard.subarray(0, 6000))).toEqual(pcm);
    expect(heard.subarray(6000).every((byte) => byte === 0)).toBe(true);
    await client.next('mic.ended');
  });

  it('plays the reply in order, and takes a tail that is no block for noise', async () => {
    const server = await peer();
    const played: Int16Array[] = [];
    const client = start({ ...server.ports, mic: EMPTY, speaker: (audio) => swallow(audio.pipe(tap((pcm) => played.push(pcm)))) });
    const { reply, mic } = await server.pair();
    await once(mic, 'end');
    const bytes = Buffer.from(int16ToBytes(ramp(4096)));
    reply.write(bytes.subarray(0, 1001));
    reply.write(bytes.subarray(1001));
    reply.end('END');
    expect(await client.end).toBe('complete');
    expect(joined(played)).toEqual(ramp(4096));
  });

  it('closes the reply port before the microphone port when it is stopped', async () => {
    const server = await peer();
    const client = start(server.ports);
    const { mic, reply } = await server.pair();
    await client.next('connected');
    reply.once('end', () => reply.end());
    mic.once('end', () => mic.end());
    client.stop();
    await Promise.all([hungUp(reply), hungUp(mic)]);
    expect(server.order).toEqual(['mic opened', 'reply opened', 'reply closed', 'mic closed']);
  });

  it('stops both devices when it is stopped', async () => {
    const server = await peer();
    const open = new Set<string>();
    const device = <T>(name: string): Observable<T> => new Observable<T>(() => {
      open.add(name);
      return () => open.delete(name);
    });
    const client = start({ ...server.ports, mic: device('mic'), speaker: () => device('speaker') });
    await client.next('connected');
    expect([...open].sort()).toEqual(['mic', 'speaker']);
    client.stop();
    expect(open.size).toBe(0);
  });
});

describe('half duplex', () => {
  it('sends nothing while there is audio to play, nor its echo, and goes on after that', async () => {
    const server = await peer();
    const mic = new Subject<Int16Array>();
    const ear = deafSpeaker();
    const client = start({ ...server.ports, mic, speaker: ear.sink });
    const { reply, inbox } = await server.pair();
    await client.next('connected');
    mic.next(ramp(1024, 1));
    await inbox.first(2048);
    reply.write(int16ToBytes(ramp(2048)));
    await client.next('muted', (event) => event.by === 'playback' && event.muted);
    mic.next(ramp(1024, 2));
    await ear.arrived(2048);
    ear.hear(2000);
    mic.next(ramp(1024, 3));
    ear.hear(2048);
    mic.next(ramp(1024, 4));
    await client.next('muted', (event) => !event.muted);
    mic.next(ramp(1024, 5));
    const heard = bytesToInt16(await inbox.first(4096));
    expect([heard[0], heard[1024]]).toEqual([1, 5]);
    expect(client.events.flatMap((event) => event.type === 'playing' ? [event.playing] : [])).toEqual([true, false]);
  });

  it('stays mute where a reply runs dry in its middle', async () => {
    const server = await peer();
    const ear = deafSpeaker();
    const client = start({ ...server.ports, speaker: ear.sink, echo: 60_000 });
    const { reply } = await server.pair();
    await client.next('connected');
    reply.write(int16ToBytes(ramp(1024)));
    await ear.arrived(1024);
    ear.hear(1024);
    reply.write(int16ToBytes(ramp(1024)));
    await ear.arrived(2048);
    expect(client.events.flatMap((event) => event.type === 'playing' ? [event.playing] : [])).toEqual([true, false, true]);
    expect(client.events.flatMap((event) => event.type === 'muted' ? [event.muted] : [])).toEqual([true]);
  });

  it('never sends what was recorded while it played, nor what was begun before, not a sample, and says how much that was', async () => {
    const time = new HandTime();
    const server = await peer();
    const mic = new Subject<Int16Array>();
    const ear = deafSpeaker();
    const client = start({ ...server.ports, mic, speaker: ear.sink, jitter: 0, scheduler: time });
    const { reply, inbox } = await server.pair();
    await client.next('connected');
    mic.next(ramp(500, 100));
    reply.write(int16ToBytes(ramp(512)));
    await ear.arrived(512);
    mic.next(ramp(1600, 10_000));
    mic.next(ramp(700, 10_000));
    ear.hear(512);
    time.pass(199);
    mic.next(ramp(900, 10_000));
    expect(client.events.filter(({ type }) => type === 'muted')).toHaveLength(1);
    time.pass(1);
    expect(client.events.findLast(({ type }) => type === 'muted')).toMatchObject({ muted: false, dropped: Math.round((500 + 1600 + 700 + 900) / 16) });
    mic.next(ramp(1024, 1));
    expect(bytesToInt16(await inbox.first(2048))).toEqual(ramp(1024, 1));
    time.pass(1000);
    expect(client.events.findLast(({ type }) => type === 'traffic')).toMatchObject({ sent: 2048, dropped: 0, drops: { playing: 7400 } });
  });

  it('is mute before the speaker has the first sample of a reply', async () => {
    const server = await peer();
    const mic = new Subject<Int16Array>();
    const client = start({
      ...server.ports,
      mic,
      jitter: 0,
      blockFrames: 100,
      // The room is so small that it comes back at once.
      speaker: (audio) => swallow(audio.pipe(tap((pcm) => mic.next(pcm)))),
      echo: 0,
    });
    const { reply, inbox } = await server.pair();
    await client.next('connected');
    reply.write(int16ToBytes(ramp(4096)));
    await client.next('muted', ({ muted }) => !muted);
    mic.next(ramp(100, 9));
    expect(bytesToInt16(await inbox.first(200))[0]).toBe(9);
  });

  it('goes on sending in full duplex', async () => {
    const server = await peer();
    const mic = new Subject<Int16Array>();
    const client = start({ ...server.ports, mic, speaker: deafSpeaker().sink, fullDuplex: true });
    const { reply, inbox } = await server.pair();
    await client.next('connected');
    reply.write(int16ToBytes(ramp(2048)));
    await client.next('playing');
    mic.next(ramp(1024, 7));
    expect(bytesToInt16(await inbox.first(2048))[0]).toBe(7);
    expect(client.events.some((event) => event.type === 'muted')).toBe(false);
  });

  it('sends silence while the user wants not to be heard', async () => {
    const server = await peer();
    const mic = new Subject<Int16Array>();
    const muted = new BehaviorSubject(true);
    const client = start({ ...server.ports, mic, muted });
    const { inbox } = await server.pair();
    await client.next('connected');
    mic.next(ramp(1024));
    muted.next(false);
    mic.next(ramp(1024, 5));
    const heard = bytesToInt16(await inbox.first(4096));
    expect([heard[0], heard[1023], heard[1024]]).toEqual([0, 0, 5]);
    expect(client.events.flatMap((event) => event.type === 'muted' ? [`${event.by} ${event.muted}`] : [])).toEqual(['user true', 'user false']);
  });
});

describe('a server that is not there', () => {
  it('is tried again until it is', async () => {
    const { ports } = await peer();
    for (const step of undo.splice(0)) await step();
    const client = start(ports);
    const first = await client.next('disconnected');
    expect(first.reason).toContain(`${host}:${ports.sendPort}`);
    expect(first.retryIn).toBeGreaterThanOrEqual(0);
    await client.next('connecting', (event) => event.attempt >= 3);
    const server = await peer(ports.sendPort, ports.recvPort);
    await server.pair();
    await client.next('connected');
  });

  it('ends the client with an error where it must not try again', async () => {
    const { ports } = await peer();
    for (const step of undo.splice(0)) await step();
    const client = start({ ...ports, reconnect: false });
    expect(await client.end).toMatchObject({ kind: 'net', code: 'server-unreachable' });
    expect(client.events.at(-1)).toMatchObject({ type: 'failed', code: 'server-unreachable' });
  });

  it.each(['closes', 'resets'] as const)('is come back to after it %s the connection, with the same microphone', async (how) => {
    const server = await peer();
    let opened = 0;
    const voice = new Subject<Int16Array>();
    const mic = new Observable<Int16Array>((subscriber) => {
      opened += 1;
      return voice.subscribe(subscriber);
    });
    const client = start({ ...server.ports, mic });
    const one = await server.pair();
    await client.next('connected');
    for (const socket of [one.reply, one.mic]) {
      if (how === 'closes') socket.destroy();
      else socket.resetAndDestroy();
    }
    await client.next('disconnected');
    const two = await server.pair();
    await client.next('connected', (event) => event !== client.events.find((other) => other.type === 'connected'));
    voice.next(ramp(1024, 9));
    expect(bytesToInt16(await two.inbox.first(2048))[0]).toBe(9);
    expect(opened).toBe(1);
  });

  it.each(['closes', 'resets'] as const)('says what may be the matter where the server %s the connection at once, and not later', async (how) => {
    const server = await peer();
    const client = start({ ...server.ports, mic: NEVER });
    for (const answers of [false, true]) {
      const { mic, reply } = await server.pair();
      const before = client.events.length;
      await client.next('connected', (event) => client.events.indexOf(event) >= before - 1);
      if (answers) {
        reply.write(int16ToBytes(ramp(1024)));
        await client.next('playing');
      }
      for (const socket of [reply, mic]) {
        if (how === 'closes') socket.destroy();
        else socket.resetAndDestroy();
      }
      await client.next('disconnected', (event) => client.events.indexOf(event) >= before);
    }
    const [refused, lost] = client.events.flatMap((event) => event.type === 'disconnected' ? [event.reason] : []);
    expect(refused).toMatch(/at once.*another client.*crossed/);
    expect(lost).not.toMatch(/at once|crossed/);
  });

  it('has its answer played to the end although it has closed both ports', async () => {
    const server = await peer();
    const ear = deafSpeaker();
    const client = start({ ...server.ports, mic: EMPTY, speaker: ear.sink });
    const { mic, reply } = await server.pair();
    await once(mic, 'end');
    mic.destroy();
    reply.end(int16ToBytes(ramp(512)));
    await ear.arrived(512);
    expect(joined(ear.given)).toEqual(ramp(512));
    expect(await client.end).toBe('complete');
  });
});

describe('a wire of another rate', () => {
  it('takes the microphone at --send_rate, in blocks of as many frames as ever', async () => {
    const server = await peer();
    const heard = new Subject<Int16Array>();
    const client = start({ ...server.ports, mic: heard, sendRate: 8_000, blockFrames: 400 });
    const { mic, inbox } = await server.pair();
    await client.next('connected');
    for (let piece = 0; piece < 50; piece++) heard.next(wave(16_000, piece * 320, 320));
    heard.complete();
    await once(mic, 'end');
    const sent = bytesToInt16(inbox.bytes());
    expect(sent).toHaveLength(8_000);
    expect(distance(sent.subarray(100, -100), wave(8_000, 100, 7_800))).toBeLessThan(10);
  });

  it('brings replies at --recv_rate, and what is played is as long and at 16 kHz', async () => {
    const server = await peer();
    const played: Int16Array[] = [];
    const client = start({ ...server.ports, mic: EMPTY, recvRate: 48_000, speaker: (audio) => swallow(audio.pipe(tap((pcm) => played.push(pcm)))) });
    const { reply, mic } = await server.pair();
    await once(mic, 'end');
    const bytes = int16ToBytes(wave(48_000, 0, 46_592));
    for (let at = 0; at < bytes.length; at += 1001) reply.write(bytes.subarray(at, at + 1001));
    reply.end();
    expect(await client.end).toBe('complete');
    const heard = joined(played);
    expect(heard).toHaveLength(Math.ceil(46_592 / 3));
    expect(distance(heard.subarray(100, -100), wave(16_000, 100, heard.length - 200))).toBeLessThan(10);
  });

  it('cannot be of a rate that is none', () => {
    expect(() => start({ sendPort: 1, recvPort: 1, sendRate: 0 })).toThrow(RangeError);
  });
});

describe('failures of the devices', () => {
  const broken = new SpeechError('The microphone cannot be opened.', { kind: 'device', code: 'no-microphone', hint: 'Plug one in.' });

  it('end the client with that error, after news of it', async () => {
    const server = await peer();
    const client = start({ ...server.ports, mic: throwError(() => broken) });
    expect(await client.end).toBe(broken);
    expect(client.events.at(-1)).toMatchObject({ type: 'failed', kind: 'device', code: 'no-microphone', hint: 'Plug one in.' });
  });

  it('leave no connection when the speaker fails', async () => {
    const server = await peer();
    const client = start({ ...server.ports, speaker: () => throwError(() => broken) });
    expect(await client.end).toBe(broken);
    expect(server.order).toEqual([]);
  });
});

describe('an echo canceller', () => {
  const echoCanceller = { cancel: () => new Int16Array(160), free: () => undefined };

  it('is told of as learning where answers can be interrupted, as soon as they can be', async () => {
    const server = await peer();
    const duplex = new Subject<boolean>();
    const client = start({ ...server.ports, echoCanceller, fullDuplex: duplex });
    await client.next('connected');
    expect(client.events.filter(({ type }) => type === 'guard')).toEqual([]);
    duplex.next(true);
    expect(await client.next('guard')).toMatchObject({ trusted: false });
  });
});

describe('the meters', () => {
  it('show what the microphone hears and what the speaker plays', async () => {
    const server = await peer();
    const loud = Int16Array.from({ length: 1600 }, (_, i) => i % 2 === 0 ? 16_384 : -16_384);
    const client = start({ ...server.ports, mic: concat(of(loud), NEVER) });
    const { reply } = await server.pair();
    const ofMic = await client.next('levels', (event) => event.mic !== undefined);
    expect(ofMic.mic?.rms).toBeCloseTo(-6.02, 1);
    reply.write(int16ToBytes(new Int16Array(1024).fill(8192)));
    const ofSpeaker = await client.next('levels', (event) => event.speaker !== undefined);
    expect(ofSpeaker.speaker?.peak).toBeCloseTo(-12.04, 1);
  });

  it('count the bytes of both directions when the connection ends', async () => {
    const server = await peer();
    const client = start({ ...server.ports, mic: concat(of(ramp(2048)), NEVER) });
    const { reply, inbox } = await server.pair();
    await inbox.first(4096);
    reply.end(int16ToBytes(ramp(1024)));
    const last = await client.next('traffic', (event) => event.received > 0);
    expect(last).toMatchObject({ sent: 4096, received: 2048, dropped: 0, underruns: 0 });
  });

  it('show how much of a reply waits to be heard, and how much is collected before one plays', async () => {
    const time = new HandTime();
    const server = await peer();
    const ear = deafSpeaker();
    const client = start({ ...server.ports, speaker: ear.sink, jitter: 20, scheduler: time });
    const { reply } = await server.pair();
    await client.next('connected');
    reply.write(int16ToBytes(ramp(3200)));
    await ear.arrived(3072);
    time.pass(1000);
    expect(client.events.findLast(({ type }) => type === 'traffic')).toMatchObject({ buffered: 192, jitter: 20, underruns: 0 });
    ear.hear(3072);
    reply.write(int16ToBytes(ramp(3200)));
    await ear.arrived(6144);
    expect(client.events.filter(({ type }) => type === 'underrun')).toMatchObject([{ count: 1, jitter: 30 }]);
    time.pass(1000);
    expect(client.events.findLast(({ type }) => type === 'traffic')).toMatchObject({ jitter: 30, underruns: 1 });
  });

  it('give every event its time', async () => {
    const server = await peer();
    const before = Date.now();
    const client = start({ ...server.ports, mic: EMPTY });
    const { reply } = await server.pair();
    reply.end();
    await client.end;
    const times = await new Promise<number[]>((resolve, reject) => {
      from(client.events).pipe(map((event) => event.at), toArray()).subscribe({ next: resolve, error: reject });
    });
    expect(times.every((at) => at >= before && at <= Date.now())).toBe(true);
  });
});
