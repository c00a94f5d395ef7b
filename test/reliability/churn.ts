import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { fakeEngines, joined, silence, tone } from '../fixtures/engines.js';
import { countedServer } from './counted-server.js';
import { held, type Held } from './held.js';

export interface Churned {
  readonly before: Held;
  readonly after: Held;
  readonly connected: number;
  readonly disconnected: number;
  readonly refused: number;
  /** Turns that began and were neither answered, cancelled nor failed. */
  readonly open: number;
}

const SPEECH = int16ToBytes(tone(640));
const QUESTION = int16ToBytes(joined(tone(640), silence(1_500)));

/** The ways in which a client may come and go. */
export const ways: readonly ((mic: Socket, reply: Socket) => void)[] = [
  (mic, reply) => { reply.destroy(); mic.destroy(); },
  (mic, reply) => { mic.destroy(); reply.destroy(); },
  (mic, reply) => { mic.resetAndDestroy(); reply.resetAndDestroy(); },
  (mic, reply) => { mic.end(); reply.on('close', () => mic.destroy()); },
  (mic, reply) => { reply.end(); mic.on('close', () => reply.destroy()); },
  (mic, reply) => { mic.write(SPEECH, () => { mic.resetAndDestroy(); reply.destroy(); }); },
  (mic, reply) => { mic.write(QUESTION, () => { reply.resetAndDestroy(); mic.end(); }); },
  (mic, reply) => { mic.write(Buffer.from('GET / HTTP/1.1\r\n\r\n')); mic.on('close', () => reply.destroy()); },
];

/** R1: connects over both ports and leaves again, so many times in every way, and compares what the server held before and after. */
export async function churn(cycles: number, progress: (done: number) => void = () => undefined): Promise<Churned> {
  const server = await countedServer(fakeEngines(), { maxSessions: 4 });
  const { micPort, replyPort } = server.ports;

  const cycle = async (n: number): Promise<void> => {
    const mic = connect(micPort, '127.0.0.1').on('error', () => undefined);
    const reply = connect(replyPort, '127.0.0.1').on('error', () => undefined);
    const gone = Promise.all([mic, reply].map((socket) => new Promise((resolve) => socket.on('close', resolve))));
    mic.resume();
    reply.resume();
    await Promise.all([once(mic, 'connect'), once(reply, 'connect')]).catch(() => undefined);
    ways[n % ways.length]?.(mic, reply);
    await gone;
  };
  const rounds = async (count: number): Promise<void> => {
    let next = 0;
    // Two at a time, so that the one who comes and the one who leaves overlap.
    await Promise.all([0, 1].map(async () => {
      while (next < count) {
        await cycle(next++);
        if (next % 1_000 === 0) progress(next);
      }
    }));
    while (server.count('disconnected') < server.count('connected')) await new Promise(setImmediate);
  };

  await rounds(ways.length * 20);
  const before = await held();
  await rounds(cycles);
  const after = await held();
  const [connected, disconnected, refused] = (['connected', 'disconnected', 'refused'] as const).map(server.count);
  server.stop();
  return { before, after, connected: connected ?? 0, disconnected: disconnected ?? 0, refused: refused ?? 0, open: server.open() };
}
