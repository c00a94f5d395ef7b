import { open } from 'node:fs/promises';
import { SpeechError } from '../../errors.js';

/** The first bytes of a ggml model file: "ggml" as a little-endian number. */
const MAGIC = 0x67_67_6d_6c;

/** Refuses, with a plain SpeechError of kind `model`, a file that is not there or that native code would choke on. */
export async function assertGgml(path: string): Promise<void> {
  const hint = 'Fetch it once more with: speech-to-speech models pull. Or name another file with --stt_model PATH.';
  const file = await open(path).catch((cause: unknown) => {
    throw new SpeechError(`The Whisper model ${path} cannot be read.`, { kind: 'model', code: 'model-missing', stage: 'stt', hint, cause });
  });
  try {
    const head = Buffer.alloc(4);
    await file.read(head, 0, 4, 0);
    if (head.readUInt32LE() !== MAGIC) {
      throw new SpeechError(`${path} is no ggml Whisper model.`, { kind: 'model', code: 'model-unreadable', stage: 'stt', hint });
    }
  } finally {
    await file.close();
  }
}
