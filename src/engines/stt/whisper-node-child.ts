import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { wavBytes } from '../../audio/wav.js';
import { SAMPLE_RATE } from '../../engines.js';
import { SpeechError } from '../../errors.js';
import { serveCalls, type Notice } from '../child-side.js';
import { assertGgml } from './ggml.js';
import { heard } from './heard.js';

const [model = '', language = 'en', folder = ''] = process.argv.slice(2);

/** The shortest audio that whisper.cpp takes. */
const SHORTEST = 1.2 * SAMPLE_RATE;

serveCalls<Int16Array, string>(async (notice) => {
  await assertGgml(model);
  if (!/^[\w./+-]+$/.test(folder)) { // The package builds a shell command of it, unquoted.
    throw new SpeechError(`whisper-node cannot work in the temporary folder ${folder}.`, {
      kind: 'config', code: 'stt-temporary-folder', hint: 'Set TMPDIR to a folder whose path has no spaces or special characters.',
    });
  }
  const link = join(folder, 'model.bin');
  await symlink(model, link).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // A process before this one has made it.
  });
  await build(notice);
  const { whisper } = await import('whisper-node');

  let calls = 0;
  return async function* (samples) {
    // Named by process, as one that was killed may have left a file behind.
    const wav = join(folder, `${process.pid}-${calls++}.wav`);
    const text = `${wav}.txt`;
    try {
      await writeFile(wav, wavBytes(padded(samples)));
      // Its own result lacks the first segment, and errors are only printed: the file is the truth.
      await whisper(wav, { modelPath: link, whisperOptions: { language, gen_file_txt: true }, shellOptions: { silent: true, async: true } });
      if (!existsSync(text)) throw new SpeechError('whisper-node gave no transcript.', { kind: 'stage', code: 'stt-failed' });
      yield heard(await readFile(text, 'utf8'));
    } finally {
      await rm(wav, { force: true });
      await rm(text, { force: true });
    }
  };
});

/** Compiles the program that the package would compile while it is imported, blocking, and ending this process on failure. */
async function build(notice: Notice): Promise<void> {
  const source = join(createRequire(import.meta.url).resolve('whisper-node'), '..', '..', 'lib', 'whisper.cpp');
  if (existsSync(join(source, 'main'))) return;
  notice('Building whisper.cpp, once: this takes a minute or two.');
  let tail = '';
  const failed = (cause?: unknown): SpeechError => new SpeechError('whisper.cpp could not be built.', {
    kind: 'stage', code: 'stt-build-failed', cause: cause ?? new Error(tail), hint: `It needs make, a C++ compiler, and a folder that can be written: ${source}`,
  });
  const make = spawn('make', ['main'], { cwd: source, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [make.stdout, make.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { tail = (tail + text).slice(-1_000); });
  const [code] = await once(make, 'close').catch((error: unknown) => { throw failed(error); }) as [number | null];
  if (code !== 0) throw failed();
}

/** With silence behind what is very short. */
function padded(samples: Int16Array): Int16Array {
  if (samples.length >= SHORTEST) return samples;
  const longer = new Int16Array(SHORTEST);
  longer.set(samples);
  return longer;
}
