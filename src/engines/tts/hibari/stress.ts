import { characters } from './patterns.js';

// Stress marks in phoneme strings. One capital letter of this alphabet is a diphthong: A is the vowel of "say", I of "sigh".

export const PRIMARY = 'ˈ';
export const SECONDARY = 'ˌ';
export const VOWELS: ReadonlySet<string> = new Set('AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻ');
export const CONSONANTS: ReadonlySet<string> = new Set('bdfhjklmnpstvwzðŋɡɹɾʃʒʤʧθ');
const LONG: ReadonlySet<string> = new Set('AIOQWYʤʧ');

const hasMark = (phonemes: string): boolean => phonemes.includes(PRIMARY) || phonemes.includes(SECONDARY);
const hasVowel = (phonemes: string): boolean => characters(phonemes).some((sign) => VOWELS.has(sign));

/** How much of a word this is: long sounds count twice. */
export function weight(phonemes: string): number {
  return characters(phonemes).reduce((sum, sign) => sum + (LONG.has(sign) ? 2 : 1), 0);
}

/**
 * Raises or lowers the stress of a word: below −1 none is left; −1 makes the primary a secondary one, and so do −0.5 and 0
 * where there is a primary; 0, 0.5 and 1 give a secondary to a word without any; from 1 a secondary becomes primary; 2 gives a primary.
 */
export function restress(phonemes: string, level: number | undefined): string {
  if (level === undefined) return phonemes;
  if (level < -1) return phonemes.replaceAll(PRIMARY, '').replaceAll(SECONDARY, '');
  if (level === -1 || ((level === 0 || level === -0.5) && phonemes.includes(PRIMARY))) {
    return phonemes.replaceAll(SECONDARY, '').replaceAll(PRIMARY, SECONDARY);
  }
  if (!hasMark(phonemes)) {
    if (!hasVowel(phonemes)) return phonemes;
    if (level === 0 || level === 0.5 || level === 1) return beforeVowels(SECONDARY + phonemes);
    return level > 1 ? beforeVowels(PRIMARY + phonemes) : phonemes;
  }
  return level >= 1 && !phonemes.includes(PRIMARY) ? phonemes.replaceAll(SECONDARY, PRIMARY) : phonemes;
}

/** Moves every mark to just before the next vowel, where the voice expects it. */
function beforeVowels(phonemes: string): string {
  let carried = '';
  let result = '';
  for (const sign of phonemes) {
    if (sign === PRIMARY || sign === SECONDARY) carried += sign;
    else if (VOWELS.has(sign)) {
      result += carried + sign;
      carried = '';
    } else result += sign;
  }
  return result + carried;
}
