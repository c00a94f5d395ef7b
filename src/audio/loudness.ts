/** Seconds of one block, and of the step to the next, as ITU-R BS.1770 wants them. */
const BLOCK = 0.4;
const STEP = 0.1;
/** Blocks below this are silence (LUFS); of the others, those so far below their mean (LU) are pauses. */
const SILENCE = -70;
const PAUSE = 10;

/**
 * How loud mono audio (−1 to 1) sounds, in LUFS: the integrated loudness of ITU-R BS.1770, weighted as the ear hears and
 * measured where somebody speaks. −Infinity for silence. What is shorter than a block is measured as if it were one.
 */
export function loudness(samples: Float32Array, rate: number): number {
  const heard = weighted(samples, rate);
  const length = Math.max(1, Math.min(heard.length, Math.round(BLOCK * rate)));
  const powers: number[] = [];
  for (let at = 0; at + length <= heard.length; at += Math.round(STEP * rate)) {
    let power = 0;
    for (let index = at; index < at + length; index++) power += (heard[index] ?? 0) ** 2;
    powers.push(power / length);
  }
  const audible = powers.filter((power) => level(power) > SILENCE);
  const gate = level(mean(audible)) - PAUSE;
  return level(mean(audible.filter((power) => level(power) > gate)));
}

const mean = (powers: readonly number[]): number => powers.reduce((sum, power) => sum + power, 0) / Math.max(1, powers.length);
const level = (power: number): number => -0.691 + 10 * Math.log10(power);

/** One filter of second order: what it takes of the input and of its own output. */
interface Biquad { readonly b: readonly [number, number, number]; readonly a: readonly [number, number] }

/** The two filters of the standard, which gives them for 48 kHz only, from the frequencies, gain and widths behind its figures. */
function weighted(samples: Float32Array, rate: number): Float32Array {
  return filtered(filtered(samples, shelf(rate, 1681.974450955533, 3.999843853973347, 0.7071752369554196)), highPass(rate, 38.13547087602444, 0.5003270373238773));
}

function shelf(rate: number, frequency: number, gain: number, width: number): Biquad {
  const k = Math.tan((Math.PI * frequency) / rate);
  const high = 10 ** (gain / 20);
  const band = high ** 0.4996667741545416;
  const scale = 1 + k / width + k * k;
  return {
    b: [(high + (band * k) / width + k * k) / scale, (2 * (k * k - high)) / scale, (high - (band * k) / width + k * k) / scale],
    a: [(2 * (k * k - 1)) / scale, (1 - k / width + k * k) / scale],
  };
}

function highPass(rate: number, frequency: number, width: number): Biquad {
  const k = Math.tan((Math.PI * frequency) / rate);
  const scale = 1 + k / width + k * k;
  return { b: [1, -2, 1], a: [(2 * (k * k - 1)) / scale, (1 - k / width + k * k) / scale] };
}

function filtered(samples: Float32Array, { b, a }: Biquad): Float32Array {
  let [first, second] = [0, 0];
  return samples.map((sample) => {
    const out = b[0] * sample + first;
    first = b[1] * sample - a[0] * out + second;
    second = b[2] * sample - a[1] * out;
    return out;
  });
}
