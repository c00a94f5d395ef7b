/** How many samples later an echo comes, and how alike the two are then: from 0 to 1. */
export interface EchoDelay { readonly delay: number; readonly match: number }

/** Samples of 16 kHz that are averaged to one for the first look: what is left of speech then, below 2 kHz, is most of it. */
const COARSE = 4;
/** What is about as good as the best is looked at more closely, and what is near the expected one is preferred: voiced sounds are like themselves a pitch period later. */
const AS_GOOD = 0.8;

/**
 * Finds what was played in what a microphone hears, by normalised cross-correlation of the two after a first difference, which
 * takes from speech the slow part that is alike at every delay.
 *
 * @param heard A window of the microphone, 16 kHz.
 * @param played What was played until the end of that window: as much longer as the longest delay to look for.
 * @param expected The delay so far: one within four samples of it is preferred if it is about as good as any.
 */
export function echoDelay(heard: Int16Array, played: Int16Array, expected?: number): EchoDelay {
  const longest = played.length - heard.length;
  const rough = matches(difference(averaged(heard)), difference(averaged(played)), 0, Math.floor(longest / COARSE));
  const most = Math.max(...rough.map(({ match }) => match));
  const peaks = rough.filter(({ delay, match }) => match > AS_GOOD * most && match >= (rough[delay - 1]?.match ?? 0) && match >= (rough[delay + 1]?.match ?? 0));

  const [mic, out] = [difference(Float32Array.from(heard)), difference(Float32Array.from(played))];
  const around = (delay: number): EchoDelay[] => matches(mic, out, Math.max(0, delay - COARSE), Math.min(longest, delay + COARSE));
  const best = peaks.flatMap(({ delay }) => around(delay * COARSE)).reduce(better, { delay: 0, match: 0 });
  const old = expected === undefined ? undefined : around(expected).reduce(better, { delay: expected, match: 0 });
  return old !== undefined && old.match > AS_GOOD * best.match ? old : best;
}

/** How alike the two are for each delay from one to another; the end of both is the same moment. */
function matches(mic: Float32Array, out: Float32Array, least: number, most: number): EchoDelay[] {
  const found: EchoDelay[] = [];
  const energy = power(mic, 0, mic.length);
  const start = out.length - mic.length;
  let window = power(out, start - least, out.length - least);
  for (let delay = least; delay <= most; delay++) {
    const from = start - delay;
    if (delay > least) window += (out[from] ?? 0) ** 2 - (out[from + mic.length] ?? 0) ** 2;
    let sum = 0;
    for (let n = 0; n < mic.length; n++) sum += (mic[n] ?? 0) * (out[from + n] ?? 0);
    found.push({ delay, match: sum / Math.sqrt(energy * window + 1) });
  }
  return found;
}

const better = (one: EchoDelay, other: EchoDelay): EchoDelay => (other.match > one.match ? other : one);

function power(samples: Float32Array, from: number, until: number): number {
  let sum = 0;
  for (let n = from; n < until; n++) sum += (samples[n] ?? 0) ** 2;
  return sum;
}

function averaged(pcm: Int16Array): Float32Array {
  const out = new Float32Array(Math.floor(pcm.length / COARSE));
  const skipped = pcm.length % COARSE;
  for (let n = 0; n < out.length; n++) for (let k = 0; k < COARSE; k++) out[n] = (out[n] ?? 0) + (pcm[skipped + n * COARSE + k] ?? 0);
  return out;
}

function difference(samples: Float32Array): Float32Array {
  for (let n = samples.length - 1; n > 0; n--) samples[n] = (samples[n] ?? 0) - (samples[n - 1] ?? 0);
  samples[0] = 0;
  return samples;
}
