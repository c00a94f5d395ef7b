import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clientSentences } from './client-sentences.js';
import { serverSentences } from './server-sentences.js';

/** How many sentences §1, §3 and §4 of the contract have, and how many rows §5. */
const CONTRACT = { 1: 5, 3: 12, 4: 10, 5: 16 } as const;

/**
 * The sentences of the README's section about the wire, and those of the suite that back them. Who changes a line there has
 * to say here what proves it.
 */
const README: readonly (readonly [string, readonly string[]])[] = [
  ['The client connects to two ports of the server: 12345 for the microphone, 12346 for replies, in either order.', ['1.1', '1.4', '3.2', '4.1', '4.8']],
  ['Both carry raw PCM: 16 kHz, signed 16 bit, little endian, mono. No handshake, no header, no message.', ['1.2', '1.3', '1.5']],
  ['Microphone bytes may be cut anywhere; the server puts them back into frames of 512 samples (32 ms).', ['3.4', '3.5', '4.2']],
  ['Listening begins when 12345 is accepted. A client that brings 12346 late gets what was queued so far.', ['3.3']],
  ['From the end of an utterance until the last byte of its reply was taken by the kernel, the listen gate is closed: microphone audio is dropped, and counted.', ['3.6']],
  ['A reply is zero-padded to a multiple of 2048 bytes, the block that the reference\'s client reads, and sent as fast as the network takes it.', ['3.10', '3.11', '5.16']],
  ['An utterance without words, or a stage that fails, opens the gate at once. A watchdog opens it after 30 s whatever happens, cancels the stuck turn, and says so.', ['3.8', '3.9', '3.12', '5.2', '5.3', '5.15']],
  ['One client at a time, or as many as `--max_sessions` says. One too many is refused at once; the next is served as soon as one has left, in whatever way.', ['5.1', '5.12', '5.13']],
  ['HTTP, TLS or SSH on an audio port is closed before a byte of it is taken for audio.', ['1.3']],
  ['A reader that takes nothing for 10 s is disconnected, and so is half a client whose other port does not come within 30 s. What a client is slow to take is not spoken any further.', ['5.5', '5.6']],
];

const all = [...serverSentences, ...clientSentences];
const contract = Object.entries(CONTRACT).flatMap(([section, count]) => Array.from({ length: count }, (_, n) => `${section}.${n + 1}`));

describe('the suite', () => {
  it('has every sentence of the contract, and none but those', () => {
    expect([...new Set(all.map(({ id }) => id))].sort()).toEqual([...contract].sort());
  });

  it.each([['server', serverSentences], ['client', clientSentences]] as const)('judges a %s once by each', (profile, sentences) => {
    const ids = sentences.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    expect(new Set(sentences.map((one) => one.profile))).toEqual(new Set([profile]));
  });
});

describe('the wire as the README tells it', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const section = /^## The wire\n([^]*?)^(?:## |Exit codes)/mu.exec(readme)?.[1] ?? '';
  const lines = [...section.matchAll(/^\d+\. (.+)$/gmu)].map(([, line]) => line);

  it('is, line by line, what the suite proves', () => {
    expect(README.map(([line]) => line)).toEqual(lines);
  });

  it.each(README)('%s', (_, ids) => {
    expect(ids.length).toBeGreaterThan(0);
    for (const id of ids) expect(all.map((one) => one.id)).toContain(id);
  });
});
