import { EMPTY, finalize, from, map, NEVER, of, throwError, timer } from 'rxjs';
import { loadSettings } from '../../../../src/config/load.js';
import type { Engines } from '../../../../src/engines.js';
import { bytesToInt16, int16ToBytes } from '../../../../src/audio/pcm.js';
import { silence, joined } from '../../../fixtures/engines.js';
import { Broken, holds, Skipped, within, type Sentence } from '../sentence.js';
import { firstly, inside } from '../server-lab.js';
import { manners, type Visit } from '../visit.js';
import { endings } from './endings.js';
import { eventsPort } from './events-port.js';
import { wholeBlocks } from './saying.js';

/** Of §5, what is better on the same wire: turns. How clients and servers end is in endings.ts. */
const betterTurns: readonly Sentence<Visit>[] = [
  {
    id: '5.2', profile: 'server', kind: 'better',
    sentence: 'The watchdog is a real timer: a silent client trips it too, the stuck turn is cancelled, and nothing is lost',
    check: inside('an answer that never ends', async (lab) => {
      let live = 0;
      const stuck = NEVER.pipe(finalize(() => (live -= 1)));
      const server = await lab.start({ llm: () => { live += 1; return stuck; } }, { watchdog: 200 });
      const client = await server.silentAndroid();
      await client.speak(Buffer.concat([server.voice, new Uint8Array(49_152)]));
      await server.until('gate', ({ open }) => open);
      holds(live === 0, 'the stuck answer runs on');
      await server.until('cancelled', ({ reason }) => reason === 'watchdog');
      // The first bytes after it are the question: were the first of them lost, fewer frames would be heard.
      await client.speak(Buffer.concat([server.voice, new Uint8Array(49_152)]));
      const { text } = await server.until('transcript', ({ turn, final }) => turn === 2 && final);
      holds(text === 'I heard 20 frames.', `of 20 frames after the watchdog it says "${text}"`);
    }),
  },
  {
    id: '5.3', profile: 'server', kind: 'better',
    sentence: 'Where the STT fails, or finds no text, listening re-opens at once, and an event says why',
    check: inside('an STT that fails', async (lab) => {
      const ways: readonly (readonly [Engines['stt'], why: string])[] = [
        [() => throwError(() => new Error('boom')), 'the STT failed'],
        [() => of({ text: '', final: true }), 'no words were heard'],
        [() => EMPTY, 'no words'],
      ];
      for (const [stt, why] of ways) {
        let failing = true;
        const server = await lab.start({ stt: (utterance) => (failing ? stt(utterance) : of({ text: 'Words 8.', final: true })) }, { watchdog: 0 });
        const client = await server.stock();
        await client.say(server.voice);
        const { reason } = await server.until('gate', ({ open }) => open);
        failing = false;
        holds(reason.includes(why), `the event gives "${reason}" as the reason`);
        await client.ask();
      }
    }),
  },
  {
    id: '5.6', profile: 'server', kind: 'better',
    sentence: 'Every queue is bounded: what a client is slow to take is not spoken further, and one for which too much waits is let go',
    check: inside('an answer that is longer than anybody listens', async (lab) => {
      const server = await lab.start({ llm: () => of('Well.'), tts: () => from(Array.from({ length: 1_000 }, () => new Int16Array(32_000))) });
      const client = await server.silentStock();
      client.reply.pause();
      await client.speak(Buffer.concat([server.voice, new Uint8Array(64_000)]));
      const { reason } = await server.until('disconnected');
      holds(reason.includes('slow reader: more than'), `it was let go because "${reason}"`);
      const endless = await lab.start({ llm: () => timer(0, 1).pipe(map(() => 'This is one of the many sentences of this answer. ')), tts: () => of(new Int16Array(64_000)) }, {}, { stallTimeout: 0 });
      const slow = await endless.silentStock();
      slow.reply.pause();
      await slow.speak(Buffer.concat([endless.voice, new Uint8Array(64_000)]));
      const { waiting } = await endless.until('wire', (event) => event.waiting > 0);
      holds(waiting <= 512 * 1_024, `${waiting} bytes wait for it`);
    }),
  },
  {
    id: '5.7', profile: 'server', kind: 'better',
    sentence: 'A question right after an answer does not have the previous one before it',
    check: async (visit) => {
      if (!manners(visit).repeats) throw new Skipped('its answers vary, so they do not tell what was heard');
      const client = await visit.stock();
      const once = await client.ask();
      const before = client.inbox.size();
      await client.say(visit.voice);
      await within(visit.patience, client.inbox.first(before + 1), 'no answer came');
      await client.say(visit.voice);
      await within(visit.patience, client.inbox.first(before + once.length + 1), 'a question right after an answer was not answered');
      holds((await client.answer(before + once.length)).equals(once), 'the same question gets another answer when it is asked right after an answer');
    },
  },
  {
    id: '5.8', profile: 'server', kind: 'better',
    sentence: 'Speech that is longer than max_speech_ms is split, not discarded',
    check: inside('to choose its --max_speech_ms', async (lab) => {
      const server = await lab.start({}, { session: { speech: { minSilence: 300, maxSpeech: 960 } } });
      const client = await server.stock();
      const tripled = Buffer.concat([server.voice, server.voice, server.voice]);
      await client.ask(tripled);
      const { reason, accepted } = await server.until('speech.stopped');
      holds(accepted && reason === 'length', `it ended by ${reason} and was ${accepted ? '' : 'not '}accepted`);
    }),
  },
  {
    id: '5.9', profile: 'server', kind: 'better',
    sentence: 'The commands of the reference\'s README run as they stand',
    check: inside('to read its flags', async () => {
      for (const command of ['--recv_host 0.0.0.0 --send_host 0.0.0.0', '--mode socket --recv_host 0.0.0.0 --send_host 0.0.0.0', '--mode socket --llm_backend responses-api --model_name gpt-4o-mini --responses_api_stream --chat_size 10']) {
        try {
          loadSettings('serve', command.split(' '), {}, () => '');
        } catch (error) {
          throw new Broken(`speech-to-speech ${command}: ${String(error)}`);
        }
      }
    }),
  },
  eventsPort,
  {
    id: '5.11', profile: 'server', kind: 'better',
    sentence: 'A short pause does not cut a sentence, unless --min_silence_ms asks for it',
    check: async (visit) => {
      const { latency } = manners(visit);
      const client = await visit.stock();
      const once = (await client.ask()).length;
      const voice = bytesToInt16(visit.voice);
      // The second half lasts longer than an answer to the first would take.
      const times = Math.ceil((1.5 * latency * visit.speed * 16) / voice.length);
      const before = client.inbox.size();
      await Promise.race([
        client.say(int16ToBytes(joined(voice, silence(PAUSE), ...Array.from({ length: times }, () => voice)))),
        client.inbox.first(before + 1),
      ]);
      holds(client.inbox.size() === before, `a pause of ${PAUSE} ms in a sentence was taken for its end`);
      const { length } = await client.answer(before);
      if (visit.lab === undefined) return;
      holds(length > once, 'of a sentence with a pause only a half was heard');
      const server = await visit.lab.start({}, { session: { speech: { minSilence: 64 } } });
      await (await server.stock()).say(int16ToBytes(joined(voice, silence(PAUSE), voice)));
      const { voiced } = await server.until('speech.stopped');
      holds(voiced < 700, '--min_silence_ms 64 is not honoured');
    },
  },
  {
    id: '5.15', profile: 'server', kind: 'better',
    sentence: 'A stuck LLM stream is cancelled by the watchdog, and the next turn is answered',
    check: inside('an LLM that gets stuck in the middle', async (lab) => {
      const cancelled: string[] = [];
      const stuck = new Promise<never>(() => undefined);
      async function* words(): AsyncGenerator<string> {
        yield 'Well, ';
        await stuck;
      }
      const server = await lab.start({ llm: firstly(() => from(words()).pipe(finalize(() => cancelled.push('llm'))), () => of('Yes 9.')) }, { watchdog: 250 });
      const client = await server.stock();
      await client.say(server.voice);
      await server.until('gate', ({ open }) => open);
      holds(cancelled.length === 1, 'the stream of the LLM runs on');
      await client.ask();
    }),
  },
  {
    id: '5.16', profile: 'server', kind: 'better',
    sentence: 'No 32 ms of a reply stay in the desktop client until the next: replies are padded to 2048 bytes',
    check: wholeBlocks,
  },
];

/** Milliseconds that a speaker takes breath. */
const PAUSE = 300;

/** §5, in its order. */
export const better: readonly Sentence<Visit>[] = [...betterTurns, ...endings].sort((one, other) => Number(one.id.slice(2)) - Number(other.id.slice(2)));
