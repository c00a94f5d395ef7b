import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { asSpeechError } from '../../../errors.js';
import type { Fault } from '../../child-side.js';
import type { FromWorker, ToWorker, WorkerSetup } from './protocol.js';
import { openSpeaker, type Speaker } from './speaker.js';

// The thread the voice runs in: says one text after the other, in order. A cancelled one is left at the next block.
const port = parentPort;
if (port === null) throw new Error('This file is started as a worker thread.');
const tell = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

const wanted = new Set<number>();
let last = Promise.resolve();

try {
  const speak = await openSpeaker(workerData as WorkerSetup);
  port.on('message', (message: ToWorker) => {
    if (message.type === 'cancel') {
      wanted.delete(message.id);
      return;
    }
    wanted.add(message.id);
    last = last.then(() => answer(speak, message.id, message.text));
  });
  tell({ type: 'ready' });
} catch (error) {
  tell({ type: 'unloadable', fault: fault(error) });
}

async function answer(speak: Speaker, id: number, text: string): Promise<void> {
  if (!wanted.has(id)) return;
  try {
    for await (const audio of speak(text)) {
      await nextTurn(); // Lets a cancellation in.
      if (!wanted.has(id)) return;
      if (audio.length > 0) tell({ type: 'audio', id, audio }, [audio.buffer as ArrayBuffer]);
    }
    tell({ type: 'done', id });
  } catch (error) {
    tell({ type: 'failed', id, fault: fault(error) });
  } finally {
    wanted.delete(id);
  }
}

/** Errors cross threads without their class. */
function fault(error: unknown): Fault {
  const { kind, code, message, hint, retryable } = asSpeechError(error, { kind: 'stage', code: 'tts-failed', stage: 'tts', retryable: true });
  return { kind, code, message, retryable, ...(hint === undefined ? {} : { hint }) };
}
