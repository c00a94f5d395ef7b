import { setTimeout as sleep } from 'node:timers/promises';
import { of, throwError } from 'rxjs';
import type { Engines } from '../../../../src/engines.js';
import { bytesToInt16, int16ToBytes } from '../../../../src/audio/pcm.js';
import { holds, Skipped, type Sentence } from '../sentence.js';
import { firstly, inside, type ServerLab } from '../server-lab.js';
import { manners, type Visit } from '../visit.js';
import { arrivalsOf, longestGap } from './saying.js';

/** Of §3: when a server listens, and when it does not. */
export const gates: readonly Sentence<Visit>[] = [
  {
    id: '3.6', profile: 'server', kind: 'contract',
    sentence: 'From the end of an utterance until the kernel has the last byte of the reply, microphone audio is dropped, not queued',
    check: async (visit) => {
      manners(visit);
      const client = await visit.android();
      const alone = (await client.ask()).length;
      // The moment lies between the end of the utterance, which nobody tells, and the answer. Where the server is held up
      // just then it hears the second question late, and rightly answers it; one that queues answers it every time.
      const outcomes: string[] = [];
      for (const share of [0.6, 0.7, 0.5, 0.85]) {
        if (!outcomes.includes('dropped')) outcomes.push(await interrupted(visit, client, share, alone));
      }
      if (!outcomes.includes('dropped')) {
        holds(outcomes.filter((one) => one === 'queued').length < 2, 'what was said while the answer was prepared was answered, too');
        throw new Skipped('no moment was found between the end of a question and its answer');
      }
      await client.ask();
      if (visit.lab !== undefined) await waitsForTheKernel(visit.lab);
    },
  },
  {
    id: '3.7', profile: 'server', kind: 'contract',
    sentence: 'Speech that is shorter than min_speech_ms is discarded, and listening stays on',
    check: async (visit) => {
      manners(visit);
      const client = await visit.stock();
      await client.say(loudest(visit.voice, 96));
      await client.unanswered('96 ms of speech were answered');
      await client.ask();
    },
  },
  {
    id: '3.8', profile: 'server', kind: 'contract',
    sentence: 'A transcript without words re-opens listening, and the LLM is not asked',
    check: inside('an STT that finds no words', async (lab) => {
      let asked = 0;
      const server = await lab.start({
        stt: firstly(() => of({ text: ' ', final: true }), () => of({ text: 'Words 8.', final: true })),
        llm: (messages) => { asked += 1; return of(messages.at(-1)?.content ?? ''); },
      });
      const client = await server.stock();
      await client.say(server.voice);
      await server.until('cancelled', ({ reason }) => reason === 'no-words');
      await server.until('gate', ({ open }) => open);
      holds(asked === 0, 'the LLM was asked all the same');
      await client.ask();
    }),
  },
  {
    id: '3.9', profile: 'server', kind: 'contract',
    sentence: 'A failure of the LLM or the TTS re-opens listening at once',
    check: inside('an LLM and a TTS that fail', async (lab) => {
      const boom = throwError(() => new Error('boom'));
      const failing: Readonly<Record<string, Partial<Engines>>> = {
        llm: { llm: firstly(() => boom, () => of('Fine 9.')) },
        tts: { tts: firstly(() => boom, () => of(new Int16Array(800))) },
      };
      for (const [stage, engines] of Object.entries(failing)) {
        const server = await lab.start(engines, { watchdog: 0 });
        const client = await server.stock();
        await client.say(server.voice);
        await server.until('failed', (event) => event.stage === stage);
        await server.until('gate', ({ open }) => open);
        await client.ask();
      }
    }),
  },
];

/** Asks, and asks again while the first answer is being prepared. */
async function interrupted(visit: Visit, client: Awaited<ReturnType<Visit['android']>>, share: number, alone: number): Promise<'dropped' | 'queued' | 'missed'> {
  const { latency, repeats } = manners(visit);
  const before = client.inbox.size();
  const arrivals = arrivalsOf(client.reply);
  await client.say(visit.voice);
  await sleep(share * latency);
  const early = arrivals.length > 0;
  await client.speak(visit.voice);
  const late = arrivals.length > 0;
  const { length } = await client.answer(before);
  await client.inbox.still(visit.quiet + 2 * latency);
  if (early || late) return 'missed';
  const all = client.inbox.size() - before;
  if (!repeats) return all > length || longestGap(arrivals) > 0.75 * latency ? 'queued' : 'dropped';
  // Neither one answer nor two: both were taken for one question, since the first had not ended.
  return all === alone ? 'dropped' : all === 2 * alone ? 'queued' : 'missed';
}

/** The gate of a server whose reply is not taken stays closed, however much the socket has accepted. */
async function waitsForTheKernel(lab: ServerLab): Promise<void> {
  const server = await lab.start({ llm: () => of('Well.'), tts: firstly(() => of(new Int16Array(8_000_000)), () => of(new Int16Array(800))) }, {}, { stallTimeout: 0 });
  const client = await server.silentAndroid();
  client.reply.pause();
  await client.speak(Buffer.concat([server.voice, new Uint8Array(64_000)]));
  await server.until('reply.started');
  await client.speak(server.voice);
  await sleep(2 * server.quiet);
  holds(!server.seen.some((event) => event.type === 'gate' && event.open), 'it listens although the kernel does not have its reply');
  client.reply.resume();
  const { dropped = 0 } = await server.until('gate', ({ open }) => open);
  holds(dropped >= 640, 'what was said meanwhile is not counted as dropped');
}

/** The loudest so many ms of it. */
function loudest(voice: Uint8Array, ms: number): Uint8Array {
  const samples = bytesToInt16(voice);
  const length = 16 * ms;
  let [best, most] = [0, -1];
  for (let from = 0; from + length <= samples.length; from += 256) {
    const energy = samples.subarray(from, from + length).reduce((sum, sample) => sum + sample * sample, 0);
    if (energy > most) [best, most] = [from, energy];
  }
  return int16ToBytes(samples.slice(best, best + length));
}
