// A server with instant engines as a process of its own, for a network of its own: prints every event but the audio as a line of JSON.
// Its answers go on for ever where it is told `endless`.
import { concatMap, of, timer, map } from 'rxjs';
import { serve } from '../../src/server.js';
import { listenTcp } from '../../src/transports/tcp.js';
import { fakeEngines } from '../fixtures/engines.js';

const endless = process.argv.includes('endless');
const engines = fakeEngines(!endless ? {} : {
  llm: () => timer(0, 20).pipe(concatMap((n) => of(`This is sentence number ${n} of many. `))),
  tts: () => timer(5).pipe(map(() => new Int16Array(16_000))),
});
serve({ doors: listenTcp({ recvHost: '0.0.0.0', recvPort: 0, sendHost: '0.0.0.0', sendPort: 0 }), engines, watchdog: 0 }).subscribe({
  next: (event) => { if (event.type !== 'reply.audio' && event.type !== 'reply.text') console.log(JSON.stringify(event)); },
  error: (error: unknown) => { throw error; },
});
