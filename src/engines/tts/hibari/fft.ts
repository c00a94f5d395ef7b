/** A discrete Fourier transform in place, of real and imaginary parts; exchange the two for the inverse, which is not scaled. */
export type Fft = (re: Float64Array, im: Float64Array) => void;

/**
 * A transform of a size that is a product of 2, 3 and 5 (1200 = 2⁴ · 3 · 5²): Stockham's form, which sorts itself. Throws a
 * RangeError for other sizes.
 */
export function createFft(size: number): Fft {
  const factors = smallFactors(size);
  const cos = Float64Array.from({ length: size }, (_, index) => Math.cos((2 * Math.PI * index) / size));
  const sin = Float64Array.from({ length: size }, (_, index) => -Math.sin((2 * Math.PI * index) / size));
  const workRe = new Float64Array(size);
  const workIm = new Float64Array(size);

  return (re, im) => {
    let stride = 1;
    factors.forEach((radix, index) => {
      if (index % 2 === 0) pass(re, im, workRe, workIm, radix, stride);
      else pass(workRe, workIm, re, im, radix, stride);
      stride *= radix;
    });
    if (factors.length % 2 === 1) {
      re.set(workRe);
      im.set(workIm);
    }
  };

  function pass(fromRe: Float64Array, fromIm: Float64Array, toRe: Float64Array, toIm: Float64Array, radix: number, stride: number): void {
    const count = size / stride / radix;
    for (let j = 0; j < count; j++) {
      for (let q = 0; q < radix; q++) {
        const target = stride * (radix * j + q);
        toRe.fill(0, target, target + stride);
        toIm.fill(0, target, target + stride);
        for (let r = 0; r < radix; r++) {
          const turn = (q * (j * stride + (r * size) / radix)) % size;
          const c = cos[turn] ?? 0;
          const s = sin[turn] ?? 0;
          const source = stride * (j + r * count);
          for (let k = 0; k < stride; k++) {
            const x = fromRe[source + k] ?? 0;
            const y = fromIm[source + k] ?? 0;
            toRe[target + k] = (toRe[target + k] ?? 0) + x * c - y * s;
            toIm[target + k] = (toIm[target + k] ?? 0) + x * s + y * c;
          }
        }
      }
    }
  }
}

/** Fours first, as many as there are: they save passes. */
function smallFactors(size: number): number[] {
  const factors: number[] = [];
  let rest = size;
  for (const factor of [4, 2, 3, 5]) {
    for (; rest % factor === 0; rest /= factor) factors.push(factor);
  }
  if (rest !== 1) throw new RangeError(`A transform of ${size} has a prime factor above 5.`);
  return factors;
}
