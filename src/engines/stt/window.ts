import { SAMPLE_RATE } from '../../engines.js';

/** Encoder steps of the full 30 s window. */
export const FULL_WINDOW = 1_500;

/** Whisper mishears a word it meets without any lead; measured: 0.3 s of silence turn "so am I fell" into "so my fellow". */
const LEAD = 0.3 * SAMPLE_RATE;

/** Under a second Whisper tends to make things up. */
const SHORTEST = 1.2 * SAMPLE_RATE;

/** Steps beyond the audio. Less than about 70 makes the decoder repeat itself for seconds; some audio needs more. */
const MARGIN = 128;

/**
 * Added when a text looks like such a loop. Measured on phrases that loop with the margin alone: none did
 * with this, and wider ones understood them less well.
 */
const SECOND_MARGIN = 128;

/** The audio with 0.3 s of silence before it, and so much behind it that it is at least 1.2 s long. */
export function padded(audio: Float32Array): Float32Array {
  const longer = new Float32Array(Math.max(SHORTEST, LEAD + audio.length));
  longer.set(audio, LEAD);
  return longer;
}

/**
 * The windows to try in order, in encoder steps of 20 ms: Whisper always pays for its whole window, so the first is cut
 * to the audio. At least 256 and a multiple of 8.
 */
export function windows(samples: number): number[] {
  const steps = (50 * samples) / SAMPLE_RATE + MARGIN;
  return [...new Set([steps, steps + SECOND_MARGIN, FULL_WINDOW].map((size) => Math.min(FULL_WINDOW, Math.max(256, Math.ceil(size / 8) * 8))))];
}

/**
 * The most tokens to decode: more than anybody says in that time. Up to 5 s it stays below the 33 tokens from which on
 * whisper.cpp answers a loop with five more attempts at rising temperatures (seconds); a wider window is quicker.
 */
export function tokenCap(samples: number): number {
  const cap = Math.round((6 * samples) / SAMPLE_RATE + 10);
  return samples <= 5 * SAMPLE_RATE ? Math.min(cap, 31) : cap;
}

/** True where a text says the same thing again and again, or more than fits into the time: the mark of a lost decoder. */
export function isLoop(text: string, samples: number): boolean {
  const letters = text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  return /(.{4,}?)\1\1/u.test(letters) || /(.{12,}?)\1/u.test(letters) || letters.length > 25 * (samples / SAMPLE_RATE) + 40;
}
