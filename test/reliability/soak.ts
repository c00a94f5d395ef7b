/**
 * R17: one client after the other asks a question every so often, in every way, for a long time, with instant engines, some of
 * which fail, and a network that cuts bytes anywhere. Prints what the process holds, and exits 1 where that grows or a turn is lost.
 *
 *   npm run soak -- [--minutes 5] [--json]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { concat, of, throwError } from 'rxjs';
import { int16ToBytes } from '../../src/audio/pcm.js';
import { stockClient } from '../fixtures/clients.js';
import { fakeEngines, joined, silence, slowly, tone } from '../fixtures/engines.js';
import { countedServer } from './counted-server.js';
import { held, type Held } from './held.js';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new RangeError(`--minutes must be above 0, not ${values.minutes}.`);

/** Turns of one client, after which another comes. */
const TURNS = 20;
/** Ten seconds of audio, of which one is speech. */
const TURN = int16ToBytes(joined(silence(500), tone(1_000), silence(8_500)));

let calls = 0;
const engines = fakeEngines({
  llm: (messages) => {
    calls += 1;
    if (calls % 17 === 0) return throwError(() => new Error('on purpose'));
    if (calls % 13 === 0) return concat(of('Half of it. '), throwError(() => new Error('on purpose')));
    return slowly(1, ['You said ', messages.at(-1)?.content ?? '', ' Thank you.'])(messages);
  },
});

const server = await countedServer(engines);
const samples: (Held & { readonly rss: number; readonly minute: number })[] = [];
const began = performance.now();
let [asked, next] = [0, 0];
process.on('unhandledRejection', (error) => { throw error; });

/** Waits until something is so, ten seconds at most. */
async function until(so: () => boolean): Promise<void> {
  for (const patience = performance.now() + 10_000; !so() && performance.now() < patience;) await sleep(1);
}

while (performance.now() - began < minutes * 60_000) {
  const client = await stockClient(server.ports);
  for (let turn = 0; turn < TURNS; turn++) {
    asked += 1;
    for (let at = 0; at < TURN.length;) {
      const size = 1 + Math.floor(Math.random() * 6_000);
      await client.speak(TURN.subarray(at, at + size));
      at += size;
    }
    await until(() => server.ended() >= asked && server.listening());
  }
  await client.leave();
  if (performance.now() - began < next) continue;
  next += (minutes * 60_000) / 20;
  const sample = { minute: (performance.now() - began) / 60_000, ...await held(), rss: process.memoryUsage().rss };
  samples.push(sample);
  if (!values.json) console.log(`${sample.minute.toFixed(1).padStart(6)} min  ${asked} turns  heap ${(sample.heap / 1e6).toFixed(1)} MB  rss ${(sample.rss / 1e6).toFixed(0)} MB  ${sample.descriptors} descriptors  ${sample.timers} timers`);
}
server.stop();

const steady = samples.slice(Math.floor(samples.length / 4));
const [first, last] = [steady[0], steady.at(-1)];
if (first === undefined || last === undefined) throw new Error('Too short to say anything.');
const grown = (last.heap - first.heap) / Math.max(1e-9, (last.minute - first.minute) / 60);
const [answered, failed] = [server.count('reply.done'), server.count('failed')];
const lost = asked - answered - failed;
const sound = lost === 0 && server.open() === 0 && last.descriptors <= first.descriptors && last.timers <= first.timers && last.heap - first.heap < 2e6;
console.log(values.json ? JSON.stringify({ asked, answered, failed, lost, heapGrowthAnHour: grown, sound })
  : `${answered} answered, ${failed} failed on purpose, ${lost} lost; heap ${(grown / 1e6).toFixed(2)} MB an hour\n${sound ? 'sound' : 'NOT sound'}`);
process.exitCode = sound ? 0 : 1;
