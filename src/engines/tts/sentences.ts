const SENTENCE_END = /(?<=[.!?…])["”’)\]]*\s+(?=\S)/gu;

/**
 * Divides text into what is spoken at once: at line breaks, and after end marks that do not belong to a title or an
 * initial. What has neither letter nor number is left out, and control characters are spaces.
 */
export function splitSentences(text: string, titles: ReadonlySet<string>): string[] {
  return text.replace(/[^\P{Cc}\n]/gu, ' ').split('\n').flatMap((line) => {
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
  }).filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}

function endsSentence(before: string, after: string, titles: ReadonlySet<string>): boolean {
  if (/^\p{Lowercase}/u.test(after)) return false;
  if (!before.endsWith('.')) return true;
  const word = before.slice(before.lastIndexOf(' ') + 1, -1).replace(/^[("“'‘]+/, '');
  return !titles.has(word) && !/^\p{Lu}$/u.test(word);
}
