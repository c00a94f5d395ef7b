/** More phonemes than this are divided at a clause, and where there is none, between words: what the voice takes at once. */
const MOST_PHONEMES = 400;
const SENTENCE_END = /(?<=[.!?…])["”’)\]]*\s+(?=\S)/gu;

/** Divides text into sentences: at line breaks, and after end marks that do not belong to a title, an initial or an abbreviation. */
export function splitSentences(text: string, titles: ReadonlySet<string>): string[] {
  return text.split(/\n/).flatMap((line) => {
    const paragraph = line.trim();
    const sentences: string[] = [];
    let start = 0;
    for (const found of paragraph.matchAll(SENTENCE_END)) {
      const after = found.index + found[0].length;
      if (!endsSentence(paragraph.slice(0, found.index), paragraph.slice(after), titles)) continue;
      sentences.push(paragraph.slice(start, found.index));
      start = after;
    }
    return [...sentences, paragraph.slice(start)];
  }).filter((sentence) => sentence.trim() !== '');
}

function endsSentence(before: string, after: string, titles: ReadonlySet<string>): boolean {
  if (/^\p{Lowercase}/u.test(after)) return false;
  if (!before.endsWith('.')) return true;
  const word = before.slice(before.lastIndexOf(' ') + 1, -1).replace(/^[("“'‘]+/, '');
  return !titles.has(word) && !/^\p{Lu}$/u.test(word);
}

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
