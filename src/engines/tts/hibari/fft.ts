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
  /** The factors of one output of a pass. */
  const turnRe = new Float64Array(5);
  const turnIm = new Float64Array(5);

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
        for (let r = 0; r < radix; r++) {
          const turn = (q * (j * stride + (r * size) / radix)) % size;
          turnRe[r] = cos[turn] ?? 0;
          turnIm[r] = sin[turn] ?? 0;
        }
        for (let k = 0; k < stride; k++) {
          let sumRe = 0;
          let sumIm = 0;
          for (let r = 0, at = stride * j + k; r < radix; r++, at += stride * count) {
            const x = fromRe[at] ?? 0;
            const y = fromIm[at] ?? 0;
            const c = turnRe[r] ?? 0;
            const s = turnIm[r] ?? 0;
            sumRe += x * c - y * s;
            sumIm += x * s + y * c;
          }
          toRe[target + k] = sumRe;
          toIm[target + k] = sumIm;
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
