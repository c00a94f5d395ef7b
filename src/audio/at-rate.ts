import { concat, defer, filter, map, of, type MonoTypeOperatorFunction } from 'rxjs';
import { floatToInt16, int16ToFloat } from './pcm.js';
import { resampling } from './resample.js';

/**
 * Converts 16-bit mono PCM from one sample rate (Hz) to another, as `createResampler` does. Where the rates are equal the
 * very same chunks pass.
 *
 * @throws RangeError at call time where a rate is not a positive integer.
 */
export function atRate(from: number, to: number): MonoTypeOperatorFunction<Int16Array> {
  const create = resampling(from, to);
  if (from === to) return (pcm) => pcm;
  return (pcm) => defer(() => {
    const resampler = create();
    return concat(
      pcm.pipe(map((chunk) => resampler.push(int16ToFloat(chunk)))),
      defer(() => of(resampler.flush())),
    ).pipe(
      map(floatToInt16),
      filter(({ length }) => length > 0),
    );
  });
}
