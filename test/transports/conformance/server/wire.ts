import { bytesToInt16, int16ToBytes } from '../../../../src/audio/pcm.js';
import { closed, hungUp, strangers } from '../../../fixtures/clients.js';
import { tone } from '../../../fixtures/engines.js';
import { holds, within, type Sentence } from '../sentence.js';
import { manners, type Visit } from '../visit.js';

/** §1, the wire. */
export const wire: readonly Sentence<Visit>[] = [
  {
    id: '1.1', profile: 'server', kind: 'contract',
    sentence: 'Accepts two TCP connections: the microphone comes in on one, the reply goes out on the other',
    check: async (visit) => {
      const client = await visit.stock();
      await client.ask();
      holds(client.back.size() === 0, `${client.back.size()} bytes came on the microphone port`);
    },
  },
  {
    id: '1.2', profile: 'server', kind: 'contract',
    sentence: 'Both carry raw PCM: signed 16 bit, little endian, mono, 16 kHz',
    check: async (visit) => {
      manners(visit);
      const reply = await (await visit.stock()).ask();
      holds(reply.length % 2 === 0, `the answer has ${reply.length} bytes, which are no whole samples`);
      const samples = bytesToInt16(reply);
      holds(samples.some((sample) => sample !== 0), 'the answer is all zeros');
      holds(roughness(samples) < roughness(bytesToInt16(Buffer.from(reply).swap16())), 'the answer is smoother when it is read as big endian');
      if (visit.lab === undefined) return;
      const heard: number[] = [];
      const server = await visit.lab.start({
        vad: () => (frame) => {
          heard.push(...frame);
          return frame.some((sample) => sample !== 0) ? 1 : 0;
        },
        llm: () => ['Well.'],
        tts: () => [tone(500)],
      });
      const exact = await (await server.stock()).ask();
      holds(exact.subarray(0, 16_000).equals(int16ToBytes(tone(500))), 'half a second of speech does not come as 16 000 bytes of the same samples');
      const voice = bytesToInt16(server.voice);
      const from = heard.findIndex((sample) => sample !== 0) - 1;
      holds(voice.every((sample, n) => heard[from + n] === sample), 'what the VAD was given is not what was said');
    },
  },
  {
    id: '1.3', profile: 'server', kind: 'contract',
    sentence: 'There is no handshake, header, framing, length, control message or keep-alive',
    check: async (visit) => {
      const client = await visit.stock();
      await client.unanswered('bytes came on the reply port although nobody had said anything');
      if (visit.manners !== undefined) {
        const reply = await client.ask();
        const start = reply.subarray(0, 4).toString('latin1');
        holds(!/^(RIFF|OggS|fLaC|ID3|HTTP|\{")/.test(start), `the answer begins with "${start}"`);
        await client.unanswered('bytes came on the reply port after the answer');
      }
      holds(client.back.size() === 0, `${client.back.size()} bytes came on the microphone port`);
      if (visit.lab === undefined) return;
      let judged = 0;
      const server = await visit.lab.start({ vad: () => () => { judged += 1; return 0; } });
      for (const hello of Object.values(strangers)) {
        const mic = await server.socket('micPort');
        mic.write(hello);
        await within(visit.patience, hungUp(mic), 'what begins like another protocol was not turned away');
      }
      holds(judged === 0, 'what begins like another protocol was taken for audio');
      holds(server.seen.filter((event) => event.type === 'refused' && event.code === 'wrong-protocol').length === Object.keys(strangers).length, 'not everybody who was turned away was told of');
    },
  },
  {
    id: '1.4', profile: 'server', kind: 'contract',
    sentence: 'The microphone port is the server\'s recv_port and the client\'s send_port: a client that crosses them is not heard',
    check: async (visit) => {
      manners(visit);
      const { host, micPort, replyPort } = visit.ports;
      const crossed = await visit.stock({ host, micPort: replyPort, replyPort: micPort });
      await Promise.race([crossed.say(visit.voice), crossed.inbox.all()]);
      await crossed.unanswered('a client whose ports are crossed was answered');
      await crossed.leave();
      await (await visit.stock()).ask();
    },
  },
  {
    id: '1.5', profile: 'server', kind: 'better',
    sentence: 'Nothing but PCM is ever written: no END before the reply port closes',
    check: async (visit) => {
      manners(visit);
      const client = await visit.silentStock();
      await client.speak(visit.voice);
      client.mic.end();
      // Whether it answers a question whose silence never came is up to the server; it may only not write anything else.
      await Promise.race([client.inbox.all(), client.inbox.still(2 * visit.quiet)]);
      await client.inbox.still(visit.quiet);
      const bytes = client.inbox.bytes();
      await closed(client.mic);
      holds(!bytes.subarray(-3).equals(Buffer.from('END')), 'the last bytes are the letters END');
      holds(bytes.length % 2 === 0, `${bytes.length} bytes came, which are no whole samples`);
    },
  },
];

/** How much a sample differs from the next: speech is smooth, and noise where its bytes are read the wrong way round. */
function roughness(samples: Int16Array): number {
  return samples.reduce((sum, sample, n) => sum + Math.abs(sample - (samples[n - 1] ?? sample)), 0);
}
