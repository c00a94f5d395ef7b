import { bufferCount, map, type OperatorFunction } from 'rxjs';

/** How loud a stretch of audio is, in dBFS: 0 is a full-scale square wave (a full-scale sine has an rms of -3), -100 is silence. */
export interface Level {
  readonly rms: number;
  readonly peak: number;
}

export interface LevelsOptions {
  /** Frames that make one level; 3 frames of 32 ms give about 10 a second, what a meter can show. @default 3 */
  readonly every?: number;
}

/**
 * Measures how loud every few frames of audio are.
 *
 * ```
 * frames  --q-q-q-l-l-l-l|
 * levels  ------a-----b--(c|)
 * ```
 *
 * (q quiet, l loud; every 3.) 16-bit samples are divided by 32 768, floating-point samples are taken as they are. What is left at the end makes a
 * last level. One sample that is no number does not poison a meter: the floor, -100 dBFS, is shown for it.
 *
 * @throws RangeError at call time where `every` is not a whole number above 0.
 */
export function levels(options: LevelsOptions = {}): OperatorFunction<Int16Array | Float32Array, Level> {
  const { every = 3 } = options;
  if (!Number.isInteger(every) || every < 1) throw new RangeError(`levels: every must be a whole number of frames above 0, not ${every}.`);

  return (frames) => frames.pipe(bufferCount(every), map(measure));
}

const FLOOR = -100;

function measure(frames: readonly (Int16Array | Float32Array)[]): Level {
  let energy = 0;
  let peak = 0;
  let count = 0;
  for (const frame of frames) {
    const full = frame instanceof Int16Array ? 32_768 : 1;
    for (const sample of frame) {
      const value = Math.abs(sample) / full;
      energy += value * value;
      if (value > peak) peak = value;
    }
    count += frame.length;
  }
  return { rms: decibels(Math.sqrt(energy / count)), peak: decibels(peak) };
}

/** NaN (no samples, or a broken one) and -Infinity (digital silence) both end at the floor. */
function decibels(amplitude: number): number {
  const value = 20 * Math.log10(amplitude);
  return value > FLOOR ? value : FLOOR;
}
