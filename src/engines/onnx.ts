import { InferenceSession, Tensor } from 'onnxruntime-node';
import { asSpeechError } from '../errors.js';

export { Tensor };
export type { InferenceSession };

/**
 * Opens an ONNX network on the CPU, from a file path or its bytes. Opening and running block the calling thread: anything
 * heavier than a fraction of a millisecond a call belongs in a worker. A file that is missing or is no network is a
 * SpeechError of kind `model`, code `model-unreadable`.
 * @param threads of one operator; on a machine with other work, more than one only costs. @default 1
 */
export async function openSession(model: string | Uint8Array, { threads = 1 }: { threads?: number } = {}): Promise<InferenceSession> {
  const options = { executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 3 } as const;
  try {
    return await (typeof model === 'string' ? InferenceSession.create(model, options) : InferenceSession.create(model, options));
  } catch (error) {
    throw asSpeechError(error, {
      kind: 'model',
      code: 'model-unreadable',
      hint: 'Remove the file and fetch it once more: speech-to-speech models pull.',
    });
  }
}
