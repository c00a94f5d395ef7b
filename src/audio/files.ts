import { open, readFile } from 'node:fs/promises';
import { defer, from, ignoreElements, Observable, switchMap } from 'rxjs';
import { FRAME_SAMPLES } from '../engines.js';
import { SpeechError } from '../errors.js';
import { inRealTime } from './clock.js';
import { clockedSink, instantSink, type AudioOut } from './clocked-sink.js';
import type { MicSource, SpeakerSink } from './devices.js';
import { int16ToBytes } from './pcm.js';
import { openWav, WAV_HEADER_BYTES, wavHeader } from './wav.js';

export interface WavMicrophoneOptions {
  /** Goes on with silence for ever, as a microphone in a quiet room; otherwise it completes. @default true */
  readonly thenSilence?: boolean;
  /** Called when the last of the recording has been given out. */
  readonly onEnd?: () => void;
}

/**
 * A recording as a microphone: its audio in real time, 32 ms at a time. Errors with a SpeechError of kind `config`:
 * `file-unreadable`, or those of `readWav`.
 */
export function wavMicrophone(path: string, options: WavMicrophoneOptions = {}): MicSource {
  return defer(() => load(path)).pipe(switchMap((wav) => inRealTime(frames(wav.pieces(), options))));
}

async function load(path: string): Promise<ReturnType<typeof openWav>> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new SpeechError(`Cannot read the recording ${path}: ${reason(cause)}.`, {
      kind: 'config', code: 'file-unreadable', hint: 'Check the path after --mic.', cause,
    });
  });
  return openWav(bytes, path);
}

/** Cuts any pieces into whole frames, and goes on as a microphone would. */
function* frames(pieces: Iterable<Int16Array>, { thenSilence = true, onEnd }: WavMicrophoneOptions): Generator<Int16Array, void> {
  let frame = new Int16Array(FRAME_SAMPLES);
  let filled = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + FRAME_SAMPLES - filled);
      frame.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < FRAME_SAMPLES) continue;
      yield frame;
      frame = new Int16Array(FRAME_SAMPLES);
      filled = 0;
    }
  }
  if (filled > 0) yield thenSilence ? frame : frame.subarray(0, filled);
  onEnd?.();
  while (thenSilence) yield new Int16Array(FRAME_SAMPLES);
}

export interface RealTimeOptions {
  /** Takes as long as a device would; otherwise it takes everything at once. @default true */
  readonly realTime?: boolean;
}

/**
 * A WAV file as a speaker: keeps what would be heard, 16 kHz mono, without the pauses between. The file is right at any
 * moment, also when the program is killed. Errors with a SpeechError of kind `device`, `file-unwritable`.
 */
export function wavSpeaker(path: string, { realTime = true }: RealTimeOptions = {}): SpeakerSink {
  return realTime ? clockedSink(wavFile(path)) : instantSink(wavFile(path));
}

function wavFile(path: string): Observable<AudioOut> {
  return new Observable((subscriber) => {
    let samples = 0;
    const file = open(path, 'w');
    let work = file.then(async (handle) => {
      await handle.write(wavHeader(0), 0, WAV_HEADER_BYTES, 0);
    });
    const fail = (cause: unknown): void => subscriber.error(new SpeechError(`Cannot write the recording ${path}: ${reason(cause)}.`, {
      kind: 'device', code: 'file-unwritable', hint: 'Check the path after --speaker, and the space on that disk.', cause,
    }));
    const write = (pcm: Int16Array): void => {
      const bytes = int16ToBytes(pcm);
      work = work.then(async () => {
        const handle = await file;
        await handle.write(bytes, 0, bytes.length, WAV_HEADER_BYTES + samples * 2);
        samples += pcm.length;
        await handle.write(wavHeader(samples), 0, WAV_HEADER_BYTES, 0);
      });
      work.catch(fail);
    };
    work.then(() => subscriber.next({ write, drain: () => from(work).pipe(ignoreElements()) }), fail);
    return () => {
      work.catch(() => undefined).finally(() => file.then((handle) => handle.close(), () => undefined));
    };
  });
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
