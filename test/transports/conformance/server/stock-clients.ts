import { setTimeout as sleep } from 'node:timers/promises';
import { holds, type Sentence } from '../sentence.js';
import { manners, type Visit } from '../visit.js';
import { speakUntil } from './saying.js';

/** §4, the stock clients: that a server serves them as they are. */
export const stockClients: readonly Sentence<Visit>[] = [
  {
    id: '4.1', profile: 'server', kind: 'contract',
    sentence: 'Serves the desktop client, which connects the microphone port, then the reply port, and may say nothing for a while',
    check: async (visit) => {
      manners(visit);
      const client = await visit.silentStock();
      await sleep(visit.quiet);
      holds(!client.mic.closed && !client.reply.closed, 'a client that says nothing was let go');
      await speakUntil(visit, client, () => client.inbox.size() > 0);
      await client.answer();
    },
  },
  {
    id: '4.2', profile: 'server', kind: 'contract',
    sentence: 'Takes microphone blocks of 2048 bytes, whatever its own chunk size',
    check: async (visit) => {
      const { repeats } = manners(visit);
      const inBlocks = await (await visit.stock()).ask();
      await visit.fresh();
      const inChunks = await (await visit.android()).ask();
      holds(!repeats || inBlocks.equals(inChunks), 'the answer differs from that to writes of 1024 bytes');
    },
  },
  {
    id: '4.3', profile: 'server', kind: 'contract',
    sentence: 'Bears with a client that sends nothing at all while it plays, and then goes on',
    check: async (visit) => {
      manners(visit);
      const client = await visit.stock();
      await client.ask();
      await client.unanswered('the block that leaks while the last one plays was answered');
      await client.ask();
    },
  },
  {
    id: '4.4', profile: 'server', kind: 'better',
    sentence: 'A client that reads exact blocks of 2048 bytes plays the whole reply, and nothing of it with the next',
    check: async (visit) => {
      manners(visit);
      const client = await visit.stock();
      const { length } = await client.ask();
      await client.unanswered('more came after the answer');
      holds(length === Math.floor(length / 2_048) * 2_048, `${length % 2_048} of ${length} bytes stay in the client`);
    },
  },
  {
    id: '4.7', profile: 'server', kind: 'contract',
    sentence: 'Keeps the reply port open between turns: the desktop client would spin when it closes, and never come back',
    check: async (visit) => {
      manners(visit);
      const client = await visit.stock();
      await client.ask();
      await client.unanswered('more came after the answer');
      holds(!client.reply.closed && !client.reply.readableEnded, 'the reply port was closed after the answer');
      await client.ask();
    },
  },
  {
    id: '4.8', profile: 'server', kind: 'contract',
    sentence: 'Serves the Android client, which opens both ports in parallel',
    check: async (visit) => {
      manners(visit);
      for (let n = 0; n < 3; n += 1) {
        await (await visit.android()).ask();
        await visit.fresh();
      }
    },
  },
  {
    id: '4.9', profile: 'server', kind: 'contract',
    sentence: 'Takes writes of 1024 bytes that never pause, and are zeros while the client is muted',
    check: async (visit) => {
      manners(visit);
      const client = await visit.android();
      client.mute(true);
      await client.say(visit.voice);
      await client.unanswered('zeros were answered');
      client.mute(false);
      await client.ask();
      await client.ask();
    },
  },
  {
    id: '4.10', profile: 'server', kind: 'contract',
    sentence: 'Delivers the whole reply to a client that reads any length, when it likes',
    check: async (visit) => {
      const { repeats } = manners(visit);
      const client = await visit.android();
      const whole = await client.ask();
      const before = client.inbox.size();
      client.reply.pause();
      await client.say(visit.voice);
      await sleep(visit.quiet + 2 * manners(visit).latency);
      client.reply.resume();
      const late = await client.answer(before);
      holds(!repeats || late.equals(whole), 'a reply that was read late is not the same');
    },
  },
];
