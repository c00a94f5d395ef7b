import leven from 'leven';

/**
 * The share of words that were heard wrongly: insertions, deletions and substitutions over the number of words said
 * (0 is perfect; above 1 where more was heard than said). Case and punctuation do not count.
 */
export function wordErrorRate(said: string, heard: string): number {
  const symbols = new Map<string, string>();
  // Each different word becomes one character, so that the distance of strings is the distance of word sequences.
  const encode = (text: string): string => words(text).map((word) => {
    const symbol = symbols.get(word) ?? String.fromCharCode(0x4e00 + symbols.size);
    symbols.set(word, symbol);
    return symbol;
  }).join('');
  const reference = encode(said);
  return leven(reference, encode(heard)) / Math.max(1, reference.length);
}

function words(text: string): string[] {
  return text.toLowerCase().replaceAll(/[’']/g, '').split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}
