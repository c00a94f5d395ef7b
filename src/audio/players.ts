import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { SAMPLE_RATE } from '../engines.js';
import type { AudioSystem } from './systems.js';
import { alsaThere, onPath, pipewirePcm, pipewireThere, pulseThere } from './tools.js';

/** What can be played with: a program of that name, or the native package `speaker` where it could be built. */
export type SpeakerBackend = 'pacat' | 'pw-play' | 'aplay' | 'speaker' | 'play' | 'ffplay';

/** A program that plays 16 kHz mono PCM from its standard input. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface Row {
  readonly system: AudioSystem;
  /** Whether it can be tried here. Opens nothing. */
  readonly there: (device: string | undefined) => boolean;
  readonly command: (device: string | undefined) => Command;
}

/** Milliseconds that the programs are asked to buffer, and so about what a sample takes until it is heard. */
export const LATENCY = 80;

/** What asks PulseAudio for that in the place of programs that cannot. */
const PROMPT = { PULSE_LATENCY_MSEC: `${LATENCY}` };
const CHILD = fileURLToPath(new URL('./speaker-child.js', import.meta.url));
const SOX_RAW = ['-t', 'raw', '-r', `${SAMPLE_RATE}`, '-e', 'signed-integer', '-b', '16', '-c', '1'];

const chosen = (flag: string, device: string | undefined): string[] => (device === undefined ? [] : [flag, device]);
const audiodev = (device: string | undefined): Record<string, string> => (device === undefined ? {} : { AUDIODEV: device });

/** In the order of preference. */
export const PLAYERS: Readonly<Record<SpeakerBackend, Row>> = {
  pacat: {
    system: 'pulse',
    there: () => onPath('pacat') && pulseThere(),
    command: (device) => ({
      file: 'pacat',
      args: ['--playback', '--raw', '--format=s16le', `--rate=${SAMPLE_RATE}`, '--channels=1', `--latency-msec=${LATENCY}`, ...(device === undefined ? [] : [`--device=${device}`])],
    }),
  },
  'pw-play': {
    system: 'pipewire',
    there: () => onPath('pw-play') && pipewireThere(),
    command: (device) => ({
      file: 'pw-play', args: [...pipewirePcm('pw-play'), '--latency', `${LATENCY}ms`, ...chosen('--target', device), '-'],
    }),
  },
  aplay: {
    system: 'alsa',
    there: (device) => onPath('aplay') && (device !== undefined || alsaThere('playback') || pulseThere()),
    command: (device) => ({
      file: 'aplay', args: [...chosen('-D', device), '-q', '-t', 'raw', '-f', 'S16_LE', '-r', `${SAMPLE_RATE}`, '-c', '1', '-F', '20000', '-B', `${LATENCY * 1000}`],
    }),
  },
  speaker: {
    system: 'packages',
    there: (device) => existsSync(CHILD) && installed('speaker') && anyDevice(device),
    command: (device) => ({ file: process.execPath, args: [CHILD, ...(device === undefined ? [] : [device])] }),
  },
  play: {
    system: 'sox',
    there: (device) => onPath('play') && anyDevice(device),
    command: (device) => ({ file: 'play', args: ['-q', '--buffer', '1280', ...SOX_RAW, '-'], env: { ...PROMPT, ...audiodev(device) } }),
  },
  ffplay: {
    system: 'ffmpeg',
    // It plays on the default device only.
    there: (device) => onPath('ffplay') && device === undefined && anyDevice(device),
    command: () => ({
      file: 'ffplay', args: ['-nodisp', '-autoexit', '-loglevel', 'error', '-fflags', 'nobuffer', '-probesize', '32', '-f', 's16le', '-ar', `${SAMPLE_RATE}`, '-i', 'pipe:0'], env: PROMPT,
    }),
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
