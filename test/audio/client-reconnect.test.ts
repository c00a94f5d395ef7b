import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { plainLine } from '../../cli/views/plain.js';
import { fakeEngines, silence, tone } from '../fixtures/engines.js';
import { HandTime, host, start, undo, until } from '../fixtures/our-client.js';
import { ourServer, type OurServer } from '../fixtures/our-server.js';

async function server(ports: { recvPort?: number; sendPort?: number } = {}): Promise<OurServer> {
  const running = await ourServer(fakeEngines(), {}, ports);
  undo.push(running.stop);
  return running;
}

describe('R20: a server that is away for 60 s', () => {
  it('is found again within 8 s of its coming back, one line a step, and answers the next utterance and no older one', async () => {
    const time = new HandTime();
    const first = await server();
    const { micPort, replyPort } = first.ports;
    const voice = new Subject<Int16Array>();
    const client = start({ host, sendPort: micPort, recvPort: replyPort, mic: voice, backoff: {}, scheduler: time });
    const { events } = client;
    const count = (type: string): number => events.filter((event) => event.type === type).length;
    const answers = (): number => events.filter((event) => event.type === 'playing' && event.playing).length;
    const ask = (): void => {
      voice.next(tone(640));
      voice.next(silence(2_000));
    };
    await until(() => count('connected') === 1);
    ask();
    await until(() => answers() > 0);

    first.stop();
    await until(() => count('disconnected') === 1);
    const away = time.now();
    const since = events.length;
    let spoken = 0;
    for (let steps = 1; time.now() - away < 60_000; steps++) {
      const { retryIn = 0 } = events.findLast((event) => event.type === 'disconnected')!;
      // The microphone stays open, and somebody speaks.
      for (let ms = 0; ms < retryIn; ms += 100) {
        voice.next(tone(100));
        spoken += 100;
        time.pass(Math.min(100, retryIn - ms));
      }
      await until(() => count('disconnected') === steps + 1, () => time.pass(0));
    }
    const steps = count('disconnected');
    const lines = events.slice(since).filter(({ type }) => type.endsWith('connected') || type === 'connecting').map((event) => plainLine(event));
    expect(lines.filter((line) => line !== undefined)).toHaveLength(steps - 1);
    expect(count('connected')).toBe(1);

    await server({ recvPort: micPort, sendPort: replyPort });
    const { retryIn = 0 } = events.findLast((event) => event.type === 'disconnected')!;
    expect(retryIn).toBeLessThanOrEqual(8_000);
    time.pass(retryIn);
    await until(() => count('connected') === 2);
    expect(events.findLast((event) => event.type === 'connected')).toMatchObject({ missed: spoken });
    const before = answers();
    ask();
    await until(() => answers() > before);
  });
});

describe('a client that waits before it tries again', () => {
  it('tries at once where it is told to', async () => {
    const first = await server();
    const { micPort, replyPort } = first.ports;
    const reconnectNow = new Subject<void>();
    const client = start({ host, sendPort: micPort, recvPort: replyPort, reconnectNow, backoff: { first: 600_000, most: 600_000, random: () => 1 } });
    await client.next('connected');
    first.stop();
    await client.next('disconnected', ({ retryIn }) => retryIn === 600_000);
    await server({ recvPort: micPort, sendPort: replyPort });
    reconnectNow.next();
    const again = await client.next('connecting', ({ attempt }) => attempt === 1);
    await client.next('connected', ({ at }) => at >= again.at);
  });
});
