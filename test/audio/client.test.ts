import { once } from 'node:events';
import { BehaviorSubject, concat, EMPTY, from, map, NEVER, Observable, of, Subject, tap, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { bytesToInt16, int16ToBytes } from '../../src/audio/pcm.js';
import { SpeechError } from '../../src/errors.js';
import { hungUp } from '../fixtures/clients.js';
import { deafSpeaker, host, joined, peer, ramp, start, swallow, undo } from '../fixtures/our-client.js';

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
