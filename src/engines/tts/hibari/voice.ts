import { openSession, Tensor } from '../../onnx.js';
import type { Spectra } from './spectrum.js';

/** The acoustic network: phoneme ids (0 at both ends) to spectra, in one run that blocks the thread. 1 is the natural speed. */
export async function openVoice(model: string, threads: number): Promise<(ids: readonly number[], speed: number) => Promise<Spectra>> {
  const session = await openSession(model, { threads });
  return async (ids, speed) => {
    const output = await session.run({
      ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]),
      speed: new Tensor('float32', Float32Array.of(speed), [1]),
    });
    const part = (name: keyof Spectra): Float32Array => {
      const data = output[name]?.data;
      if (!(data instanceof Float32Array)) throw new TypeError(`The voice network has no output ${name}.`);
      return data;
    };
    return { lh: part('lh'), theta: part('theta'), ln: part('ln'), lr: part('lr'), phi: part('phi'), f0: part('f0') };
  };
}
