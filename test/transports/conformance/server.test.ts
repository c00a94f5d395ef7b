import { describe, it } from 'vitest';
import { freePort } from '../../fixtures/free-port.js';
import { SERVES } from '../../fixtures/serves.js';
import { newCommand } from './running.js';
import { judge } from './sentence.js';
import { newLab, OURS } from './server-lab.js';
import { serverSentences } from './server-sentences.js';
import { newVisit } from './visit.js';

describe.concurrent('our server', () => {
  for (const sentence of serverSentences) {
    it(`${sentence.id} ${sentence.sentence}`, { timeout: 60_000 }, async (test) => {
      const lab = newLab();
      const { ports: { host } } = await lab.start();
      const [micPort, replyPort] = [await freePort(), await freePort()] as const;
      const command = newCommand([...SERVES, '--recv_port', String(micPort), '--send_port', String(replyPort)], { host, micPort, replyPort }, 20_000);
      const { ports } = await lab.start();
      const visit = newVisit({ ...OURS, ports, lab, start: command.start });
      try {
        const verdict = await judge(sentence, visit);
        if (verdict.result === 'skip') test.skip(verdict.reason);
        test.expect(verdict.reason).toBeUndefined();
      } finally {
        await visit.end();
        await lab.end();
        await command.end();
      }
    });
  }
});
