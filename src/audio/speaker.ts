import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { defer, Observable, of, switchMap, throwError } from 'rxjs';
import { SAMPLE_RATE } from '../engines.js';
import { SpeechError } from '../errors.js';
import { clockedSink, type AudioOut } from './clocked-sink.js';
import type { SpeakerSink } from './devices.js';
import { int16ToBytes } from './pcm.js';
import { alsaThere, complaints, onPath, pulseThere } from './tools.js';

/** What can be played with: a program of that name, or the native package `speaker` where it could be built. */
export type SpeakerBackend = 'pacat' | 'aplay' | 'speaker' | 'play' | 'ffplay';

export interface SpeakerOptions {
  /** `auto` takes the first that is there. @default 'auto' */
  readonly backend?: 'auto' | SpeakerBackend;
  /** A device in the words of the backend: a PulseAudio sink, an ALSA name such as `plughw:0,0`. Not for ffplay. */
  readonly device?: string;
}

interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

interface Backend {
  readonly there: (device: string | undefined) => boolean;
  readonly command: (device: string | undefined) => Command;
}

/** Milliseconds that the programs are asked to buffer, and so about what a sample takes until it is heard. */
const LATENCY = 80;
/** Bytes a program may leave unread before it counts as hung: 10 s of audio. */
const HUNG = 320_000;
/** Milliseconds it may take to play its buffer out and end. */
const DRAIN = 2_000;
/** A program that ends within so many milliseconds never had a speaker. */
const START = 500;

const CHILD = fileURLToPath(new URL('./speaker-child.js', import.meta.url));
const SOX_RAW = ['-t', 'raw', '-r', `${SAMPLE_RATE}`, '-e', 'signed-integer', '-b', '16', '-c', '1'];

// In the order of preference.
const BACKENDS: Readonly<Record<SpeakerBackend, Backend>> = {
  pacat: {
    there: () => onPath('pacat') && pulseThere(),
    command: (device) => ({
      file: 'pacat',
      args: ['--playback', '--raw', '--format=s16le', `--rate=${SAMPLE_RATE}`, '--channels=1', `--latency-msec=${LATENCY}`, ...(device === undefined ? [] : [`--device=${device}`])],
    }),
  },
  aplay: {
    there: (device) => onPath('aplay') && (device !== undefined || alsaThere('playback') || pulseThere()),
    command: (device) => ({
      file: 'aplay',
      args: [...(device === undefined ? [] : ['-D', device]), '-q', '-t', 'raw', '-f', 'S16_LE', '-r', `${SAMPLE_RATE}`, '-c', '1', '-F', '20000', '-B', `${LATENCY * 1000}`],
    }),
  },
  speaker: {
    there: (device) => existsSync(CHILD) && installed('speaker') && anyDevice(device),
    command: (device) => ({ file: process.execPath, args: [CHILD, ...(device === undefined ? [] : [device])] }),
  },
  play: {
    there: (device) => onPath('play') && anyDevice(device),
    command: (device) => ({
      file: 'play', args: ['-q', '--buffer', '1280', ...SOX_RAW, '-'], ...(device === undefined ? {} : { env: { ...process.env, AUDIODEV: device } }),
    }),
  },
  ffplay: {
    there: (device) => onPath('ffplay') && anyDevice(device),
    command: () => ({ file: 'ffplay', args: ['-nodisp', '-autoexit', '-loglevel', 'error', '-fflags', 'nobuffer', '-f', 's16le', '-ar', `${SAMPLE_RATE}`, '-i', 'pipe:0'] }),
  },
};

/** Only Linux says cheaply whether there is one; elsewhere it is taken for granted. */
function anyDevice(device: string | undefined): boolean {
  return device !== undefined || process.platform !== 'linux' || alsaThere('playback') || pulseThere();
}

function installed(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Tells which backend `speaker` would use, or what is missing, as a hint for people. Opens nothing. */
export function findSpeaker({ backend = 'auto', device }: SpeakerOptions = {}): Promise<{ backend: SpeakerBackend } | { missing: string }> {
  const names = backend === 'auto' ? Object.keys(BACKENDS) as SpeakerBackend[] : [backend];
  const found = names.find((name) => BACKENDS[name].there(device));
  return Promise.resolve(found === undefined ? { missing: missing() } : { backend: found });
}

function missing(): string {
  if (process.platform === 'darwin') return 'Install sox (brew install sox), or keep the reply in a file with --speaker FILE.wav.';
  if (process.platform !== 'linux') return 'Install sox or ffmpeg and put it on the PATH, or keep the reply in a file with --speaker FILE.wav.';
  if (['aplay', 'pacat', 'play', 'ffplay'].some(onPath)) return 'Connect a speaker, start the sound server, or keep the reply in a file with --speaker FILE.wav.';
  return 'Install alsa-utils (aplay) or pulseaudio-utils (pacat), or keep the reply in a file with --speaker FILE.wav.';
}

/**
 * A real speaker, through a player of the system or the native package `speaker` in a process of its own. It is kept awake
 * with inaudible noise. Errors with a SpeechError of kind `device`: `no-speaker`, `device-lost`.
 */
export function speaker(options: SpeakerOptions = {}): SpeakerSink {
  const opened = defer(() => findSpeaker(options)).pipe(
    switchMap((found) => 'missing' in found
      ? throwError(() => new SpeechError('No speaker was found.', { kind: 'device', code: 'no-speaker', hint: found.missing }))
      : of(found.backend)),
    switchMap((backend) => player(backend, options.device)),
  );
  return clockedSink(opened, { latency: LATENCY, dither: true });
}

function player(backend: SpeakerBackend, device: string | undefined): Observable<AudioOut> {
  return new Observable<AudioOut>((subscriber) => {
    const { file, args, env = process.env } = BACKENDS[backend].command(device);
    const child = spawn(file, args, { stdio: ['pipe', 'ignore', 'pipe'], env });
    const said = complaints(child.stderr);
    let young = true;
    let onDrained: (() => void) | undefined;
    const youth = setTimeout(() => {
      young = false;
    }, START);
    const fail = (how: string, cause?: unknown): void => subscriber.error(new SpeechError(
      young ? `The speaker cannot be opened: ${backend} ${how}.` : `The speaker was lost: ${backend} ${how}.`,
      { kind: 'device', code: young ? 'no-speaker' : 'device-lost', hint: missing(), retryable: !young, cause },
    ));

    child.on('error', (error) => fail(`did not start (${error.message})`, error));
    // A player that ends breaks its pipe first; `close` says why it ended.
    child.stdin.on('error', () => undefined);
    child.on('close', (code, signal) => {
      if (onDrained !== undefined && code === 0) onDrained();
      else fail(`ended (${signal ?? `exit code ${code ?? 0}`})${said() === '' ? '' : `: ${said()}`}`);
    });

    subscriber.next({
      write: (pcm) => {
        child.stdin.write(int16ToBytes(pcm));
        if (child.stdin.writableLength > HUNG) fail('takes no sound any more');
      },
      drain: () => new Observable<never>((drained) => {
        const late = setTimeout(() => drained.complete(), DRAIN);
        onDrained = () => drained.complete();
        child.stdin.end();
        return () => clearTimeout(late);
      }),
    });
    return () => {
      clearTimeout(youth);
      child.kill('SIGKILL');
      child.stdin.destroy();
      child.stderr.destroy();
    };
  });
}
