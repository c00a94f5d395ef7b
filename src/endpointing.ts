/**
 * How long (ms) a silence must last before a turn is taken as ended, judged by the words heard so far. A fixed 300 ms cuts
 * sentences; speakers who look for words, or who hold a speech, pause for more than a second in the middle of one (1.06 s
 * measured in a recording of 1961). A session that prepares its answer during the silence hides most of it.
 */
export const SILENCE = {
  /** A question or an exclamation is rarely followed by more. */
  asked: 500,
  /** A full stop; recognisers also put one where the speaker only takes breath, so it is no proof. */
  stated: 1_100,
  /** No mark at the end: more words than not will follow. */
  open: 1_250,
  /** A comma, a conjunction, an article: the sentence cannot end here. */
  unfinished: 1_600,
} as const;

/** Words that a sentence does not end with, whatever mark the recogniser puts behind them. */
const NEVER_LAST = /\b(and|or|but|because|if|when|while|the|an?|my|your|um+|uh+)\W*$/i;
/** Words that it may end with ("Turn it on.", "Who is that?"), but hardly where there is no mark. */
const SELDOM_LAST = /\b(so|that|which|who|of|to|in|on|for|with|is|are)[^\w.?!。？！]*$/i;

/** The silence in ms that ends a turn after these words. */
export function endpointAfter(text: string): number {
  const heard = text.trim();
  if (NEVER_LAST.test(heard) || SELDOM_LAST.test(heard) || /(\.\.\.|…|,)$/.test(heard)) return SILENCE.unfinished;
  if (/[?!？！]["'”’)]*$/.test(heard)) return SILENCE.asked;
  if (/[.。]["'”’)]*$/.test(heard)) return SILENCE.stated;
  return SILENCE.open;
}
