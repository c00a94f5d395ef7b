import { describe, it } from 'vitest';
import { emulated, ourClient } from './client-lab.js';
import { clientSentences } from './client-sentences.js';
import type { OwnedMeeting } from './meeting.js';
import { judge } from './sentence.js';

/** What the stock clients are known for. */
const KNOWN = ['4.7', '5.5', '5.12'];

describe.concurrent.each<[string, () => Promise<OwnedMeeting>, readonly string[]]>([
  ['our client', ourClient, []],
  ['the emulated desktop client', emulated.desktop, KNOWN],
  ['the emulated Android client', emulated.android, KNOWN],
])('%s', (_, begin, known) => {
  for (const sentence of clientSentences) {
    it(`${sentence.id} ${sentence.sentence}`, { timeout: 30_000 }, async (test) => {
      const meeting = await begin();
      try {
        const { result, reason } = await judge(sentence, { ...meeting, patience: known.includes(sentence.id) ? 500 : meeting.patience }, true);
        if (result === 'skip') test.skip(reason);
        test.expect({ result, ...(known.includes(sentence.id) ? {} : { reason }) }).toEqual({ result: known.includes(sentence.id) ? 'known' : 'pass' });
      } finally {
        await meeting.end();
      }
    });
  }
});
