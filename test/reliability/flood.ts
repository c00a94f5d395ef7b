/**
 * R15: strangers knock in crowds, and stay or leave, while one client talks. Prints how the event loop and the client's answers
 * fared, and exits 1 where a cap did not hold or a turn was lost.
 *
 *   npm run flood -- [--seconds 30] [--idle 1000] [--rate 200] [--json]
 */
import { connect, type Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { stockClient } from '../fixtures/clients.js';
import { fakeEngines, joined, silence, tone } from '../fixtures/engines.js';
import { countedServer } from './counted-server.js';
import { held } from './held.js';

const { values } = parseArgs({ options: {
  seconds: { type: 'string', default: '30' }, idle: { type: 'string', default: '1000' }, rate: { type: 'string', default: '200' }, json: { type: 'boolean', default: false },
} });
const [seconds, idle, rate] = [Number(values.seconds), Number(values.idle), Number(values.rate)];

const server = await countedServer(fakeEngines());
const client = await stockClient(server.ports);
const before = await held();
const strangers = new Set<Socket>();
const knock = (port: number): void => {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined).on('close', () => strangers.delete(socket)).resume();
  strangers.add(socket);
};

const question = int16ToBytes(joined(tone(640), silence(1_500)));
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
for (let n = 0; n < idle; n++) knock(n % 2 === 0 ? server.ports.micPort : server.ports.replyPort);
let asked = 0;
const waits: number[] = [];
for (const end = performance.now() + 1_000 * seconds; performance.now() < end;) {
  for (let n = 0; n < rate / 10; n++) knock(n % 2 === 0 ? server.ports.micPort : server.ports.replyPort);
  if (server.ended() === asked && server.listening()) {
    const began = performance.now();
    const had = client.inbox.bytes().length;
    asked += 1;
    await client.speak(question);
    while (client.inbox.bytes().length === had && performance.now() < end + 5_000) await sleep(1);
    waits.push(performance.now() - began);
  }
  await sleep(100);
}
while (server.ended() < asked) await sleep(10);
delay.disable();
await sleep(500);
const open = strangers.size;
for (const socket of strangers) socket.destroy();
const refused = server.count('refused');
const after = await held();
const median = waits.sort((a, b) => a - b)[Math.floor(waits.length / 2)] ?? NaN;
const lost = asked - server.count('reply.done');
const sound = lost === 0 && open === 0 && server.count('connected') === 1 && after.sockets <= before.sockets;
const result = { asked, lost, refused, stillOpen: open, loopDelayP99: delay.percentile(99) / 1e6, loopDelayMax: delay.max / 1e6, answerMedian: median, sound };
console.log(values.json ? JSON.stringify(result)
  : `${refused} strangers turned away, ${open} still there; ${asked} questions, ${lost} lost, median ${median.toFixed(0)} ms; loop delay p99 ${result.loopDelayP99.toFixed(1)} ms, max ${result.loopDelayMax.toFixed(0)} ms\n${sound ? 'sound' : 'NOT sound'}`);
await client.leave();
server.stop();
process.exitCode = sound ? 0 : 1;
