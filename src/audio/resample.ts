/** A resampler of one stream, with its state. */
export interface Resampler {
  /** Samples that can be given out by now; the filter holds back about 32 samples of the lower rate. */
  push(chunk: Float32Array): Float32Array;
  /** What is still held back. Afterwards n samples in have become exactly ⌈n · to / from⌉ out. To be called once, last. */
  flush(): Float32Array;
}

// A Kaiser window of this shape keeps aliases about 80 dB down. With 32 zero crossings a side its slope is 8 % of the
// lower rate wide, so the cut-off lies half of that below the Nyquist frequency and the slope ends there.
const KAISER_BETA = 7.86;
const ZERO_CROSSINGS = 32;
const ROLL_OFF = 0.92;

/**
 * Converts mono audio from one sample rate (Hz) to another with a windowed-sinc polyphase filter: flat to 0.42 of the
 * lower rate, no delay, the same samples however the stream was cut. Throws a RangeError where a rate is not a positive integer.
 */
export function createResampler(from: number, to: number): Resampler {
  return resampling(from, to)();
}

/** Computes the filters once, for any number of streams; otherwise as `createResampler`. */
export function resampling(from: number, to: number): () => Resampler {
  for (const rate of [from, to]) if (!Number.isInteger(rate) || rate <= 0) throw new RangeError(`A sample rate must be a positive integer: ${rate}.`);
  if (from === to) return () => ({ push: (chunk) => chunk, flush: () => new Float32Array(0) });
  const divisor = greatestCommonDivisor(from, to);
  const up = to / divisor;
  const down = from / divisor;
  const half = Math.ceil(ZERO_CROSSINGS * Math.max(1, from / to));
  const phases = Array.from({ length: up }, (_, phase) => phaseFilter(phase / up, half, Math.min(1, to / from) * ROLL_OFF));
  return () => convert(phases, down, half);
}

function convert(phases: readonly Float32Array[], down: number, half: number): Resampler {
  const up = phases.length;
  // `pending[0]` is input sample `first`; output k lies at input position k · down / up and needs `half` samples either side.
  let pending = new Float32Array(half - 1);
  let first = 1 - half;
  let produced = 0;

  const take = (chunk: Float32Array, count: number): Float32Array => {
    const samples = new Float32Array(pending.length + chunk.length);
    samples.set(pending);
    samples.set(chunk, pending.length);
    const out = new Float32Array(count);
    for (let index = 0; index < count; index++) {
      const position = (produced + index) * down;
      const filter = phases[position % up] ?? phases[0];
      const start = Math.floor(position / up) - half + 1 - first;
      let sum = 0;
      for (let tap = 0; tap < 2 * half; tap++) sum += (filter?.[tap] ?? 0) * (samples[start + tap] ?? 0);
      out[index] = sum;
    }
    produced += count;
    const keep = Math.min(samples.length, Math.floor((produced * down) / up) - half + 1 - first);
    pending = samples.slice(keep);
    first += keep;
    return out;
  };

  return {
    push(chunk) {
      const last = first + pending.length + chunk.length - 1;
      return take(chunk, Math.max(0, Math.ceil(((last - half + 1) * up) / down) - produced));
    },
    flush() {
      const received = first + pending.length;
      return take(new Float32Array(half), Math.max(0, Math.ceil((received * up) / down) - produced));
    },
  };
}

/** The taps for an output that lies `fraction` (0 to 1) behind the input sample at index half − 1; they sum to one. */
function phaseFilter(fraction: number, half: number, cutoff: number): Float32Array {
  const taps = Array.from({ length: 2 * half }, (_, index) => {
    const x = index - half + 1 - fraction;
    return sinc(x * cutoff) * bessel(KAISER_BETA * Math.sqrt(Math.max(0, 1 - (x / half) ** 2)));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return Float32Array.from(taps, (tap) => tap / sum);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The modified Bessel function of the first kind and order zero, by its power series. */
function bessel(x: number): number {
  let sum = 1;
  for (let term = 1, k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
