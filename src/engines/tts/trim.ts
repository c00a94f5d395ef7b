/** How loud all our voices are, in LUFS. */
export const LOUDNESS = -20;

/** One utterance on its way out; all at 16 kHz. */
export interface Trimmer {
  /** What can be given out by now: nothing before the voice begins, and never the quiet that may be the end. */
  push(samples: Float32Array): Float32Array;
  /** The end of the utterance, faded out. Afterwards the next utterance can begin. */
  flush(): Float32Array;
}

// In samples of 16 kHz.
const WINDOW = 80; // 5 ms: shorter than any sound of speech.
const LEAD = 320; // 20 ms before the first sound: the soft beginning of an f or an h lies there.
const TAIL = 1920; // 120 ms after the last one, so that sentences do not run into each other.
const FADE = 80;
/** Up to the knee samples pass as they are; what is louder is bent towards the ceiling, so that no gain can make it clip. */
const KNEE = 0.7;
const CEILING = 0.98;

export interface TrimmerOptions {
  /** What samples are multiplied with first, so that all voices are equally loud; peaks are rounded off, never cut. @default 1 */
  readonly gain?: number;
  /** Root mean square of a window that is heard, in dB of full scale: above the voice's hiss, below its softest sound. @default -50 */
  readonly heard?: number;
}

/** Cuts the quiet off both ends of what a voice says, and fades both ends so that joins do not click. */
export function createTrimmer({ gain = 1, heard = -50 }: TrimmerOptions = {}): Trimmer {
  const threshold = 10 ** (heard / 20);
  let held = new Float32Array(0);
  /** How many of the held samples have been listened to; how many of them are to be given out. */
  let seen = 0;
  let due = 0;
  let begun = false;

  const give = (count: number): Float32Array => {
    const samples = held.slice(0, count);
    held = held.slice(count);
    seen = Math.max(0, seen - count);
    due = Math.max(0, due - count);
    return samples;
  };

  const listen = (): void => {
    for (; seen + WINDOW <= held.length; seen += WINDOW) {
      if (level(held.subarray(seen, seen + WINDOW)) < threshold) continue;
      if (!begun) {
        give(Math.max(0, seen - LEAD));
        fade(held.subarray(0, FADE), (share) => share);
        begun = true;
      }
      due = seen + WINDOW;
    }
  };

  return {
    push(samples) {
      const all = new Float32Array(held.length + samples.length);
      all.set(held);
      all.set(samples.map((sample) => limited(sample * gain)), held.length);
      held = all;
      listen();
      if (begun) return give(Math.max(0, due - FADE));
      give(Math.max(0, seen - LEAD));
      return new Float32Array(0);
    },
    flush() {
      const rest = begun ? give(Math.min(held.length, due + TAIL)) : new Float32Array(0);
      fade(rest.subarray(Math.max(0, rest.length - FADE)), (share) => 1 - share);
      held = new Float32Array(0);
      seen = due = 0;
      begun = false;
      return rest;
    },
  };
}

function level(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

function limited(sample: number): number {
  const over = Math.abs(sample) - KNEE;
  return over <= 0 ? sample : Math.sign(sample) * (KNEE + (CEILING - KNEE) * Math.tanh(over / (CEILING - KNEE)));
}

/** Half a cosine, so that the slope has no corner at either end. */
function fade(samples: Float32Array, share: (at: number) => number): void {
  for (let index = 0; index < samples.length; index++) {
    samples[index] = (samples[index] ?? 0) * (0.5 - 0.5 * Math.cos(Math.PI * share((index + 0.5) / samples.length)));
  }
}
