import { catchError, concat, defaultIfEmpty, defer, from, ignoreElements, map, of, switchMap, take, takeUntil, timer, toArray } from 'rxjs';
import type { Observable } from 'rxjs';
import { levels } from '../../operators/levels.js';
import type { Level } from '../../operators/levels.js';
import type { MicSource } from '../../src/audio/devices.js';
import { listDevices, type AudioDevice } from '../../src/audio/list-devices.js';
import { findMicrophone, microphone } from '../../src/audio/microphone.js';
import { findSpeaker, speaker } from '../../src/audio/speaker.js';
import type { DeviceOptions } from '../../src/audio/systems.js';
import { SAMPLE_RATE } from '../../src/engines.js';
import { exitCodes } from '../exit.js';
import { bad, caution, failed, good, working } from './finding.js';
import type { Check, Finding } from './finding.js';

export interface CheckedDevice {
  /** Without it nothing works here; otherwise it may be missing. */
  readonly needed: boolean;
  /** The device that is asked for, and the way to it. */
  readonly wanted?: DeviceOptions;
}

/** Pieces of 20 ms that the level is taken from: 2 s. */
const PIECES = 100;
/** Milliseconds a device has for them, its start included. */
const PATIENCE = 5_000;

/** Which program records here, and how loud what it records is. */
export function checkMicrophone({ needed, wanted = {}, patience = PATIENCE }: CheckedDevice & { readonly patience?: number }): Check {
  return defer(() => of(findMicrophone(wanted))).pipe(switchMap((found) => 'missing' in found
    ? of(absent('microphone', needed, found.missing))
    : concat(
      of(good('microphone.found', `The microphone${named(wanted)} is recorded with ${found.backend}.`, { backend: found.backend }), working('listening to the microphone: say something')),
      loudness(microphone({ ...wanted, ...found }), found.backend, patience),
    )));
}

const named = ({ device }: DeviceOptions): string => (device === undefined ? '' : ` ${device}`);

/** Which devices there are to choose from. */
export function checkDevices({ system = 'auto' }: DeviceOptions = {}, list = listDevices): Check {
  return defer(() => list()).pipe(map((all) => {
    const devices = all.filter((device) => system === 'auto' || device.system === system);
    const of = (one: AudioDevice['kind']) => devices.filter(({ kind }) => kind === one).map(({ description, name, preset }) => ({ name, text: `${preset ? '* ' : ''}${description} (${name})` }));
    const [microphones, speakers] = [of('microphone'), of('speaker')];
    const told = (rows: typeof microphones): string => (rows.length === 0 ? 'none' : rows.map(({ text }) => text).join(', '));
    return devices.length === 0
      ? caution('audio.devices', 'No program here lists devices.', 'Install pulseaudio-utils (pactl) or alsa-utils (arecord), to choose among them.')
      : good('audio.devices', `Microphones: ${told(microphones)}. Speakers: ${told(speakers)}. * is taken where none is named.`, { microphones: microphones.map(({ name }) => name), speakers: speakers.map(({ name }) => name) });
  }));
}

function absent(what: 'microphone' | 'speaker', needed: boolean, hint: string): Finding {
  const text = `There is no ${what} here.`;
  return needed
    ? bad(`${what}.found`, exitCodes.audioDevice, text, hint)
    : caution(`${what}.found`, `${text} A server needs none, and a talk goes on without.`, hint);
}

function loudness(mic: MicSource, backend: string, patience: number): Observable<Finding> {
  const recording = mic.pipe(take(PIECES), takeUntil(timer(patience)), toArray());
  return recording.pipe(
    switchMap((pieces) => (pieces.length === 0 ? [] : from(pieces).pipe(levels({ every: pieces.length }), map((level) => judge(level, pieces))))),
    defaultIfEmpty(bad('microphone.level', exitCodes.audioDevice, `${backend} runs and gives no sound within ${patience / 1000} s.`,
      'Another program may hold the microphone, or the sound server hangs: end the one, or restart the other.')),
    catchError((error: unknown) => of(failed('microphone.level', error))),
  );
}

/** dBFS of a peak that a microphone reaches only where it has no room left. */
const FULL = -0.1;
/** dBFS of a peak below which no voice can have been, not even one at the other end of a room. */
const FAINT = -60;

/** What a level means. A quiet room has a peak of −60 to −40 dBFS, a voice nearby one of −30 to −6. */
function judge({ rms, peak }: Level, pieces: readonly Int16Array[]): Finding {
  const seconds = pieces.reduce((sum, { length }) => sum + length, 0) / SAMPLE_RATE;
  const facts = { rms: rounded(rms), peak: rounded(peak), seconds };
  const measured = `peak ${decibels(peak)}, mean ${decibels(rms)} dBFS over ${seconds.toFixed(1)} s`;
  if (pieces.every((piece) => piece.every((sample) => sample === 0))) {
    return caution('microphone.level', `Digital silence for ${seconds.toFixed(1)} s: is the microphone muted?`, 'Unmute it in the mixer (alsamixer, pavucontrol, or the settings of the system), or at its own switch.', facts);
  }
  if (peak > FULL) return caution('microphone.level', `The microphone is clipping: ${measured}.`, 'Turn its gain down, or move away from it: what clips is heard wrongly.', facts);
  if (peak < FAINT) return caution('microphone.level', `The microphone is very quiet: ${measured}.`, 'Turn its gain up, or choose another one in the settings of the system; and say something during the test.', facts);
  return good('microphone.level', `The microphone gives ${measured}.`, facts);
}

/** Which program plays here; with `play`, whether it takes a soft tone. */
export function checkSpeaker({ needed, wanted = {}, play }: CheckedDevice & { readonly play: boolean }): Check {
  return defer(() => of(findSpeaker(wanted))).pipe(switchMap((found): Check => {
    if ('missing' in found) return of(absent('speaker', needed, found.missing));
    const there = good('speaker.found', `Replies are played${wanted.device === undefined ? '' : ` on${named(wanted)}`} with ${found.backend}${play ? '' : '; --play tries it with a soft tone'}.`, { backend: found.backend });
    if (!play) return of(there);
    return concat(of(there, working('playing a soft tone')), speaker({ ...wanted, ...found })(of(softTone())).pipe(
      ignoreElements(),
      defaultIfEmpty(good('speaker.tone', 'A soft tone was played. If it was not heard, turn the volume up or choose another output.')),
      catchError((error: unknown) => of(failed('speaker.tone', error))),
    ));
  }));
}

/** Half a second of 440 Hz at −30 dBFS, which swells and fades. */
function softTone(): Int16Array {
  const length = SAMPLE_RATE / 2;
  return Int16Array.from({ length }, (_, n) => Math.round(1_036 * Math.sin((Math.PI * n) / length) * Math.sin((2 * Math.PI * 440 * n) / SAMPLE_RATE)));
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function decibels(value: number): string {
  return value.toFixed(0).replace('-', '−');
}
