import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { of } from 'rxjs';
import { closed, dial, hungUp, STOCK_BLOCK } from '../../../fixtures/clients.js';
import { holds, Skipped, within, type Sentence } from '../sentence.js';
import { started } from '../server-lab.js';
import { isRefused, manners, newVisit, type Visit } from '../visit.js';
import { keepAliveOf } from './keep-alive.js';

/** Of §5: clients and servers that leave, in whatever way. */
export const endings: readonly Sentence<Visit>[] = [
  {
    id: '5.1', profile: 'server', kind: 'better',
    sentence: 'After one client the next is served; a second at the same time is refused at once, visibly',
    check: async (visit) => {
      manners(visit);
      const first = await visit.stock();
      await first.ask();
      const second = await tried(visit);
      if (second !== undefined) {
        await within(Math.max(visit.quiet, AT_ONCE), hungUp(second), 'a second client is neither refused nor served').finally(() => second.destroy());
      }
      await first.ask();
      await visit.fresh();
      const next = await tried(visit);
      holds(next !== undefined, 'its ports are closed after the first client has left');
      await closed(next);
      await visit.fresh();
      await (await visit.stock()).ask();
      if (visit.lab === undefined) return;
      const server = await visit.lab.start();
      await server.stock();
      await server.until('paired');
      await server.socket('micPort');
      await within(visit.patience, server.until('refused', ({ code }) => code === 'busy'), 'nobody is told that a second client was refused');
    },
  },
  {
    id: '5.4', profile: 'server', kind: 'better',
    sentence: 'Ctrl-C before any client has connected ends it',
    check: started(async (start, { patience }) => {
      const { signal, exited } = await start();
      signal('SIGINT');
      const code = await within(patience, exited, 'it did not exit after SIGINT');
      holds(code === 130 || code === 0, `it exited with ${code}`);
    }),
  },
  {
    id: '5.5', profile: 'server', kind: 'better',
    sentence: 'A peer that has vanished is noticed: keep-alive after 5 s, and a client that takes nothing for 10 s is let go',
    check: async (visit) => {
      const client = await visit.silentStock();
      for (const [name, socket] of [['microphone', client.mic], ['reply', client.reply]] as const) {
        const wait = await keepAliveOf(socket);
        holds(wait !== undefined, `the ${name} port has no keep-alive`);
        holds(wait <= 5, `the ${name} port's keep-alive waits ${wait} s`);
      }
      if (visit.lab === undefined) return;
      const server = await visit.lab.start({ tts: () => of(new Int16Array(8_000_000)) }, {}, { stallTimeout: 300, pairTimeout: 300 });
      const reader = await server.silentStock();
      reader.reply.pause();
      await reader.speak(Buffer.concat([server.voice, new Uint8Array(64_000)]));
      holds((await server.until('disconnected')).reason.includes('slow reader'), 'it was not let go as a slow reader');
      const half = await server.socket('micPort');
      await within(visit.patience, hungUp(half), 'half a client was not let go');
      holds((await server.until('disconnected', ({ session }) => session === 2)).reason.includes('no reply port'), 'half a client was let go for another reason');
    },
  },
  {
    id: '5.12', profile: 'server', kind: 'better',
    sentence: 'A microphone connection that is reset ends the session, and the next client is served',
    check: (visit) => leavesBy(visit, ({ mic, reply }) => {
      mic.resetAndDestroy();
      return reply;
    }, 'the reply port stays open after the microphone connection was reset'),
  },
  {
    id: '5.13', profile: 'server', kind: 'better',
    sentence: 'A reply port that is closed first, as the desktop client does, ends the session, and the next client is served',
    check: (visit) => leavesBy(visit, ({ mic, reply }) => {
      reply.destroy();
      return mic;
    }, 'the microphone port stays open after the reply port was closed'),
  },
  {
    id: '5.14', profile: 'server', kind: 'better',
    sentence: 'SIGTERM while a client is connected lets the answer finish, and it exits with 0 within 10 s',
    check: started(async (start, visit) => {
      const { signal, exited, ports } = await start();
      const here = newVisit({ ...visit, ports });
      try {
        const client = await here.stock();
        await client.say(visit.voice);
        await sleep((visit.manners?.latency ?? 0) / 2);
        signal('SIGTERM');
        const code = await within(DRAIN, exited, 'it is still there');
        holds(code === 0, `it exited with ${code}`);
        holds(client.inbox.size() % STOCK_BLOCK === 0, 'the answer under way was cut');
      } finally {
        await here.end();
      }
    }),
  },
];

/** Milliseconds that still are at once, on a machine that has other things to do. */
const AT_ONCE = 2_000;
/** Milliseconds a server may take to exit: the ten seconds of the contract, and what a process needs to end. */
const DRAIN = 12_000;

/** A connection to the microphone port, undefined where it was refused. */
async function tried({ ports }: Visit): Promise<Socket | undefined> {
  try {
    return await dial(ports.host, ports.micPort);
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw error;
  }
}

type Client = Awaited<ReturnType<Visit['stock']>>;

/** One port of a client ends in its own way; the server closes the other, and answers the next client. */
async function leavesBy(visit: Visit, leave: (client: Client) => Client['mic'], otherwise: string): Promise<void> {
  if (visit.manners === undefined) throw new Skipped('the server answered no question before');
  const client = await visit.stock();
  await client.ask();
  // A reset that comes together with the last audio is not told from an end: libuv reports end of file.
  client.hush();
  await sleep(visit.quiet);
  await within(visit.patience, hungUp(leave(client)), otherwise);
  await visit.fresh();
  await (await visit.stock()).ask();
}
