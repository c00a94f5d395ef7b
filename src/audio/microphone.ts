import { defer, map, Observable } from 'rxjs';
import { chunkify } from '../../operators/chunkify.js';
import { asSpeechError, SpeechError } from '../errors.js';
import { plainBytes } from './bytes.js';
import type { MicSource } from './devices.js';
import { bytesToInt16 } from './pcm.js';
import { PIECE, RECORDERS, type MicBackend, type Recorder } from './recorders.js';
import type { DeviceOptions } from './systems.js';
import { complaints, onPath } from './tools.js';

export type { MicBackend } from './recorders.js';

export interface MicrophoneOptions extends DeviceOptions {
  /** One recorder and no other. @default the first of `system` that is there */
  readonly backend?: MicBackend;
}

/** Milliseconds without a sample after which a recorder counts as hung. */
const HUNG = 10_000;

/** Tells which backend `microphone` would use, or what is missing, as a hint for people. Opens nothing. */
export function findMicrophone({ backend, system = 'auto', device }: MicrophoneOptions = {}): { readonly backend: MicBackend } | { readonly missing: string } {
  const names = (Object.keys(RECORDERS) as MicBackend[]).filter((name) => (backend ?? name) === name && (system === 'auto' || RECORDERS[name].system === system));
  const found = names.find((name) => RECORDERS[name].there(device));
  return found === undefined ? { missing: missing(names) } : { backend: found };
}

function missing(names: readonly MicBackend[]): string {
  const [only] = names;
  const instead = 'or use a recording with --mic FILE.wav.';
  if (names.length === 1 && only !== undefined) return `Install what has ${only === 'node-record-lpcm16' ? 'sox' : only}, start its sound server, or choose another way with --audio; ${instead}`;
  if (process.platform === 'darwin') return `Install sox (brew install sox), ${instead}`;
  if (process.platform !== 'linux') return `Install sox and put it on the PATH, ${instead}`;
  if (['arecord', 'parec', 'pw-record', 'sox', 'ffmpeg'].some(onPath)) return `Connect a microphone, start the sound server, ${instead}`;
  return `Install alsa-utils (arecord) or pulseaudio-utils (parec), ${instead}`;
}

/**
 * A real microphone, through a recording program of the system. Errors with a SpeechError of kind `device`: `no-microphone`
 * where there is none, or it gave nothing at all; `device-lost` where it stopped.
 */
export function microphone(options: MicrophoneOptions = {}): MicSource {
  return defer(() => {
    const found = findMicrophone(options);
    if ('missing' in found) throw new SpeechError('No microphone was found.', { kind: 'device', code: 'no-microphone', hint: found.missing });
    return recorded(found.backend, options.device);
  }).pipe(
    chunkify(PIECE),
    map(bytesToInt16),
  );
}

function recorded(backend: MicBackend, device: string | undefined): Observable<Uint8Array> {
  return new Observable<Uint8Array>((subscriber) => {
    let heard = false;
    const hung = setTimeout(() => fail(`gave nothing for ${HUNG / 1000} s`), HUNG);
    const fail = (how: string, cause?: unknown): void => subscriber.error(new SpeechError(
      heard ? `The microphone was lost: ${backend} ${how}.` : `The microphone cannot be opened: ${backend} ${how}.`,
      { kind: 'device', code: heard ? 'device-lost' : 'no-microphone', hint: missing([]), retryable: heard, cause },
    ));
    const attach = (recorder: Recorder): Recorder => {
      const said = complaints(recorder.stderr);
      recorder.on('error', (error) => fail(`did not start (${error.message})`, error));
      // Some of them put their exit code there as an error; `close` below says the same.
      recorder.stdout.on('error', () => undefined);
      recorder.stdout.on('data', (bytes: Buffer) => {
        heard = true;
        hung.refresh();
        subscriber.next(plainBytes(bytes));
      });
      recorder.on('close', (code, signal) => fail(`ended (${signal ?? `exit code ${code ?? 0}`})${said() === '' ? '' : `: ${said()}`}`));
      return recorder;
    };
    const stop = (recorder: Recorder): void => {
      recorder.kill('SIGKILL');
      recorder.stdout.destroy();
      recorder.stderr.destroy();
    };

    let recorder: Recorder | undefined;
    const started = RECORDERS[backend].start(device);
    if ('then' in started) {
      started.then((child) => {
        recorder = attach(child);
        if (subscriber.closed) stop(child);
      }).catch((error: unknown) => subscriber.error(asSpeechError(error, { kind: 'device', code: 'no-microphone', hint: missing([]) })));
    } else {
      recorder = attach(started);
    }
    return () => {
      clearTimeout(hung);
      if (recorder !== undefined) stop(recorder);
    };
  });
}
