import { spawn } from 'node:child_process';
import { defer, Observable } from 'rxjs';
import { SpeechError } from '../errors.js';
import { clockedSink, type AudioOut } from './clocked-sink.js';
import type { SpeakerSink } from './devices.js';
import { int16ToBytes } from './pcm.js';
import { LATENCY, PLAYERS, type SpeakerBackend } from './players.js';
import type { DeviceOptions } from './systems.js';
import { complaints, onPath } from './tools.js';

export type { SpeakerBackend } from './players.js';

export interface SpeakerOptions extends DeviceOptions {
  /** One player and no other. @default the first of `system` that is there */
  readonly backend?: SpeakerBackend;
}

/** Bytes a program may leave unread before it counts as hung: 10 s of audio. */
const HUNG = 320_000;
/** Milliseconds it may take to play its buffer out and end. */
const DRAIN = 2_000;
/** A program that ends within so many milliseconds never had a speaker. */
const START = 500;

/** Tells which backend `speaker` would use, or what is missing, as a hint for people. Opens nothing. */
export function findSpeaker({ backend, system = 'auto', device }: SpeakerOptions = {}): { readonly backend: SpeakerBackend } | { readonly missing: string } {
  const names = (Object.keys(PLAYERS) as SpeakerBackend[]).filter((name) => (backend ?? name) === name && (system === 'auto' || PLAYERS[name].system === system));
  const found = names.find((name) => PLAYERS[name].there(device));
  return found === undefined ? { missing: missing(names) } : { backend: found };
}

function missing(names: readonly SpeakerBackend[]): string {
  const [only] = names;
  const instead = 'or keep the reply in a file with --speaker FILE.wav.';
  if (only === 'speaker' && names.length === 1) return `Install the package speaker (it is compiled: a C++ compiler, and on Linux libasound2-dev), choose another way with --audio, ${instead}`;
  if (names.length === 1 && only !== undefined) return `Install what has ${only}, start its sound server, or choose another way with --audio; ${instead}`;
  if (process.platform === 'darwin') return `Install sox (brew install sox), ${instead}`;
  if (process.platform !== 'linux') return `Install sox or ffmpeg and put it on the PATH, ${instead}`;
  if (['aplay', 'pacat', 'pw-play', 'play', 'ffplay'].some(onPath)) return `Connect a speaker, start the sound server, ${instead}`;
  return `Install alsa-utils (aplay) or pulseaudio-utils (pacat), ${instead}`;
}

/**
 * A real speaker, through a player of the system or the native package `speaker` in a process of its own. It is kept awake
 * with inaudible noise. Errors with a SpeechError of kind `device`: `no-speaker`, `device-lost`.
 */
export function speaker(options: SpeakerOptions = {}): SpeakerSink {
  const opened = defer(() => {
    const found = findSpeaker(options);
    if ('missing' in found) throw new SpeechError('No speaker was found.', { kind: 'device', code: 'no-speaker', hint: found.missing });
    return player(found.backend, options.device);
  });
  return clockedSink(opened, { latency: LATENCY, dither: true });
}

function player(backend: SpeakerBackend, device: string | undefined): Observable<AudioOut> {
  return new Observable<AudioOut>((subscriber) => {
    const { file, args, env = {} } = PLAYERS[backend].command(device);
    const child = spawn(file, args, { stdio: ['pipe', 'ignore', 'pipe'], env: { ...process.env, ...env } });
    const said = complaints(child.stderr);
    let young = true;
    let onDrained: (() => void) | undefined;
    const youth = setTimeout(() => {
      young = false;
    }, START);
    const fail = (how: string, cause?: unknown): void => subscriber.error(new SpeechError(
      young ? `The speaker cannot be opened: ${backend} ${how}.` : `The speaker was lost: ${backend} ${how}.`,
      { kind: 'device', code: young ? 'no-speaker' : 'device-lost', hint: missing([]), retryable: !young, cause },
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
