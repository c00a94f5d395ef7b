/**
 * How long a silence must last before a turn is taken as ended, judged by the words heard so far. A fixed 300 ms cuts
 * sentences (pauses of 416 ms were measured inside one), and a fixed second makes every answer late.
 */
export const SILENCE = {
  /** A question or an exclamation is rarely followed by more. */
  asked: 450,
  /** A full stop; recognisers also put one where the speaker only takes breath, hence longer than such pauses are. */
  stated: 650,
  /** A comma, a conjunction, no mark at all: the speaker is thinking. */
  unfinished: 1_000,
} as const;

const TRAILING = /\b(and|or|but|so|because|if|when|while|that|which|who|the|an?|of|to|in|on|for|with|my|your|is|are|um+|uh+)\W*$/i;

/** The silence in ms that ends a turn after these words. */
export function endpointAfter(text: string): number {
  const heard = text.trim();
  if (TRAILING.test(heard) || /(\.\.\.|…|,)$/.test(heard)) return SILENCE.unfinished;
  if (/[?!？！]["'”’)]*$/.test(heard)) return SILENCE.asked;
  if (/[.。]["'”’)]*$/.test(heard)) return SILENCE.stated;
  return SILENCE.unfinished;
}
