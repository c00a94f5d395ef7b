import { cardinal, decimal, ordinal, spelled, year } from './numbers.js';
import { characters, entry, isAlphabetic, isDigits, isLower, isUpper } from './patterns.js';
import { PRIMARY, restress, SECONDARY } from './stress.js';

/** A dictionary file: a word to its phonemes, or to one entry per part of speech. */
export type Dictionary = Readonly<Record<string, string | Readonly<Record<string, string | null>>>>;

/** What follows a word. */
export interface Context {
  /** Whether the next sound is a vowel; undefined before a pause. */
  readonly vowelNext: boolean | undefined;
  readonly toNext: boolean;
}

export interface Word {
  readonly text: string;
  readonly tag: string;
  /** The sign of the currency this number is an amount of. */
  readonly currency: string | undefined;
  /** False inside of a compound such as A4 or F16: its numbers are read shorter. */
  readonly isHead: boolean;
}

const MONEY: Readonly<Record<string, readonly [unit: string, part: string]>> = { $: ['dollar', 'cent'], '£': ['pound', 'pence'], '€': ['euro', 'cent'] };
const ORDINAL_ENDINGS = ['st', 'nd', 'rd', 'th'];
const SIGNS: Readonly<Record<string, string>> = { '%': 'percent', '&': 'and', '+': 'plus', '@': 'at' };
const ADDRESS_SIGNS: Readonly<Record<string, string>> = { '.': 'dot', '/': 'slash' };
/** Vowels after which an American t turns into a tap. */
const TAPPING = 'AIOWYiuæɑəɛɪɹʊʌ';
const SOMEWHERE: Context = { vowelNext: true, toNext: false };

/** Reads single words and numbers in American English, from the dictionaries and by rules. Not found is undefined. */
export interface Lexicon {
  read(word: Word, context: Context): string | undefined;
  /** A number: digits with commas and points, perhaps with an ending (1990s, 3rd). */
  number(text: string, currency: string | undefined, isHead: boolean): string | undefined;
}

export function createLexicon(gold: Dictionary, silver: Dictionary): Lexicon {
  const inGold = (word: string): boolean => find(gold, word) !== undefined;
  const inSilver = (word: string): boolean => find(silver, word) !== undefined;
  const plain = (word: string): string | undefined => {
    const found = find(gold, word);
    return typeof found === 'string' ? found : undefined;
  };

  return {
    read({ text, tag, currency, isHead }, context) {
      const word = text.replace(/[‘’]/g, "'").normalize('NFKC');
      const stress = isLower(word) ? undefined : isUpper(word) ? 2 : 0.5;
      const phonemes = readWord(word, tag, stress, context);
      if (phonemes !== undefined) return phonemes + moneySuffix(currency);
      return isNumber(word, isHead) ? number(word, currency, isHead) : undefined;
    },
    number,
  };

  // ── words ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  function readWord(given: string, tag: string, stress: number | undefined, context: Context): string | undefined {
    const special = specialCase(given, tag, stress, context);
    if (special !== undefined) return special;
    const word = inKnownCase(given, tag, stress, context);
    if (isKnown(word)) return lookup(word, tag, stress, context);
    if (word.endsWith("s'") && isKnown(`${word.slice(0, -2)}'s`)) return lookup(`${word.slice(0, -2)}'s`, tag, stress, context);
    if (word.endsWith("'") && isKnown(word.slice(0, -1))) return lookup(word.slice(0, -1), tag, stress, context);
    return withS(word, tag, stress, context) ?? withEd(word, tag, stress, context) ?? withIng(word, tag, stress ?? 0.5, context);
  }

  /** A capitalised word is looked up in small letters where only these are known, unless it may be a name. */
  function inKnownCase(word: string, tag: string, stress: number | undefined, context: Context): string {
    const small = word.toLowerCase();
    const mayLower = word.length > 1 && word !== small && isAlphabetic(word.replaceAll("'", '')) && (tag !== 'NNP' || word.length > 7)
      && !inGold(word) && !inSilver(word) && (isUpper(word) || isLower(word.slice(1)));
    if (!mayLower) return word;
    const known = inGold(small) || inSilver(small) || [withS, withEd, withIng].some((rule) => rule(small, tag, stress, context));
    return known ? small : word;
  }

  function specialCase(word: string, tag: string, stress: number | undefined, { vowelNext, toNext }: Context): string | undefined {
    const context = { vowelNext, toNext };
    const addressSign = tag === 'ADD' ? entry(ADDRESS_SIGNS, word) : undefined;
    if (addressSign !== undefined) return lookup(addressSign, undefined, -0.5, context);
    const sign = entry(SIGNS, word);
    if (sign !== undefined) return lookup(sign, undefined, undefined, context);
    if (isDottedLetters(word)) return letters(word);
    // In capitals these three are words in some places and names in others.
    if ((word === 'TO' && tag !== 'TO' && tag !== 'IN') || (word === 'IN' && tag === 'NNP') || (word === 'THE' && tag !== 'DT')) return undefined;
    switch (word) {
      case 'a': case 'A': return tag === 'DT' ? 'ɐ' : 'ˈA';
      case 'am': case 'Am': case 'AM':
        if (tag.startsWith('NN')) return letters(word);
        return vowelNext === undefined || word !== 'am' || (stress ?? 0) > 0 ? plain('am') : 'ɐm';
      case 'an': case 'An': return 'ɐn';
      case 'AN': return tag.startsWith('NN') ? letters(word) : 'ɐn';
      case 'I': return tag === 'PRP' ? `${SECONDARY}I` : undefined;
      case 'by': case 'By': case 'BY': return partOfSpeech(tag) === 'ADV' ? 'bˈI' : undefined;
      case 'to': case 'To': case 'TO': return vowelNext === undefined ? plain('to') : vowelNext ? 'tʊ' : 'tə';
      case 'in': case 'In': case 'IN': return vowelNext === undefined || tag !== 'IN' ? `${PRIMARY}ɪn` : 'ɪn';
      case 'the': case 'The': case 'THE': return vowelNext ? 'ði' : 'ðə';
      case 'used': case 'Used': case 'USED': return variant('used', (tag === 'VBD' || tag === 'JJ') && toNext ? 'VBD' : 'DEFAULT');
      default: return tag === 'IN' && /^vs\.?$/i.test(word) ? lookup('versus', undefined, undefined, context) : undefined;
    }
  }

  function variant(word: string, name: string): string | undefined {
    const found = find(gold, word);
    return typeof found === 'object' ? (found[name] ?? undefined) : found;
  }

  function isKnown(word: string): boolean {
    if (inGold(word) || Object.hasOwn(SIGNS, word) || inSilver(word)) return true;
    if (!/^[A-Za-z]+$/.test(word)) return false;
    return word.length === 1 || (isUpper(word) && inGold(word.toLowerCase())) || isUpper(word.slice(1));
  }

  function lookup(given: string, tag: string | undefined, stress: number | undefined, context: Context): string | undefined {
    let word = given;
    let isName = false;
    if (isUpper(word) && !inGold(word)) {
      word = word.toLowerCase();
      isName = tag === 'NNP';
    }
    let found = find(gold, word) ?? (isName ? undefined : find(silver, word));
    if (typeof found === 'object') {
      const name = context.vowelNext === undefined && Object.hasOwn(found, 'None') ? 'None' : tag !== undefined && Object.hasOwn(found, tag) ? tag : partOfSpeech(tag);
      found = (name !== undefined && Object.hasOwn(found, name) ? found[name] : found['DEFAULT']) ?? undefined;
    }
    if (found === undefined || (isName && !found.includes(PRIMARY))) {
      const named = letters(word);
      if (named !== undefined) return named;
    }
    return found === undefined ? undefined : restress(found, stress);
  }

  /** Letter by letter, the last one stressed. */
  function letters(word: string): string | undefined {
    const names = characters(word).filter(isAlphabetic).map((letter) => plain(letter.toUpperCase()));
    if (names.includes(undefined)) return undefined;
    const phonemes = restress(names.join(''), 0);
    const last = phonemes.lastIndexOf(SECONDARY);
    return last < 0 ? phonemes : phonemes.slice(0, last) + PRIMARY + phonemes.slice(last + 1);
  }

  // ── endings ────────────────────────────────────────────────────────────────────────────────────────────────────────

  function withS(word: string, tag: string | undefined, stress: number | undefined, context: Context): string | undefined {
    if (word.length < 3 || !word.endsWith('s')) return undefined;
    const stem = [
      word.endsWith('ss') ? '' : word.slice(0, -1),
      word.endsWith("'s") || (word.length > 4 && word.endsWith('es') && !word.endsWith('ies')) ? word.slice(0, -2) : '',
      word.length > 4 && word.endsWith('ies') ? `${word.slice(0, -3)}y` : '',
    ].find((candidate) => candidate !== '' && isKnown(candidate));
    return stem === undefined ? undefined : addS(lookup(stem, tag, stress, context));
  }

  function withEd(word: string, tag: string, stress: number | undefined, context: Context): string | undefined {
    if (word.length < 4 || !word.endsWith('d')) return undefined;
    const stem = [
      word.endsWith('dd') ? '' : word.slice(0, -1),
      word.length > 4 && word.endsWith('ed') && !word.endsWith('eed') ? word.slice(0, -2) : '',
    ].find((candidate) => candidate !== '' && isKnown(candidate));
    return stem === undefined ? undefined : addEd(lookup(stem, tag, stress, context));
  }

  function withIng(word: string, tag: string, stress: number | undefined, context: Context): string | undefined {
    if (word.length < 5 || !word.endsWith('ing')) return undefined;
    const stem = [
      word.length > 5 ? word.slice(0, -3) : '',
      `${word.slice(0, -3)}e`,
      word.length > 5 && /([bcdgklmnprstvxz])\1ing$|cking$/.test(word) ? word.slice(0, -4) : '',
    ].find((candidate) => candidate !== '' && isKnown(candidate));
    return stem === undefined ? undefined : addIng(lookup(stem, tag, stress, context));
  }

  // ── numbers ────────────────────────────────────────────────────────────────────────────────────────────────────────

  function number(text: string, currency: string | undefined, isHead: boolean): string | undefined {
    const ending = /[a-z']+$/.exec(text)?.[0] ?? '';
    const unsigned = text.slice(0, text.length - ending.length).replace(/^-/, '');
    const negative = unsigned.length + ending.length < text.length;
    const sounds = [...(negative ? [lookup('minus', undefined, undefined, SOMEWHERE)] : []), ...numberSounds(unsigned, ending, currency, isHead, negative)];
    const phonemes = sounds.filter((sound) => sound !== undefined).join(' ');
    if (phonemes === '') return undefined;
    if (ending === 's' || ending === "'s") return addS(phonemes);
    if (ending === 'ed' || ending === "'d") return addEd(phonemes);
    return ending === 'ing' ? addIng(phonemes) : phonemes;
  }

  function numberSounds(text: string, ending: string, currency: string | undefined, isHead: boolean, negative: boolean): (string | undefined)[] {
    const digits = text.replaceAll(',', '');
    const money = currency === undefined ? undefined : entry(MONEY, currency);
    if (isDigits(text) && ORDINAL_ENDINGS.includes(ending)) return say(ordinal(text));
    if (!negative && text.length === 4 && money === undefined && isDigits(text)) return say(year(Number(text)));
    if (!isHead && !text.includes('.')) return shortNumber(digits);
    if (!isHead || text.split('.').length > 2) return digits.split('.').flatMap(versionPart);
    if (money !== undefined && (text.split('.')[1] ?? '').length < 3) return amount(digits, money);
    if (digits.startsWith('.')) return say(`point ${spelled(digits.slice(1))}`);
    if (digits.includes('.')) return say(decimal(digits));
    return say(ORDINAL_ENDINGS.includes(ending) ? ordinal(digits) : cardinal(digits));
  }

  /** The sounds of number words, without the "and" and with an unstressed "point". */
  function say(words: string): (string | undefined)[] {
    return words.split(/[^a-z]+/).filter((word) => word !== 'and').map((word) => lookup(word, undefined, word === 'point' ? -2 : undefined, SOMEWHERE));
  }

  /** In compounds: B52 → fifty-two, F117 → one seventeen, X205 → two oh five, the rest digit by digit. */
  function shortNumber(digits: string): (string | undefined)[] {
    if (digits.startsWith('0') || digits.length > 3) return say(spelled(digits));
    if (digits.length < 3 || digits.endsWith('00')) return say(cardinal(digits));
    const [hundreds = '', tens = '', ones = ''] = digits;
    return tens === '0' ? [...say(cardinal(hundreds)), lookup('O', undefined, -2, SOMEWHERE), ...say(cardinal(ones))] : [...say(cardinal(hundreds)), ...say(cardinal(tens + ones))];
  }

  function versionPart(digits: string): (string | undefined)[] {
    if (digits === '') return [];
    return say(digits.startsWith('0') || (digits.length !== 2 && /[^0]/.test(digits.slice(1))) ? spelled(digits) : cardinal(digits));
  }

  function amount(digits: string, money: readonly [string, string]): (string | undefined)[] {
    const parts = digits.split('.').map((text, index) => ({ text: text || '0', unit: money[index] ?? '' }));
    const [whole, rest] = parts.map(({ text }) => !/[^0]/.test(text));
    const said = parts.length < 2 || rest ? parts.slice(0, 1) : whole ? parts.slice(1) : parts;
    return said.flatMap(({ text, unit }, index) => [
      ...(index > 0 ? [lookup('and', undefined, undefined, SOMEWHERE)] : []),
      ...say(cardinal(text)),
      /^0*1$/.test(text) || unit === 'pence' ? lookup(unit, undefined, undefined, SOMEWHERE) : withS(`${unit}s`, undefined, undefined, SOMEWHERE),
    ]);
  }

  function moneySuffix(currency: string | undefined): string {
    const unit = currency === undefined ? undefined : entry(MONEY, currency)?.[0];
    const sound = unit === undefined ? undefined : withS(`${unit}s`, undefined, undefined, SOMEWHERE);
    return sound === undefined ? '' : ` ${sound}`;
  }
}

/** A word in a dictionary; small letters also find the entry with a capital and the other way round. */
function find(dictionary: Dictionary, word: string): Dictionary[string] | undefined {
  const found = entry(dictionary, word);
  if (found !== undefined || word.length < 2) return found;
  const small = word.toLowerCase();
  const capital = small.charAt(0).toUpperCase() + small.slice(1);
  if (word === small) return entry(dictionary, capital);
  return word === capital ? entry(dictionary, small) : undefined;
}

function partOfSpeech(tag: string | undefined): string | undefined {
  if (tag === undefined) return undefined;
  if (tag.startsWith('VB')) return 'VERB';
  if (tag.startsWith('NN')) return 'NOUN';
  if (tag.startsWith('ADV') || tag.startsWith('RB')) return 'ADV';
  return tag.startsWith('ADJ') || tag.startsWith('JJ') ? 'ADJ' : tag;
}

/** U.S., e.g., but neither 3.14 nor example.com. */
function isDottedLetters(word: string): boolean {
  return word.replace(/^\.+|\.+$/g, '').includes('.') && isAlphabetic(word.replaceAll('.', '')) && word.split('.').every((part) => part.length < 3);
}

function isNumber(word: string, isHead: boolean): boolean {
  if (!/[0-9]/.test(word)) return false;
  const stem = word.replace(/(?:ing|'d|ed|'s|st|nd|rd|th|s)$/, '');
  return isHead ? /^-?[0-9.,]*$/.test(stem) : /^[0-9.,]*$/.test(stem);
}

function addS(stem: string | undefined): string | undefined {
  if (!stem) return undefined;
  if (/[ptkfθ]$/.test(stem)) return `${stem}s`;
  return /[szʃʒʧʤ]$/.test(stem) ? `${stem}ᵻz` : `${stem}z`;
}

function addEd(stem: string | undefined): string | undefined {
  if (!stem) return undefined;
  if (/[pkfθʃsʧ]$/.test(stem)) return `${stem}t`;
  if (stem.endsWith('d')) return `${stem}ᵻd`;
  if (!stem.endsWith('t')) return `${stem}d`;
  if (stem.length < 2) return `${stem}ɪd`;
  return isTapped(stem) ? `${stem.slice(0, -1)}ɾᵻd` : `${stem}ᵻd`;
}

function addIng(stem: string | undefined): string | undefined {
  if (!stem) return undefined;
  return isTapped(stem) ? `${stem.slice(0, -1)}ɾɪŋ` : `${stem}ɪŋ`;
}

/** A t at the end after a vowel. */
function isTapped(stem: string): boolean {
  return stem.length > 1 && stem.endsWith('t') && TAPPING.includes(stem.charAt(stem.length - 2));
}
