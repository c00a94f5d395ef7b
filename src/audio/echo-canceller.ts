import WebRtcAec3 from '@ennuicastr/webrtcaec3.js';
import { SAMPLE_RATE } from '../engines.js';
import { floatToInt16, int16ToFloat } from './pcm.js';

/** Samples that are cancelled at a time: 10 ms. */
export const ECHO_BLOCK = 160;

/** Takes the echo of what is played out of what a microphone hears. It has a state, and so is for one pair of devices. */
export interface EchoCanceller {
  /** A block of the microphone without the echo of what was played so far; `played` is the block that is given to the speaker now. */
  readonly cancel: (mic: Int16Array, played: Int16Array) => Int16Array;
  readonly free: () => void;
}

/**
 * WebRTC's echo canceller AEC3, that of the browsers, compiled to WebAssembly. It finds out by itself how much later the echo
 * comes, up to some 250 ms, and needs up to 3 s of sound to converge.
 */
export async function loadEchoCanceller(): Promise<EchoCanceller> {
  const { AEC3 } = await withoutListeners(WebRtcAec3);
  const aec = new AEC3(SAMPLE_RATE, 1, 1);
  const rates = { sampleRateIn: SAMPLE_RATE, sampleRateOut: SAMPLE_RATE };
  return {
    cancel: (mic, played) => {
      aec.analyze([int16ToFloat(played)], rates);
      const heard = [int16ToFloat(mic)];
      const clean = new Float32Array(aec.processSize(heard, rates));
      aec.process([clean], heard, rates);
      return floatToInt16(clean);
    },
    free: aec.free,
  };
}

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/** Loads something that thinks it is the whole program, and takes back what it listens for: how this one ends is not its affair. */
async function withoutListeners<T>(load: () => Promise<T>): Promise<T> {
  const before = EVENTS.map((name) => process.listeners(name as 'uncaughtException'));
  const loading = load();
  EVENTS.forEach((name, index) => {
    for (const listener of process.listeners(name as 'uncaughtException')) if (before[index]?.includes(listener) === false) process.off(name, listener);
  });
  return loading;
}
