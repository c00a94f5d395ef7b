/** The last so many samples of a sound. */
export function tape(length: number) {
  const samples = new Int16Array(length);
  return {
    push: (pcm: Int16Array): void => {
      samples.copyWithin(0, pcm.length);
      samples.set(pcm, length - pcm.length);
    },
    last: (some: number): Int16Array => samples.subarray(length - some),
    /** Some of them, from so many before the end. */
    before: (end: number, some: number): Int16Array => samples.slice(length - end, length - end + some),
  };
}
