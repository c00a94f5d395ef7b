/** A piece of an answer, and how long it takes to hear what has been made of it, in ms. */
export interface Piece { readonly text: string; readonly length: number }

/**
 * The words of an answer that were heard in so many milliseconds. Where a piece was cut, its words are taken to be as long as
 * they are written: exact to a word or two, which is what a history needs.
 */
export function heardOf(pieces: readonly Piece[], ms: number): string {
  const heard: string[] = [];
  let left = ms;
  for (const { text, length } of pieces) {
    if (left <= 0) break;
    heard.push(left >= length ? text : wordsWithin(text, Math.round((text.length * left) / length)));
    left -= length;
  }
  return heard.filter((text) => text !== '').join(' ');
}

/** The whole words among the first characters of a text; in a script without spaces, the characters. */
function wordsWithin(text: string, characters: number): string {
  if (characters >= text.length) return text;
  const begun = text.slice(0, characters);
  if (/\s/u.test(text.charAt(characters))) return begun.trimEnd();
  return /\s/u.test(text) ? begun.replace(/\S*$/u, '').trimEnd() : begun;
}
