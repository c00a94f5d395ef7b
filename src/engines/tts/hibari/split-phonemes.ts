/** Longer ones are divided at a clause, and where there is none, between words: as much as the voice takes at once. */
const MOST_PHONEMES = 400;

/** Divides a long sentence's phonemes into pieces the voice takes. */
export function splitPhonemes(phonemes: string): string[] {
  if (phonemes.length <= MOST_PHONEMES) return phonemes === '' ? [] : [phonemes];
  const clauses = phonemes.split(/(?<=[,;:—])\s+/).flatMap((clause) => (clause.length > MOST_PHONEMES ? clause.split(/\s+/) : [clause]));
  const pieces: string[] = [];
  for (const clause of clauses) {
    const last = pieces.at(-1);
    if (last !== undefined && last.length + clause.length < MOST_PHONEMES) pieces[pieces.length - 1] = `${last} ${clause}`;
    else pieces.push(clause);
  }
  return pieces;
}
