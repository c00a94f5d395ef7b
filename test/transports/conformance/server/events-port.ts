import { filter, firstValueFrom, ReplaySubject } from 'rxjs';
import type { NewsEvent } from '../../../../src/event-schema.js';
import { serve } from '../../../../src/server.js';
import { tellViewers } from '../../../../src/transports/events/tell-viewers.js';
import { listenTcp } from '../../../../src/transports/tcp.js';
import { rawViewer } from '../../../fixtures/viewer.js';
import { holds, within, type Sentence } from '../sentence.js';
import { countingEngines, inside } from '../server-lab.js';
import { newVisit, type Visit } from '../visit.js';

/** Of §5: what tells the user whether he is heard. */
export const eventsPort: Sentence<Visit> = {
  id: '5.10', profile: 'server', kind: 'better',
  sentence: 'An optional third port tells the user whether he is heard; a stock client never notices it',
  check: inside('a server of its own with an events port', async (lab) => {
    const without = await lab.start();
    const once = await (await without.stock()).ask();
    const news = new ReplaySubject<NewsEvent>(Infinity);
    const host = without.ports.host;
    const serving = serve({ doors: listenTcp({ recvHost: host, recvPort: 0, sendHost: host, sendPort: 0 }), engines: countingEngines() })
      .pipe(tellViewers({ host, port: 0, program: { name: 'conformance', version: '1' } })).subscribe(news);
    const first = <T extends NewsEvent['type']>(type: T): Promise<Extract<NewsEvent, { type: T }>> =>
      firstValueFrom(news.pipe(filter((event): event is Extract<NewsEvent, { type: T }> => event.type === type)));
    const [{ recv, send }, { events }] = await Promise.all([first('serving'), first('telling')]);
    const visit = newVisit({ ...without, ports: { host, micPort: recv.port, replyPort: send.port } });
    const viewer = await rawViewer(events.port, host);
    try {
      const reply = await (await visit.stock()).ask();
      holds(reply.equals(once), 'the answer is another one where somebody watches');
      for (const type of ['hello', 'listening', 'speech.started', 'transcript', 'gate']) {
        await within(visit.patience, viewer.until((line) => line.type === type), `nobody is told ${type}`);
      }
    } finally {
      viewer.socket.destroy();
      await visit.end();
      serving.unsubscribe();
    }
  }),
};
