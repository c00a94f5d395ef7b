import type { Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { int16ToBytes } from '../../../src/audio/pcm.js';
import { ANDROID_BLOCK, STOCK_BLOCK } from '../../fixtures/clients.js';
import type { Pair } from '../../fixtures/doors.js';
import { tone } from '../../fixtures/engines.js';
import { heard, like, type Meeting } from './meeting.js';
import { holds, within, type Sentence } from './sentence.js';
import { keepAliveOf } from './server/keep-alive.js';
import { arrivalsOf, longestGap } from './server/saying.js';

/** What binds a client: §1, what §4 says of the stock clients, and where §5 asks for more. */
export const clientSentences: readonly Sentence<Meeting>[] = [
  {
    id: '1.1', profile: 'client', kind: 'contract',
    sentence: 'Connects to both ports, sends its microphone to one, and writes nothing on the other',
    check: async (meeting) => {
      const { inbox, back } = await spoken(meeting);
      await sleep(meeting.quiet);
      holds(back.size() === 0, `${back.size()} bytes came on the reply port`);
      holds(inbox.size() > 0, 'nothing came on the microphone port');
    },
  },
  {
    id: '1.2', profile: 'client', kind: 'contract',
    sentence: 'Sends raw PCM: whole samples of 16 bit, little endian, mono, 16 kHz, and plays the same',
    check: async (meeting) => {
      const { inbox } = await spoken(meeting);
      await inbox.still(GAP);
      holds(inbox.size() % 2 === 0, `${inbox.size()} bytes came, which are no whole samples`);
      if (meeting.lab === undefined) return;
      const { pair, played } = await meeting.lab.start(tone(640));
      const mine = await pair();
      const said = await mine.inbox.first(20_480);
      holds(said.equals(int16ToBytes(tone(640))), 'what the microphone hears is not what is sent');
      mine.reply.write(int16ToBytes(tone(512)));
      await until(meeting, () => played().length >= 8_192);
      holds(Buffer.from(int16ToBytes(played())).equals(Buffer.from(int16ToBytes(tone(512)))), 'what is played is not what came');
    },
  },
  {
    id: '1.3', profile: 'client', kind: 'contract',
    sentence: 'Speaks without a handshake, and without a header before the audio',
    check: async (meeting) => {
      const { inbox } = await spoken(meeting);
      const start = inbox.bytes().subarray(0, 4).toString('latin1');
      holds(!/^(RIFF|OggS|fLaC|ID3|GET |POST|\{")/.test(start), `the audio begins with "${start}"`);
    },
  },
  {
    id: '1.4', profile: 'client', kind: 'contract',
    sentence: 'Its send_port is the server\'s recv_port: the microphone comes to the microphone port',
    check: async (meeting) => {
      await spoken(meeting);
      holds(meeting.doors.order.includes('mic spoke') && !meeting.doors.order.includes('reply spoke'), 'the microphone comes to the reply port');
    },
  },
  {
    id: '1.5', profile: 'client', kind: 'contract',
    sentence: 'Takes a tail that is no whole block, as the letters END, for noise',
    check: heard(async (lab) => {
      const { pair, played } = await lab.start(new Int16Array(0));
      const { reply } = await pair();
      await new Promise((resolve) => reply.write(int16ToBytes(tone(512)), resolve));
      reply.end('END');
      await sleep(GAP);
      const again = await pair();
      again.reply.write(int16ToBytes(tone(512)));
      const whole = Buffer.concat([int16ToBytes(tone(512)), int16ToBytes(tone(512))]);
      for (const late = performance.now() + 8_000; played().length < whole.length / 2 && performance.now() < late;) await sleep(GAP);
      holds(Buffer.from(int16ToBytes(played())).equals(whole), 'the tail was played');
    }),
  },
  {
    id: '4.1', profile: 'client', kind: 'contract',
    sentence: 'The desktop client connects the microphone port, then the reply port',
    check: like('desktop', async (meeting) => {
      await meeting.meet();
      const [first, second] = meeting.doors.order;
      holds(first === 'mic opened' && second === 'reply opened', `first ${first ?? 'nothing'}, then ${second ?? 'nothing'}`);
    }),
  },
  {
    id: '4.2', profile: 'client', kind: 'contract',
    sentence: 'The desktop client sends blocks of 2048 bytes',
    check: like('desktop', (meeting) => inBlocks(meeting, STOCK_BLOCK)),
  },
  {
    id: '4.3', profile: 'client', kind: 'contract',
    sentence: 'The desktop client sends nothing at all while it has audio to play, but for one block that leaks with the last',
    check: like('desktop', async (meeting) => {
      const pair = await spoken(meeting);
      const gap = await gapDuring(meeting, pair, async () => void pair.reply.write(REPLY));
      holds(gap > MUTE, `it went on sending: the longest pause during a reply of ${PLAYS} ms is ${Math.round(gap)} ms`);
    }),
  },
  {
    id: '4.4', profile: 'client', kind: 'contract',
    sentence: 'The desktop client reads blocks of 2048 bytes, however they come',
    check: like('desktop', async (meeting) => {
      const pair = await spoken(meeting);
      const gap = await gapDuring(meeting, pair, () => inPieces(pair.reply));
      holds(gap > MUTE, `a reply that came in odd pieces is not played whole: the longest pause is ${Math.round(gap)} ms`);
    }),
  },
  {
    id: '4.5', profile: 'client', kind: 'contract',
    sentence: 'The desktop client keeps its idle output awake with noise of one step, so that the first words are not swallowed',
    check: like('desktop', heard(async (lab) => {
      const { pair, written } = await lab.start(new Int16Array(0));
      await pair();
      for (const late = performance.now() + 8_000; written().length < 4_000 && performance.now() < late;) await sleep(GAP);
      holds(written().length >= 4_000, 'nothing is written to the output while it is idle');
      holds(written().some((sample) => sample !== 0), 'the idle output is digital silence');
      holds(written().every((sample) => Math.abs(sample) <= 1), 'the idle output can be heard');
    })),
  },
  {
    id: '4.8', profile: 'client', kind: 'contract',
    sentence: 'The Android client opens both ports, in whatever order, before it says anything',
    check: like('android', async (meeting) => {
      await spoken(meeting);
      const { order } = meeting.doors;
      holds(order.indexOf('mic spoke') > Math.max(order.indexOf('mic opened'), order.indexOf('reply opened')), `it went: ${order.join(', ')}`);
    }),
  },
  {
    id: '4.9', profile: 'client', kind: 'contract',
    sentence: 'The Android client sends writes of 1024 bytes without a pause, whatever is played',
    check: like('android', async (meeting) => {
      await inBlocks(meeting, ANDROID_BLOCK);
      const pair = await meeting.meet();
      const gap = await gapDuring(meeting, pair, async () => void pair.reply.write(REPLY));
      holds(gap < MUTE, `it paused for ${Math.round(gap)} ms`);
    }),
  },
  {
    id: '4.10', profile: 'client', kind: 'contract',
    sentence: 'The Android client reads any length',
    check: like('android', async (meeting) => {
      const { reply } = await spoken(meeting);
      await within(meeting.patience, inPieces(reply), 'a reply in odd pieces was not taken');
    }),
  },
  {
    id: '5.5', profile: 'client', kind: 'better',
    sentence: 'Notices a server that has vanished: keep-alive after 5 s on both ports',
    check: async (meeting) => {
      const { reply } = await meeting.meet();
      const wait = await keepAliveOf(reply);
      holds(wait !== undefined && wait <= 5, wait === undefined ? 'the reply port has no keep-alive' : `its keep-alive waits ${wait} s`);
    },
  },
  {
    id: '4.7', profile: 'client', kind: 'better',
    sentence: 'Comes back by itself when the server has closed both ports',
    check: async (meeting) => comesBack(meeting, (socket) => socket.destroy()),
  },
  {
    id: '5.12', profile: 'client', kind: 'better',
    sentence: 'Comes back by itself when its connections are reset',
    check: async (meeting) => comesBack(meeting, (socket) => socket.resetAndDestroy()),
  },
  {
    id: '4.6', profile: 'client', kind: 'contract',
    sentence: 'Leaves by closing the reply port first',
    check: like('desktop', async (meeting) => {
      await spoken(meeting);
      const from = meeting.doors.order.length;
      await meeting.dismiss();
      const left = (): readonly string[] => meeting.doors.order.slice(from).filter((one) => one.endsWith('left'));
      await until(meeting, () => left().length >= 2);
      holds(left()[0] === 'reply left', `it went: ${left().join(', ')}`);
    }),
  },
];

/** Milliseconds of {@link REPLY}, and of silence that nobody falls into by chance. */
const PLAYS = 1_024;
const MUTE = 600;
const REPLY = int16ToBytes(tone(PLAYS));
/** Milliseconds between two blocks of a microphone, less what timers and networks add. */
const GAP = 15;

/** The client as soon as it has said something. */
async function spoken(meeting: Meeting): Promise<Pair> {
  const pair = await meeting.meet();
  await within(meeting.patience, pair.inbox.first(pair.inbox.size() + 1), 'nothing comes on the microphone port');
  return pair;
}

async function inBlocks(meeting: Meeting, block: number): Promise<void> {
  const { inbox } = await spoken(meeting);
  for (let n = 0; n < 5; n += 1) {
    await inbox.first(inbox.size() + 1);
    await within(meeting.patience, inbox.still(GAP), `nothing tells where a block of ${block} bytes ends`);
    holds(inbox.size() % block === 0, `${inbox.size()} bytes came, which are no whole blocks of ${block}`);
  }
}

/** The longest pause (ms) of the microphone while a reply is played. */
async function gapDuring({ patience }: Meeting, { mic, inbox }: Pair, reply: () => Promise<void>): Promise<number> {
  const arrivals = arrivalsOf(mic);
  await within(patience, inbox.first(inbox.size() + 1), 'nothing comes on the microphone port');
  await reply();
  await sleep(PLAYS + MUTE);
  await within(patience, inbox.first(inbox.size() + 1), 'nothing comes on the microphone port after a reply');
  return longestGap(arrivals);
}

/** The reply in pieces that fit no block. */
async function inPieces(socket: Socket): Promise<void> {
  const sizes = [1_000, 1, 333, 2_049, 714];
  for (let at = 0, n = 0; at < REPLY.length; n += 1) {
    const piece = REPLY.subarray(at, at + (sizes[n % sizes.length] ?? 1));
    at += piece.length;
    await new Promise((resolve) => socket.write(piece, resolve));
    await turn();
  }
}

async function comesBack(meeting: Meeting, cut: (socket: Socket) => void): Promise<void> {
  const { mic, reply } = await spoken(meeting);
  for (const socket of [reply, mic]) cut(socket);
  const { inbox } = await within(meeting.patience, meeting.again(), 'it does not come back');
  await within(meeting.patience, inbox.first(1), 'it comes back and says nothing');
}

async function until({ patience }: Meeting, isSo: () => boolean): Promise<void> {
  for (const late = performance.now() + patience; !isSo() && performance.now() < late;) await sleep(GAP);
}
