import { createFft } from './fft.js';

/** Samples per second of what the network describes. */
export const VOICE_RATE = 24_000;

/** What the network says of a sentence, 80 frames a second: five spectra of 601 bins by frame, and the pitch in Hz. */
export interface Spectra {
  /** Logarithm of the magnitude of the harmonics, and their phase as a share of π before tanh. */
  readonly lh: Float32Array;
  readonly theta: Float32Array;
  /** Logarithm of the magnitude of the noise. */
  readonly ln: Float32Array;
  /** Logarithm of the magnitude of the rest, and its phase. */
  readonly lr: Float32Array;
  readonly phi: Float32Array;
  readonly f0: Float32Array;
}

const SIZE = 1200;
const HOP = 300;
const BINS = SIZE / 2 + 1;
const OVERLAP = SIZE / HOP;
const BLOCK_HOPS = 16;
const WINDOW = Float64Array.from({ length: SIZE }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / SIZE));
/** Below this the network means "unvoiced"; harmonics end short of the Nyquist frequency. */
const LEAST_PITCH = 40;
const HIGHEST_HARMONIC = 11_000;
/** Magnitudes are held below e⁷. */
const LOUDEST = 7;

/**
 * Turns spectra into sound, in blocks of 200 ms: a pulse train of the given pitch, filtered by the harmonics, plus shaped noise,
 * plus a part of free phase, through one inverse short-time Fourier transform. S = e^lh · e^(iπ tanh θ) · STFT(pulses) / 300
 * + e^ln · Z + e^lr · e^(iφ). `random` gives uniform numbers from 0 to below 1.
 */
export function* waveform(spectra: Spectra, random: () => number): Generator<Float32Array, void, undefined> {
  const frames = spectra.f0.length;
  const source = pulses(spectra.f0);
  const sum = new Float64Array((frames + OVERLAP) * HOP);
  const fft = createFft(SIZE);
  const re = new Float64Array(SIZE);
  const im = new Float64Array(SIZE);
  let given = OVERLAP / 2;
  // Two real frames go through one complex transform, as its real and its imaginary part.
  for (let frame = 0; frame < frames; frame += 2) {
    window(source, frame, re);
    if (frame + 1 < frames) window(source, frame + 1, im);
    else im.fill(0);
    fft(re, im);
    shape(re, im, spectra, frame, random);
    fft(im, re);
    overlapAdd(sum, frame, re);
    if (frame + 1 < frames) overlapAdd(sum, frame + 1, im);
    const ready = frame + 2 >= frames ? frames + OVERLAP / 2 : frame + 2;
    if (ready - given >= BLOCK_HOPS || ready > frames) {
      yield normalized(sum, given, ready, frames);
      given = ready;
    }
  }
}

/** Unit pulses at the pitch, without what lies above the highest harmonic: Σ cos(h t) = sin((H + ½) t) / (2 sin(t / 2)) − ½. */
function pulses(f0: Float32Array): Float64Array {
  const samples = new Float64Array(f0.length * HOP);
  const at = (frame: number): number => f0[Math.max(0, Math.min(f0.length - 1, frame))] ?? 0;
  let turns = 0;
  for (let index = 0; index < samples.length; index++) {
    // The pitch runs straight from the middle of one frame to the middle of the next.
    const place = (index + 0.5) / HOP - 0.5;
    const frame = Math.floor(place);
    const pitch = at(frame) * (1 - (place - frame)) + at(frame + 1) * (place - frame);
    const hertz = Math.max(pitch, LEAST_PITCH);
    turns = (turns + hertz / VOICE_RATE) % 1;
    if (pitch <= LEAST_PITCH) continue;
    const angle = 2 * Math.PI * turns;
    const harmonics = Math.floor(HIGHEST_HARMONIC / hertz) + 0.5;
    const divisor = 2 * Math.sin(angle / 2);
    samples[index] = (Math.abs(divisor) <= 2e-3 ? harmonics : Math.sin(harmonics * angle) / divisor) - 0.5;
  }
  return samples;
}

/** One frame of the source around its middle, mirrored at the ends. */
function window(source: Float64Array, frame: number, out: Float64Array): void {
  const last = source.length - 1;
  for (let index = 0; index < SIZE; index++) {
    const at = Math.abs(frame * HOP - SIZE / 2 + index);
    out[index] = ((source[at > last ? 2 * last - at : at] ?? 0) * (WINDOW[index] ?? 0)) / HOP;
  }
}

/** Takes two frames' spectra apart, makes each what the network says, and puts them together again. */
function shape(re: Float64Array, im: Float64Array, spectra: Spectra, frame: number, random: () => number): void {
  const frames = spectra.f0.length;
  const paired = frame + 1 < frames;
  const first = { re: 0, im: 0 };
  const second = { re: 0, im: 0 };
  for (let bin = 0; bin < BINS; bin++) {
    const mirror = (SIZE - bin) % SIZE;
    const a = re[bin] ?? 0;
    const b = im[bin] ?? 0;
    const c = re[mirror] ?? 0;
    const d = im[mirror] ?? 0;
    shapeBin(first, (a + c) / 2, (b - d) / 2, spectra, bin * frames + frame, random);
    if (paired) shapeBin(second, (b + d) / 2, (c - a) / 2, spectra, bin * frames + frame + 1, random);
    const { re: x, im: y } = first;
    const { re: u, im: v } = second;
    if (mirror === bin || bin === BINS - 1) { // These two are real in the spectrum of a real signal.
      re[bin] = x;
      im[bin] = u;
    } else {
      re[bin] = x - v;
      im[bin] = y + u;
      re[mirror] = x + v;
      im[mirror] = u - y;
    }
  }
}

function shapeBin(out: { re: number; im: number }, re: number, im: number, { lh, theta, ln, lr, phi }: Spectra, at: number, random: () => number): void {
  const harmonic = magnitude(lh[at]);
  const turn = Math.PI * Math.tanh(theta[at] ?? 0);
  const cos = harmonic * Math.cos(turn);
  const sin = harmonic * Math.sin(turn);
  // Box and Muller: length and angle of a complex normal number.
  const noise = magnitude(ln[at]) * Math.sqrt(-2 * Math.log(1 - random()));
  const noiseAngle = 2 * Math.PI * random();
  const rest = magnitude(lr[at]);
  const restAngle = phi[at] ?? 0;
  out.re = re * cos - im * sin + noise * Math.cos(noiseAngle) + rest * Math.cos(restAngle);
  out.im = re * sin + im * cos + noise * Math.sin(noiseAngle) + rest * Math.sin(restAngle);
}

function magnitude(logarithm = 0): number {
  return Math.exp(Math.min(logarithm, LOUDEST));
}

function overlapAdd(sum: Float64Array, frame: number, samples: Float64Array): void {
  for (let index = 0; index < SIZE; index++) {
    const at = frame * HOP + index;
    sum[at] = (sum[at] ?? 0) + ((samples[index] ?? 0) * (WINDOW[index] ?? 0)) / SIZE;
  }
}

/** Hops `from` to `to`, divided by the squared windows that overlap there: fewer at both ends. */
function normalized(sum: Float64Array, from: number, to: number, frames: number): Float32Array {
  const block = new Float32Array((to - from) * HOP);
  for (let index = 0; index < block.length; index++) {
    const hop = from + Math.floor(index / HOP);
    let weight = 0;
    for (let frame = Math.max(0, hop - OVERLAP + 1); frame <= Math.min(hop, frames - 1); frame++) {
      weight += (WINDOW[(hop - frame) * HOP + (index % HOP)] ?? 0) ** 2;
    }
    block[index] = (sum[from * HOP + index] ?? 0) / Math.max(weight, 1e-11);
  }
  return block;
}

/** Uniform numbers from 0 to below 1 that are the same for the same seed (Mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
