import { subscribe as onChannel, unsubscribe as offChannel } from 'node:diagnostics_channel';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { execFile, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { from, lastValueFrom, type Subscription } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Loaded, Tts } from '../../dist/src/engines.js';
import { loudness } from '../../dist/src/audio/loudness.js';
import { int16ToFloat } from '../../dist/src/audio/pcm.js';
import { flite, FLITE_VOICES } from '../../dist/src/engines/tts/flite.js';
import { onPath } from '../../dist/src/audio/tools.js';
import { readWav } from '../../dist/src/audio/wav.js';
import { voiceCommand } from '../../dist/src/engines/tts/voice-command.js';
import { hibari } from '../../dist/src/engines/tts/hibari.js';
import { openText, type TextFrontEnd } from '../../dist/src/engines/tts/hibari/text.js';
import { cacheFolder } from '../../dist/src/models/cache.js';
import { findModel } from '../../dist/src/models/catalog.js';
import { pull } from '../../dist/src/models/pull.js';
import { keeps } from '../contracts/keeps.js';
import { quietBefore, speech, ttsContract, type TtsSubject } from '../contracts/tts.js';
import { all } from '../fixtures/all.js';

const SENTENCES = [
  'Hello there, how are you doing today?', 'It is seven thirty in the morning.', 'The meeting is on March 3rd, 2024.',
  'That costs $42.50, and not a cent more.', 'Dr. Smith lives at 12 Main St. in Boston.', 'I am sorry, but I cannot do that.',
  'What is the capital of France?', 'The answer is 3.14159, roughly.', 'She sells sea shells by the sea shore.', 'No!',
  'Please call 555-123-4567 before 5 p.m. today.', 'Half of them, that is 1/2, were red.', 'The temperature fell to -5°C overnight.',
  'Kubernetes and PostgreSQL are hard to pronounce.', 'He had read the record before he would record it.', 'Wait... what?',
  'In 1905 he was twenty-six years old.', 'It’s the boys’ room, isn’t it?', 'A quick brown fox jumps over the lazy dog.', 'Goodbye, and thank you very much!',
];

/** Kills the process that speaks; the one that guards it is another. */
function crash(children: readonly ChildProcess[]): void {
  process.kill(children.findLast(({ spawnargs }) => spawnargs.some((word) => word.endsWith('/child.js')))!.pid!, 'SIGKILL');
}

/** Loads an engine for the tests of one block. */
function loading(engine: () => Loaded<Tts>): () => Tts {
  let tts: Tts | undefined;
  let held: Subscription | undefined;
  beforeAll(() => new Promise<void>((resolve, reject) => {
    held = engine().subscribe({ next: (ready) => { tts = ready; resolve(); }, error: reject });
  }));
  afterAll(() => held?.unsubscribe());
  return () => tts!;
}

async function speaksAll(tts: Tts): Promise<void> {
  const heard: number[] = [];
  for (const sentence of SENTENCES) {
    const samples = await speech({ tts, patience: 20_000 }, sentence);
    const seconds = samples.length / 16_000;
    expect(seconds, sentence).toBeGreaterThan(sentence.length * 0.03);
    expect(seconds, sentence).toBeLessThan(1 + sentence.length * 0.15);
    expect(quietBefore(samples), sentence).toBeLessThanOrEqual(40);
    heard.push(...int16ToFloat(samples));
  }
  expect(Math.abs(loudness(Float32Array.from(heard), 16_000) + 20)).toBeLessThan(1);
}

async function speaksFaster(engine: (speed: number) => Loaded<Tts>): Promise<void> {
  const load = (speed: number): Promise<Int16Array> => new Promise((resolve, reject) => {
    const held = engine(speed).subscribe({ next: (tts) => void speech({ tts, patience: 20_000 }, SENTENCES[0]!).then(resolve, reject).finally(() => held.unsubscribe()), error: reject });
  });
  const [natural, fast] = [await load(1), await load(1.5)];
  expect(fast.length / natural.length).toBeGreaterThan(0.55);
  expect(fast.length / natural.length).toBeLessThan(0.85);
}

describe('hibari', () => {
  let files: Record<string, string> = {};
  const children: ChildProcess[] = [];
  const note = (message: unknown): void => void children.push((message as { process: ChildProcess }).process);
  beforeAll(async () => {
    const news = await lastValueFrom(pull(findModel('hibari'), { cache: cacheFolder() }));
    files = news.type === 'ready' ? { ...news.paths } : {};
    onChannel('child_process', note);
  });
  afterAll(() => void offChannel('child_process', note));

  describe('its text front end', () => {
    let text: TextFrontEnd;
    beforeAll(async () => { text = await openText((name) => files[name]!, 1); });

    it('reads 300 texts exactly as the original does', async () => {
      const fixture = JSON.parse(readFileSync(new URL('../fixtures/hibari-ids.json', import.meta.url), 'utf8')) as Record<string, string[]>;
      const ours: Record<string, string[]> = {};
      for (const said of Object.keys(fixture)) {
        ours[said] = [];
        for (const sentence of text.sentences(said)) ours[said].push(...(await text.ids(sentence)).map((ids) => ids.slice(1, -1).join(' ')));
      }
      expect(Object.keys(fixture)).toHaveLength(300);
      expect(ours).toEqual(fixture);
    });

    it('gives a long sentence without any pause to the voice in pieces', async () => {
      const pieces = await text.ids('wonderful people everywhere '.repeat(40));
      expect(pieces.length).toBeGreaterThan(1);
      expect(Math.max(...pieces.map((ids) => ids.length))).toBeLessThanOrEqual(402);
    });
  });

  describe('as an engine', () => {
    const tts = loading(() => hibari({ files }));
    keeps(ttsContract, (): TtsSubject => ({ tts: tts(), crash: () => crash(children), patience: 20_000 }));

    it('speaks 20 sentences without a pause before them', () => speaksAll(tts()));

    it('says the beginning of a long sentence before it has made the end', async () => {
      const chunks = await all(from(tts()('The quick brown fox jumps over the lazy dog, and then it does so again.')));
      expect(chunks.length).toBeGreaterThan(8);
      expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThan(16_000);
    });
  });

  it('speaks faster when told to', () => speaksFaster((speed) => hibari({ files, speed })));

  it('says which model is damaged', async () => {
    await expect(lastValueFrom(hibari({ files: { ...files, 'hibari.onnx': files['vocab.json']! } }))).rejects.toMatchObject({ kind: 'model', code: 'model-unreadable' });
    await expect(lastValueFrom(hibari({ files: { ...files, 'vocab.json': files['hibari.onnx']! } }))).rejects.toMatchObject({ kind: 'model', code: 'model-unreadable' });
  });
});

describe('Flite', () => {
  const children: ChildProcess[] = [];
  const note = (message: unknown): void => void children.push((message as { process: ChildProcess }).process);
  beforeAll(() => onChannel('child_process', note));
  afterAll(() => void offChannel('child_process', note));

  describe('as an engine', () => {
    const tts = loading(() => flite());
    keeps(ttsContract, (): TtsSubject => ({ tts: tts(), crash: () => crash(children), patience: 20_000 }));
  });

  it('speaks faster when told to', () => speaksFaster((speed) => flite({ speed })));

  for (const voice of FLITE_VOICES) {
    describe(voice, () => {
      const tts = loading(() => flite({ voice }));
      it('speaks 20 sentences without a pause before them', () => speaksAll(tts()));
    });
  }
});

describe('speech-to-speech voices --play', () => {
  it.each([[['--tts', 'flite', '--voice', 'awb']], [['--tts', 'hibari', '--speed', '1.2']]])('lets the voice be heard that is chosen by %j', async (words) => {
    const folder = mkdtempSync(join(tmpdir(), 'voices-'));
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
    try {
      await promisify(execFile)(process.execPath, [main, 'voices', '--play', '--speaker', join(folder, 'heard.wav'), ...words]);
      const { samples } = readWav(readFileSync(join(folder, 'heard.wav')));
      expect(samples.length).toBeGreaterThan(2 * 16_000);
      expect(Math.abs(loudness(int16ToFloat(samples), 16_000) + 20)).toBeLessThan(2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const espeak = (words: readonly string[]): (() => Loaded<Tts>) => () => voiceCommand({ words: ['espeak-ng', ...words] });
describe.skipIf(!onPath('espeak-ng'))(`espeak-ng${onPath('espeak-ng') ? '' : ' (skipped: it is not installed; Debian has it as espeak-ng)'}`, () => {
  describe('as an engine, with text on stdin and a WAV on stdout', () => {
    const tts = loading(espeak(['--stdin', '--stdout', '-v', 'en']));
    // It says a sentence faster than it could be killed.
    const { 'errs with a SpeechError of its stage when it dies, and answers the next call': _dies, ...contract } = ttsContract;
    keeps(contract, (): TtsSubject => ({ tts: tts(), crash: () => undefined, patience: 20_000 }));
    it('speaks 20 sentences without a pause before them', () => speaksAll(tts()));
  });

  describe('with text as an argument, and a WAV in a file', () => {
    const tts = loading(espeak(['-v', 'fr', '-w', '{out}', '{text}']));
    it('is as loud as the others', async () => {
      const samples = await speech({ tts: tts() }, '-5 degrés : il fait froid, et la neige tombe depuis ce matin.');
      expect(Math.abs(loudness(int16ToFloat(samples), 16_000) + 20)).toBeLessThan(2);
    });
  });

  it('says which voice it does not have', async () => {
    await expect(lastValueFrom(espeak(['--stdin', '--stdout', '-v', 'nobody'])())).rejects.toMatchObject({ code: 'tts-program-failed', message: expect.stringContaining('voice does not exist') as string });
  });
});
