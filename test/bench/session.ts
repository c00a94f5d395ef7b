/** What a pipeline is fed with in the benchmark of the operators, and the engines that answer it at once. */

/** Bytes of 20 ms of audio, 16 kHz, 16 bit: what a network might deliver; no multiple of a frame. */
export const SEGMENT = 640;
export const SEGMENT_MS = 20;
export const FRAME_BYTES = 1_024;
export const FRAME_MS = 32;
/** Of both pipelines, where these are not the defaults of `vadGate`. */
export const MAX_SPEECH = 30_000;

/** Two seconds of a tone and two of silence, in segments. */
const audio = Array.from({ length: 200 }, (_, index) => {
  const samples = new Int16Array(SEGMENT / 2);
  if (index < 100) samples.forEach((_sample, n) => { samples[n] = 8_000 * Math.sin((index * samples.length + n) / 10); });
  return new Uint8Array(samples.buffer);
});

/** Segments of one turn, which repeat. */
export const TURN = audio.length;
export const segment = (index: number): Uint8Array => audio[index % TURN] ?? new Uint8Array();

export function probability(frame: Uint8Array): number {
  let energy = 0;
  for (let at = 0; at + 1 < frame.length; at += 2) {
    const sample = ((frame[at + 1] ?? 0) << 24 >> 16) | (frame[at] ?? 0);
    energy += sample * sample;
  }
  return Math.min(1, Math.sqrt((2 * energy) / frame.length) / 1_000);
}

export const words = (frames: readonly Uint8Array[]): string => `${frames.length} frames`;
export const answer = (asked: string): string[] => [`You said ${asked}.`, 'Thank you.', 'Good bye.'];
export const voice = (text: string): number[] => [text.length, text.length];

/** A session takes segments, and tells the lengths of what it speaks. */
export interface Session {
  readonly push: (segment: Uint8Array) => void;
  readonly end: () => void;
}
export type Open = (spoken: (length: number) => void) => Session;
