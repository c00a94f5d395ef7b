import { closestMatch } from 'leven';

/** The candidate that was probably meant: a few letters off, or containing the word. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  const tolerance = Math.max(2, Math.floor(word.length / 3));
  return closestMatch(word, candidates, { maxDistance: tolerance })
    ?? (word.length > 2 ? candidates.find((candidate) => candidate.split('_').includes(word)) : undefined);
}
