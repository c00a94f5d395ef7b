import { characters, entry, isAlphabetic, isDigits, isLower, isUpper } from './patterns.js';

/** `tagger.json`: an averaged perceptron for the parts of speech of the Penn Treebank. */
export interface TaggerModel {
  readonly tags: readonly string[];
  /** Words that have one tag in nearly all cases. */
  readonly tagdict: Readonly<Record<string, string>>;
  /** Words that are features by themselves; all others are known by their shape. */
  readonly vocab?: readonly string[];
  readonly weights: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Tells the part of speech of every token of a sentence. */
export function createTagger(model: TaggerModel): (tokens: readonly string[]) => string[] {
  const vocabulary = model.vocab === undefined ? undefined : new Set(model.vocab);
  const known = (token: string): string => {
    const normal = normalForm(token);
    return vocabulary === undefined || vocabulary.has(normal) ? normal : `<${shape(token)}>`;
  };

  return (tokens) => {
    const context = ['-START2-', '-START-', ...tokens.map(known), '-END-', '-END2-'];
    const tags: string[] = [];
    tokens.forEach((token, index) => {
      const previous = tags[index - 1] ?? '-START-';
      const beforeThat = tags[index - 2] ?? (index === 1 ? '-START-' : '-START2-');
      tags.push(entry(model.tagdict, token) ?? predict(features(index, token, context, previous, beforeThat)));
    });
    return tags;
  };

  function predict(found: readonly string[]): string {
    const scores = new Map<string, number>();
    for (const feature of found) {
      for (const [tag, weight] of Object.entries(entry(model.weights, feature) ?? {})) scores.set(tag, (scores.get(tag) ?? 0) + weight);
    }
    if (scores.size === 0) return 'NN';
    const score = (tag: string): number => scores.get(tag) ?? 0;
    return model.tags.reduce((best, tag) => (score(tag) > score(best) || (score(tag) === score(best) && tag > best) ? tag : best));
  }
}

/** The features of one token, spelled as the weights were trained with. `context` has two entries before the first token. */
function features(index: number, token: string, context: readonly string[], previous: string, beforeThat: string): readonly string[] {
  const at = (offset: number): string => context[index + 2 + offset] ?? '';
  const end = (text: string): string => characters(text).slice(-3).join('');
  return [
    'b', `s3=${end(token)}`, `p1=${characters(token)[0] ?? ''}`, `w=${at(0)}`, `sh=${shape(token)}`, index === 0 ? 'i0' : 'i+',
    `t-1=${previous}`, `t-2=${beforeThat}`, `t-12=${previous},${beforeThat}`,
    `w-1=${at(-1)}`, `s3-1=${end(at(-1))}`, `w-2=${at(-2)}`, `w+1=${at(1)}`, `s3+1=${end(at(1))}`, `w+2=${at(2)}`,
  ];
}

function normalForm(token: string): string {
  if (token.includes('-') && !token.startsWith('-')) return '!HYPHEN';
  if (isDigits(token) && token.length === 4) return '!YEAR';
  return /^\p{Nd}/u.test(token) ? '!DIGITS' : token.toLowerCase();
}

function shape(token: string): string {
  if (isAlphabetic(token)) {
    if (isLower(token)) return 'x';
    if (isUpper(token)) return token.length > 1 ? 'XX' : 'X1';
    return isUpper(token.charAt(0)) && isLower(token.slice(1)) ? 'Xx' : 'xX';
  }
  if (isDigits(token)) return 'd';
  return characters(token).slice(0, 4).map((sign) => (/\p{Nd}/u.test(sign) ? 'd' : isAlphabetic(sign) ? 'x' : sign)).join('');
}
