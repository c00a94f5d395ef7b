/** How loud (dBFS) the microphone was while something was played, and how loud it is without the echo of that. */
export interface Echo { readonly before: number; readonly after: number }

/** Adds up how loud a microphone was with its echo and without. */
export interface EchoLevels {
  readonly length: number;
  readonly with: (mic: Int16Array, clean: Int16Array) => EchoLevels;
  readonly read: () => Echo;
}

export function newEchoLevels(length = 0, before = 0, after = 0): EchoLevels {
  return {
    length,
    with: (mic, clean) => newEchoLevels(length + mic.length, before + power(mic) * mic.length, after + power(clean) * clean.length),
    read: () => ({ before: decibels(before / length), after: decibels(after / length) }),
  };
}

/** Mean square of some samples. */
export function power(pcm: Int16Array): number {
  let sum = 0;
  for (const sample of pcm) sum += sample * sample;
  return sum / pcm.length;
}

/** dBFS of a mean square, to a tenth. */
export function decibels(meanSquare: number): number {
  return Math.round(100 * Math.log10(Math.max(meanSquare, 1e-3) / 32_768 ** 2)) / 10;
}
