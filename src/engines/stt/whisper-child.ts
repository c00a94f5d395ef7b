import { int16ToFloat } from '../../audio/pcm.js';
import { SAMPLE_RATE, type Transcript } from '../../engines.js';
import { SpeechError } from '../../errors.js';
import { serveCalls } from '../child-side.js';
import { assertGgml } from './ggml.js';
import { heard } from './heard.js';
import { FULL_WINDOW, isLoop, padded, tokenCap, windows } from './window.js';

const [model = '', language = 'en', threads = '1', prompt = ''] = process.argv.slice(2);

/** The language (Nynorsk) that Whisper detects in noise; few speak it, and those are heard all the same. */
const NOISE = 'nn';

// Without a model it is only tried whether the package loads, see `nativePackages`.
serveCalls<Int16Array, Transcript>(async () => {
  if (model !== '') await assertGgml(model);
  const { Whisper, WhisperFullParams, WhisperSamplingStrategy } = await import('@napi-rs/whisper').catch((cause: unknown) => {
    throw new SpeechError('There is no prebuilt Whisper for this machine.', { kind: 'stage', code: 'stt-no-binary', cause });
  });
  if (model === '') return () => [];
  const whisper = new Whisper(model, { useGpu: false });

  const transcribe = (audio: Float32Array, window: number, spoken = language): string => {
    const params = new WhisperFullParams(WhisperSamplingStrategy.Greedy);
    params.language = whisper.isMultilingual ? spoken : 'en';
    params.nThreads = Number(threads);
    params.audioCtx = window;
    params.maxTokens = tokenCap(audio.length);
    if (prompt !== '') params.initialPrompt = prompt;
    params.noTimestamps = true;
    params.singleSegment = true;
    params.noContext = true;
    params.suppressBlank = true;
    params.temperature = 0;
    params.printProgress = false;
    params.printRealtime = false;
    params.printTimestamps = false;
    return whisper.full(params, audio);
  };

  transcribe(new Float32Array(1.2 * SAMPLE_RATE), 256); // The first run allocates; nobody shall wait for that later.
  return function* (samples) {
    const audio = padded(int16ToFloat(samples));
    let text = '';
    for (const window of windows(audio.length)) {
      text = transcribe(audio, window);
      if (!isLoop(text, audio.length)) break;
    }
    const detected = language === 'auto' ? Whisper.lang(whisper.fullLangId) ?? undefined : undefined;
    text = heard(text);
    // In a language that is made up for noise Whisper makes up words, too; in another it writes that there are none.
    if (detected === NOISE && text !== '' && heard(transcribe(audio, windows(audio.length)[0] ?? FULL_WINDOW, 'en')) === '') text = '';
    yield { text, final: true, ...(detected === undefined || text === '' ? {} : { language: detected }) };
  };
});
