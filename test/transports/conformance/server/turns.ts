import { NEVER, of, Subject } from 'rxjs';
import { whilePrepared } from '../../../../cli/commands/life.js';
import type { Prepared } from '../../../../cli/commands/prepare.js';
import { serve } from '../../../../src/server.js';
import { listenTcp } from '../../../../src/transports/tcp.js';
import { dial } from '../../../fixtures/clients.js';
import { freePort } from '../../../fixtures/free-port.js';
import { holds, type Sentence } from '../sentence.js';
import { countingEngines, firstly, inside } from '../server-lab.js';
import { isRefused, manners, newVisit, type Visit } from '../visit.js';
import { gates } from './gates.js';
import { arrivalsOf, looksPaced, MS, speakUntil, wholeBlocks } from './saying.js';

/** §3, how a server behaves. */
export const turns: readonly Sentence<Visit>[] = [
  {
    id: '3.1', profile: 'server', kind: 'contract',
    sentence: 'The ports are bound when the models are loaded and warm; until then a connection is refused',
    check: inside('models whose loading it can hold up', async (lab) => {
      const { ports: { host }, ...subject } = await lab.start();
      const [micPort, replyPort] = [await freePort(), await freePort()] as const;
      const ports = { host, micPort, replyPort };
      const loading = new Subject<Prepared>();
      const doors = listenTcp({ recvHost: host, recvPort: micPort, sendHost: host, sendPort: replyPort });
      const serving = loading.pipe(whilePrepared((engines) => serve({ doors, engines }))).subscribe();
      const visit = newVisit({ ...subject, ports });
      try {
        for (const port of [micPort, replyPort]) {
          const early = await dial(host, port).catch((error: unknown) => error);
          holds(isRefused(early), 'a port accepts although no model is loaded');
        }
        loading.next({ type: 'prepared', engines: countingEngines() });
        await (await visit.stock()).ask();
      } finally {
        await visit.end();
        serving.unsubscribe();
      }
    }),
  },
  {
    id: '3.2', profile: 'server', kind: 'contract',
    sentence: 'The two ports may be connected in either order',
    check: async (visit) => {
      manners(visit);
      const reply = await visit.socket('replyPort');
      const client = visit.join(await visit.socket('micPort'), reply);
      await speakUntil(visit, client, () => client.inbox.size() > 0);
      await client.answer();
    },
  },
  {
    id: '3.3', profile: 'server', kind: 'contract',
    sentence: 'Listening starts when the microphone port is accepted; a reply port that comes late gets the audio queued so far',
    check: async (visit) => {
      const { latency } = manners(visit);
      const mic = await visit.socket('micPort');
      const half = visit.join(mic);
      const wait = 3_000 + (latency + visit.quiet) * visit.speed;
      await speakUntil(visit, half, (sent) => sent >= visit.voice.length + wait * MS);
      await visit.join(mic, await visit.socket('replyPort')).answer();
    },
  },
  {
    id: '3.4', profile: 'server', kind: 'contract',
    sentence: 'Microphone bytes are taken in chunks of one size however TCP cuts them: what is over is kept for the next',
    check: async (visit) => {
      const { repeats } = manners(visit);
      const whole = await (await visit.stock()).ask();
      await visit.fresh();
      const client = await visit.silentStock();
      const sizes = [1, 1, 1_500, 3, 477, 2_049, 1, 1_023, 1_025];
      await speakUntil(visit, client, () => client.inbox.size() > 0, (n) => sizes[n % sizes.length] ?? 1);
      const cut = await client.answer();
      holds(!repeats || cut.equals(whole), 'the answer differs where the question was cut in odd pieces');
    },
  },
  {
    id: '3.5', profile: 'server', kind: 'contract',
    sentence: '1024 bytes are 512 samples, one window of the VAD, and any chunk size is cut into those',
    check: inside('to choose its --chunk_size', async (lab) => {
      for (const [chunkSize, block] of [[2, 2_048], [600, 2_048], [4_096, 4_096], [65_534, 2_048]] as const) {
        const lengths = new Set<number>();
        const server = await lab.start({
          vad: () => (frame) => {
            lengths.add(frame.length);
            return frame.some((sample) => Math.abs(sample) > 500) ? 1 : 0;
          },
          llm: () => of('Hm.'),
          tts: () => of(new Int16Array(101)),
        }, { chunkSize });
        const reply = await (await server.stock()).ask();
        holds([...lengths].join() === '512', `with a chunk size of ${chunkSize} the VAD got frames of ${[...lengths].join(', ')} samples`);
        holds(reply.length === block, `with a chunk size of ${chunkSize} a short answer has ${reply.length} bytes`);
      }
    }),
  },
  ...gates,
  {
    id: '3.10', profile: 'server', kind: 'contract',
    sentence: 'A reply is a multiple of 1024 bytes, zero-padded, and not paced',
    check: async (visit) => {
      manners(visit);
      const client = await visit.stock();
      const arrivals = arrivalsOf(client.reply);
      const reply = await client.ask();
      holds(reply.length % 1_024 === 0, `the answer has ${reply.length} bytes`);
      holds(!looksPaced(arrivals), 'the answer comes no faster than it is heard');
      if (visit.lab === undefined) return;
      const server = await visit.lab.start({ llm: () => ['Hm.'], tts: () => [new Int16Array(700).fill(1_000)] });
      const padded = await (await server.stock()).ask();
      holds(padded.subarray(1_400).every((byte) => byte === 0), 'what fills the last block up is not zero');
    },
  },
  {
    id: '3.11', profile: 'server', kind: 'better',
    sentence: 'Each reply is padded to a multiple of 2048 bytes, so that nothing of it stays in the desktop client',
    check: wholeBlocks,
  },
  {
    id: '3.12', profile: 'server', kind: 'contract',
    sentence: 'A watchdog turns listening on, with a warning, when it was off for more than 30 s',
    check: inside('an answer that never ends', async (lab) => {
      const server = await lab.start({ llm: firstly(() => NEVER, () => of('Well 1.')) }, { watchdog: 200 });
      const client = await server.stock();
      await client.say(server.voice);
      await server.until('warning', ({ code }) => code === 'watchdog');
      await server.until('gate', ({ open }) => open);
      await client.ask();
    }),
  },
];
