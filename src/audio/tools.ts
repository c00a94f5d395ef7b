import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { SAMPLE_RATE } from '../engines.js';

/** Whether a program of that name can be run from PATH. */
export function onPath(command: string): boolean {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => folder !== '' && endings.some((ending) => executable(join(folder, command + ending))));
}

/** Whether the file is there and may be run. */
export function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a PulseAudio server, or PipeWire in its place, is there to be asked. */
export function pulseThere(): boolean {
  const { PULSE_SERVER, XDG_RUNTIME_DIR } = process.env;
  if (PULSE_SERVER !== undefined && PULSE_SERVER !== '') return true;
  const folder = XDG_RUNTIME_DIR ?? `/run/user/${process.getuid?.() ?? 0}`;
  return existsSync(join(folder, 'pulse', 'native'));
}

/** Whether PipeWire is there to be asked in its own words. */
export function pipewireThere(): boolean {
  const { PIPEWIRE_REMOTE: remote = 'pipewire-0', PIPEWIRE_RUNTIME_DIR, XDG_RUNTIME_DIR } = process.env;
  return existsSync(join(PIPEWIRE_RUNTIME_DIR ?? XDG_RUNTIME_DIR ?? `/run/user/${process.getuid?.() ?? 0}`, remote));
}

const takesRaw = new Map<string, boolean>();

/**
 * What asks one of PipeWire's programs for 16 kHz mono PCM without a header. That there is none is an option since 1.4, which those before it
 * refuse. The program is asked once, since every interruption opens a player anew.
 */
export function pipewirePcm(program: 'pw-play' | 'pw-record'): readonly string[] {
  const key = `${program} ${process.env['PATH'] ?? ''}`;
  const raw = takesRaw.get(key) ?? helpOf(program).includes('--raw');
  takesRaw.set(key, raw);
  return [...(raw ? ['--raw'] : []), '--rate', `${SAMPLE_RATE}`, '--channels', '1', '--format', 's16'];
}

/** Nothing where the program cannot be started: starting it in earnest tells. */
function helpOf(program: string): string {
  const { error, stdout } = spawnSync(program, ['--help'], { encoding: 'utf8', timeout: 2_000 });
  return error === undefined ? stdout : '';
}

/** Whether ALSA has a card that records or plays, or a configuration of the user's that may name something else. */
export function alsaThere(direction: 'capture' | 'playback'): boolean {
  if (process.env['ALSA_CONFIG_PATH'] !== undefined || existsSync(join(homedir(), '.asoundrc'))) return true;
  try {
    return readFileSync('/proc/asound/pcm', 'utf8').includes(direction);
  } catch {
    // Without ALSA in the kernel the file does not exist.
    return false;
  }
}

/** Collects what a tool complains about; gives the last line of it, fit for a terminal. */
export function complaints(stream: Readable): () => string {
  let tail = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-1000);
  });
  return () => {
    const lines = stripVTControlCharacters(tail).split(/[\r\n]+/).map((line) => line.trim()).filter((line) => line !== '');
    return (lines.at(-1) ?? '').replace(/\p{Cc}/gu, ' ').slice(0, 200);
  };
}
