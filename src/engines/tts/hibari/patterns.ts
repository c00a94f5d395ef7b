// Character classes of written text for regular expressions with the `u` flag, whose own \w and \b know ASCII only.

/** The inside of a class: letters, numbers of any kind, underscore. */
export const WORD = String.raw`\p{L}\p{N}_`;
/** A letter, or a number that is no decimal digit (½, Ⅳ). */
export const LETTER = String.raw`[\p{L}\p{Nl}\p{No}]`;
/** The edge of a word. */
export const EDGE = `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`;
/** Inside of classes: Latin capitals and small letters of ISO 8859-1. */
export const UPPER = 'A-ZÀ-ÖØ-Þ';
export const LOWER = 'a-zß-öø-ÿ';

/** A literal text as a part of a pattern. */
export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

/** Any of these texts, the longest first. */
export function anyOf(texts: readonly string[]): string {
  return [...texts].sort((a, b) => b.length - a.length).map(literal).join('|');
}

/** The characters of a text, none cut in half. */
export const characters = (text: string): string[] => Array.from(text);
export const isAlphabetic = (text: string): boolean => /^\p{L}+$/u.test(text);
export const isDigits = (text: string): boolean => /^[0-9]+$/.test(text);
export const isLower = (text: string): boolean => text === text.toLowerCase();
export const isUpper = (text: string): boolean => text === text.toUpperCase();

/** An entry of a table read from JSON, never one of Object.prototype. */
export function entry<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
