import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { AudioSystem } from './systems.js';
import { onPath, pulseThere } from './tools.js';

/** A microphone or speaker that can be chosen: its `name` goes with its `system`. */
export interface AudioDevice {
  readonly system: AudioSystem;
  readonly kind: 'microphone' | 'speaker';
  readonly name: string;
  readonly description: string;
  /** Whether it is taken where none is named. */
  readonly preset: boolean;
}

/** Milliseconds that a program has for its list. */
const PATIENCE = 5_000;
const KINDS = ['microphone', 'speaker'] as const;

const run = promisify(execFile);

/** What a program says, in English; nothing where it fails, as it then has no list. `ffmpeg` fails after every list. */
async function said(file: string, args: readonly string[]): Promise<string> {
  try {
    return (await run(file, args, { timeout: PATIENCE, env: { ...process.env, LC_ALL: 'C' } })).stdout;
  } catch (error) {
    return error instanceof Error && 'stderr' in error && file === 'ffmpeg' ? String(error.stderr) : '';
  }
}

/**
 * The microphones and speakers that programs of this machine list: `pactl` those of PulseAudio or PipeWire, ALSA's own its
 * cards, and on macOS and Windows ffmpeg. Empty where none of them is there, or none says anything within 5 s.
 */
export async function listDevices(): Promise<readonly AudioDevice[]> {
  const lists = await Promise.all([
    ...(onPath('pactl') && pulseThere() ? KINDS.map(pulseDevices) : []),
    ...KINDS.map(alsaDevices),
    ...(process.platform !== 'linux' && onPath('ffmpeg') ? [ffmpegDevices()] : []),
  ]);
  return lists.flat();
}

async function pulseDevices(kind: AudioDevice['kind']): Promise<AudioDevice[]> {
  const what = kind === 'microphone' ? 'source' : 'sink';
  const [info, list] = await Promise.all([said('pactl', ['info']), said('pactl', ['list', `${what}s`])]);
  const preset = new RegExp(`^Default ${what}: (.*)$`, 'im').exec(info)?.[1];
  return parsePulse(list).map(({ name, description }) => ({ system: 'pulse', kind, name, description, preset: name === preset }));
}

async function alsaDevices(kind: AudioDevice['kind']): Promise<AudioDevice[]> {
  const program = kind === 'microphone' ? 'arecord' : 'aplay';
  if (!onPath(program)) return [];
  return parseAlsa(await said(program, ['-L'])).map(({ name, description }) => ({ system: 'alsa', kind, name, description, preset: name === 'default' }));
}

async function ffmpegDevices(): Promise<AudioDevice[]> {
  const [format, input] = process.platform === 'darwin' ? ['avfoundation', ''] : ['dshow', 'dummy'];
  const list = await said('ffmpeg', ['-hide_banner', '-f', format, '-list_devices', 'true', '-i', input]);
  return parseFfmpeg(list).map(({ name, description }) => ({ system: 'ffmpeg', kind: 'microphone', name, description, preset: false }));
}

type Named = Pick<AudioDevice, 'name' | 'description'>;

/** Of `pactl list sources`. What monitors a speaker is no microphone, and can be named all the same. */
export function parsePulse(list: string): Named[] {
  return [...list.matchAll(/^\s*Name: (.*)\n\s*Description: (.*)$/gm)].map(([, name = '', description = '']) => ({ name, description }));
}

/** Of `arecord -L`: names, each with lines of description below it. What only converts, and belongs to no card, is left out. */
export function parseAlsa(list: string): Named[] {
  return [...list.matchAll(/^(\S+)\n((?:[ \t]+.*\n?)*)/gm)]
    .map(([, name = '', lines = '']) => ({ name, description: lines.trim().split(/\s*\n\s*/).join(', ') }))
    .filter(({ name }) => name.includes(':') || ['default', 'pulse', 'pipewire'].includes(name));
}

/** Of `ffmpeg -list_devices`: indices and names on macOS, names in quotes on Windows. */
export function parseFfmpeg(list: string): Named[] {
  const [, audio = ''] = list.split(/AVFoundation audio devices:/);
  const numbered = [...audio.matchAll(/\] \[(\d+)\] (.*)$/gm)].map(([, name = '', description = '']) => ({ name, description }));
  const quoted = [...list.matchAll(/\] "(.*)" \(audio\)$/gm)].map(([, name = '']) => ({ name, description: name }));
  return [...numbered, ...quoted];
}
