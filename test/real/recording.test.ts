import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { wavBytes } from '../../dist/src/audio/wav.js';
import { compareRerun } from '../../dist/src/recording/compare-rerun.js';
import { joined, silence } from '../fixtures/engines.js';
import { program, type Program } from '../fixtures/program.js';
import { recordings, say } from '../fixtures/voices.js';

const folder = mkdtempSync(join(tmpdir(), 'recording-'));
const running: Program[] = [];
afterEach(() => Promise.all(running.splice(0).map((one) => one.stop('SIGKILL'))));
afterAll(() => rmSync(folder, { recursive: true }));

const synthetic = join(folder, 'synthetic.wav');
const voices = [synthetic, ...recordings().map(({ path }) => path)];

it.each(voices)('what was recorded with the embedded engines happens again byte for byte, without them: %s', async (voice) => {
  writeFileSync(synthetic, wavBytes(joined(silence(300), say('What is the capital of France?', 'rms'), silence(2_500), say('And of Italy?', 'rms'))));
  const into = mkdtempSync(join(folder, 'into-'));
  const talk = program(['talk', '--recv_port', '0', '--send_port', '0', '--mic', voice, '--speaker', join(folder, 'reply.wav'), '--record', into, '--speculate', 'on', '--pace', '200']);
  running.push(talk);
  expect(await talk.exited, talk.stderr()).toBe(0);
  expect(talk.told.some(({ type, on }) => type === 'recording' && on === true)).toBe(true);
  const outcome = await compareRerun(join(into, readdirSync(into)[0]!));
  expect(outcome).toMatchObject({ same: true, cut: false });
  expect(outcome.events).toBeGreaterThan(talk.told.filter((event) => 'turn' in event).length / 2);
});
