import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { SAMPLE_RATE } from '../engines.js';
import type { AudioSystem } from './systems.js';
import { alsaThere, onPath, pipewirePcm, pipewireThere, pulseThere } from './tools.js';

/** What a microphone can be recorded with: a program of that name, or the package `node-record-lpcm16`, which runs sox. */
export type MicBackend = 'parec' | 'pw-record' | 'arecord' | 'node-record-lpcm16' | 'sox' | 'ffmpeg';

/** A program that records: 16 kHz mono PCM on its standard output. */
export type Recorder = ChildProcessByStdio<null, Readable, Readable>;

interface Row {
  readonly system: AudioSystem;
  /** Whether it can be tried here. Opens nothing. */
  readonly there: (device: string | undefined) => boolean;
  readonly start: (device: string | undefined) => Recorder | Promise<Recorder>;
}

/** Bytes of 20 ms: the pieces that all of them are asked for. */
export const PIECE = 640;

/** What makes 20 ms of anything that reaches PulseAudio without being able to ask it for that. */
const PROMPT = { PULSE_LATENCY_MSEC: '20' };

const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Recorder =>
  spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });

const chosen = (flag: string, device: string | undefined): string[] => (device === undefined ? [] : [flag, device]);

/** Only Linux says cheaply whether there is one; elsewhere it is taken for granted. */
const anyDevice = (device: string | undefined): boolean => device !== undefined || process.platform !== 'linux' || alsaThere('capture') || pulseThere();

/** In the order of preference: what asks the sound server itself, and so gives small pieces, comes first. */
export const RECORDERS: Readonly<Record<MicBackend, Row>> = {
  parec: {
    system: 'pulse',
    there: () => onPath('parec') && pulseThere(),
    start: (device) => run('parec', [
      '--raw', '--format=s16le', `--rate=${SAMPLE_RATE}`, '--channels=1', '--latency-msec=20', ...(device === undefined ? [] : [`--device=${device}`]),
    ]),
  },
  'pw-record': {
    system: 'pipewire',
    there: () => onPath('pw-record') && pipewireThere(),
    start: (device) => {
      const args = [...pipewirePcm('pw-record'), '--latency', '20ms', ...chosen('--target', device), '-'];
      // By itself it collects 4096 bytes for a pipe: 128 ms.
      return onPath('stdbuf') ? run('stdbuf', ['-o', `${PIECE}`, 'pw-record', ...args]) : run('pw-record', args);
    },
  },
  arecord: {
    system: 'alsa',
    there: (device) => onPath('arecord') && (device !== undefined || alsaThere('capture') || pulseThere()),
    start: (device) => run('arecord', [...chosen('-D', device), '-q', '-t', 'raw', '-f', 'S16_LE', '-r', `${SAMPLE_RATE}`, '-c', '1', '-F', '20000', '-B', '80000']),
  },
  'node-record-lpcm16': {
    system: 'packages',
    there: (device) => onPath('sox') && anyDevice(device),
    start: async (device) => {
      // Node finds no named exports in this CommonJS package, whatever a bundler or a test runner makes of it.
      const { default: lpcm16 } = await import('node-record-lpcm16');
      const options = { sampleRate: SAMPLE_RATE, channels: 1, audioType: 'raw', recorder: 'sox' } as const;
      return lpcm16.record(device === undefined ? options : { ...options, device }).process;
    },
  },
  sox: {
    system: 'sox',
    there: (device) => onPath('sox') && anyDevice(device),
    start: (device) => run(
      'sox',
      ['-q', '--buffer', `${PIECE}`, '-d', '-t', 'raw', '-r', `${SAMPLE_RATE}`, '-c', '1', '-e', 'signed-integer', '-b', '16', '-'],
      { ...PROMPT, ...(device === undefined ? {} : { AUDIODEV: device }) },
    ),
  },
  ffmpeg: {
    system: 'ffmpeg',
    // On Windows it knows no default device.
    there: (device) => onPath('ffmpeg') && anyDevice(device) && (device !== undefined || process.platform !== 'win32'),
    start: (device) => run('ffmpeg', [
      '-nostdin', '-hide_banner', '-loglevel', 'error', '-fflags', 'nobuffer', ...ffmpegInput(device),
      '-ac', '1', '-ar', `${SAMPLE_RATE}`, '-f', 's16le', '-flush_packets', '1', 'pipe:1',
    ], PROMPT),
  },
};

function ffmpegInput(device: string | undefined): string[] {
  if (process.platform === 'darwin') return ['-f', 'avfoundation', '-i', `:${device ?? 'default'}`];
  if (process.platform === 'win32') return ['-f', 'dshow', '-audio_buffer_size', '20', '-i', `audio=${device ?? ''}`];
  return pulseThere() ? ['-f', 'pulse', '-fragment_size', `${PIECE}`, '-i', device ?? 'default'] : ['-f', 'alsa', '-i', device ?? 'default'];
}
