import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { defer, map, Observable, of, switchMap, throwError } from 'rxjs';
import { chunkify } from '../../operators/chunkify.js';
import { SAMPLE_RATE } from '../engines.js';
import { asSpeechError, SpeechError } from '../errors.js';
import { plainBytes } from './bytes.js';
import type { MicSource } from './devices.js';
import { bytesToInt16 } from './pcm.js';
import { alsaThere, complaints, onPath, pulseThere } from './tools.js';

/** What a microphone can be recorded with: a program of that name, or the package `node-record-lpcm16`, which runs sox. */
export type MicBackend = 'parec' | 'arecord' | 'sox' | 'node-record-lpcm16';

export interface MicrophoneOptions {
  /** `auto` takes the first that is there. @default 'auto' */
  readonly backend?: 'auto' | MicBackend;
  /** A device in the words of the backend: a PulseAudio source, an ALSA name such as `plughw:1,0`. */
  readonly device?: string;
}

/** Bytes of 20 ms: the pieces that arecord and parec are asked for. */
const PIECE = 640;

type Recorder = ChildProcessByStdio<null, Readable, Readable>;

interface Backend {
  readonly there: (device: string | undefined) => boolean;
  readonly start: (device: string | undefined) => Recorder | Promise<Recorder>;
}

const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Recorder =>
  spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });

// In the order of preference: what gives small pieces comes first. Seen: parec and arecord, asked so, 20 ms; sox 170 ms.
const BACKENDS: Readonly<Record<MicBackend, Backend>> = {
  parec: {
    there: () => onPath('parec') && pulseThere(),
    start: (device) => run('parec', [
      '--raw', '--format=s16le', `--rate=${SAMPLE_RATE}`, '--channels=1', '--latency-msec=20', ...(device === undefined ? [] : [`--device=${device}`]),
    ]),
  },
  arecord: {
    there: (device) => onPath('arecord') && (device !== undefined || alsaThere('capture') || pulseThere()),
    start: (device) => run('arecord', [
      ...(device === undefined ? [] : ['-D', device]),
      '-q', '-t', 'raw', '-f', 'S16_LE', '-r', `${SAMPLE_RATE}`, '-c', '1', '-F', '20000', '-B', '80000',
    ]),
  },
  'node-record-lpcm16': {
    there: (device) => onPath('sox') && anyDevice(device),
    start: async (device) => {
      // Node finds no named exports in this CommonJS package, whatever a bundler or a test runner makes of it.
      const { default: lpcm16 } = await import('node-record-lpcm16');
      const options = { sampleRate: SAMPLE_RATE, channels: 1, audioType: 'raw', recorder: 'sox' } as const;
      return lpcm16.record(device === undefined ? options : { ...options, device }).process;
    },
  },
  sox: {
    there: (device) => onPath('sox') && anyDevice(device),
    start: (device) => run(
      'sox',
      ['-q', '--buffer', `${PIECE}`, '-d', '-t', 'raw', '-r', `${SAMPLE_RATE}`, '-c', '1', '-e', 'signed-integer', '-b', '16', '-'],
      device === undefined ? process.env : { ...process.env, AUDIODEV: device },
    ),
  },
};

/** Only Linux says cheaply whether there is one; elsewhere it is taken for granted. */
function anyDevice(device: string | undefined): boolean {
  return device !== undefined || process.platform !== 'linux' || alsaThere('capture') || pulseThere();
}

/** Tells which backend `microphone` would use, or what is missing, as a hint for people. Opens nothing. */
export function findMicrophone({ backend = 'auto', device }: MicrophoneOptions = {}): Promise<{ backend: MicBackend } | { missing: string }> {
  const names = backend === 'auto' ? Object.keys(BACKENDS) as MicBackend[] : [backend];
  const found = names.find((name) => BACKENDS[name].there(device));
  return Promise.resolve(found === undefined ? { missing: missing() } : { backend: found });
}

function missing(): string {
  if (process.platform === 'darwin') return 'Install sox (brew install sox), or use a recording with --mic FILE.wav.';
  if (process.platform !== 'linux') return 'Install sox and put it on the PATH, or use a recording with --mic FILE.wav.';
  if (['arecord', 'parec', 'sox'].some(onPath)) return 'Connect a microphone, start the sound server, or use a recording with --mic FILE.wav.';
  return 'Install alsa-utils (arecord) or pulseaudio-utils (parec), or use a recording with --mic FILE.wav.';
}

/**
 * A real microphone, through a recording program of the system. Errors with a SpeechError of kind `device`: `no-microphone`
 * where there is none, or it gave nothing at all; `device-lost` where it stopped.
 */
export function microphone(options: MicrophoneOptions = {}): MicSource {
  return defer(() => findMicrophone(options)).pipe(
    switchMap((found) => 'missing' in found
      ? throwError(() => new SpeechError('No microphone was found.', { kind: 'device', code: 'no-microphone', hint: found.missing }))
      : of(found.backend)),
    switchMap((backend) => recorded(backend, options.device)),
    chunkify(PIECE),
    map(bytesToInt16),
  );
}

function recorded(backend: MicBackend, device: string | undefined): Observable<Uint8Array> {
  return new Observable<Uint8Array>((subscriber) => {
    let heard = false;
    const fail = (how: string, cause?: unknown): void => subscriber.error(new SpeechError(
      heard ? `The microphone was lost: ${backend} ${how}.` : `The microphone cannot be opened: ${backend} ${how}.`,
      { kind: 'device', code: heard ? 'device-lost' : 'no-microphone', hint: missing(), retryable: heard, cause },
    ));
    const attach = (recorder: Recorder): Recorder => {
      const said = complaints(recorder.stderr);
      recorder.on('error', (error) => fail(`did not start (${error.message})`, error));
      // Some of them put their exit code there as an error; `close` below says the same.
      recorder.stdout.on('error', () => undefined);
      recorder.stdout.on('data', (bytes: Buffer) => {
        heard = true;
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
    const started = BACKENDS[backend].start(device);
    if ('then' in started) {
      started.then((child) => {
        recorder = attach(child);
        if (subscriber.closed) stop(child);
      }).catch((error: unknown) => subscriber.error(asSpeechError(error, { kind: 'device', code: 'no-microphone', hint: missing() })));
    } else {
      recorder = attach(started);
    }
    return () => {
      if (recorder !== undefined) stop(recorder);
    };
  });
}
