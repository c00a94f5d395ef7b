import type { Context, Lexicon, Word } from './lexicon.js';
import { characters, entry, isAlphabetic, LETTER, LOWER, UPPER, WORD } from './patterns.js';
import { CONSONANTS, PRIMARY, restress, VOWELS, weight } from './stress.js';
import type { Piece } from './tokenize.js';

export interface PhonemizerParts {
  readonly tokenize: (text: string) => readonly Piece[];
  readonly tag: (tokens: readonly string[]) => readonly string[];
  readonly lexicon: Lexicon;
}

interface Token extends Word {
  readonly spaced: boolean;
  /** What is read in place of the text. */
  readonly alias: string | undefined;
  readonly phonemes: string | undefined;
  /** Whether the part of a compound is set off by a space. */
  readonly apart: boolean;
}

const D = String.raw`\p{Nd}`;
const APOSTROPHE = "['‘’]";
/** The parts of a token: case changes, numbers, hyphens and apostrophes divide it. */
const PARTS = new RegExp([
  `^${APOSTROPHE}+`,
  `[${UPPER}](?=[${UPPER}][${LOWER}])`,
  `(?:^-)?(?:${D}?[,.]?${D})+`,
  '[-_]+',
  `${APOSTROPHE}{2,}`,
  `${LETTER}*?(?:${APOSTROPHE}${LETTER})*?[${LOWER}](?=[${UPPER}])`,
  `${LETTER}+(?:${APOSTROPHE}${LETTER})*`,
  String.raw`[^${WORD}\-'‘’]`,
  `${APOSTROPHE}+$`,
].join('|'), 'gu');
/** [text](/phonemes/), or a link, of which the text is read. */
const LINK = /\[([^\]]+)\]\(([^)]*)\)/gu;
const LETTERS_DIGITS_SIGNS = new RegExp(String.raw`${LETTER}+(?:['’]${LETTER}+)*|${D}+(?:[,.]${D}+)*|[^${WORD}\s]+`, 'gu');

const SILENT: ReadonlySet<string> = new Set("',-._‘’/");
const PAUSES: ReadonlySet<string> = new Set(';:,.!?—…');
const PUNCTUATION: ReadonlySet<string> = new Set([...PAUSES, '"', '“', '”']);
const PUNCTUATION_TAGS: ReadonlySet<string> = new Set(['.', ',', '-LRB-', '-RRB-', '``', '""', "''", ':', '$', '#', 'NFP']);
const BRACKETS: Readonly<Record<string, string>> = { '-LRB-': '(', '-RRB-': ')', '``': '“', '""': '”', "''": '”' };
const CURRENCY_SIGNS: ReadonlySet<string> = new Set(['$', '£', '€']);
const SPOKEN_SIGNS: Readonly<Record<string, string>> = {
  '/': 'slˈæʃ', '=': 'ˈikwᵊlz', '+': 'plˈʌs', '&': 'ænd', '@': 'æt', '%': 'pəɹsˈɛnt', '#': 'hˈæʃ', '*': 'ˈæstəɹˌɪsk', '~': 'tˈɪldə',
  '^': 'kˈɛɹət', '<': 'lˈɛs ðən', '>': 'ɡɹˈATəɹ ðən', '—': '—',
};

/**
 * Turns normalized text into phonemes of the alphabet the voice was trained with. `unknown` reads a word that no rule and
 * no dictionary knows; undefined leaves it out.
 */
export function createPhonemizer({ tokenize, tag, lexicon }: PhonemizerParts): (text: string, unknown: (word: string) => string | undefined) => string {
  return (text, unknown) => {
    const read = compoundReader(lexicon, unknown);
    let context: Context = { vowelNext: undefined, toNext: false };
    // From the last word to the first: how a word is spoken depends on the sound that follows it.
    const said = gather(tokens(text)).reverse().map((group) => {
      const token = group.length > 1 ? read(group, (phonemes, word) => { context = next(context, phonemes, word); }, () => context) : readSingle(group[0], context);
      if (group.length === 1 && token !== undefined) context = next(context, token.phonemes, token);
      return token;
    }).reverse();

    function readSingle(token: Token | undefined, following: Context): Token | undefined {
      if (token === undefined || token.phonemes !== undefined) return token;
      return { ...token, phonemes: lexicon.read(spelling(token), following) ?? fallback(token.text, lexicon, unknown) };
    }
    return said.map((token) => (token?.phonemes ?? '').replaceAll('ɾ', 'T').replaceAll('ʔ', 't') + (token?.spaced ? ' ' : '')).join('').trim();
  };

  function tokens(text: string): Token[] {
    const result: Token[] = [];
    let start = 0;
    for (const found of text.matchAll(LINK)) {
      const end = found.index + found[0].length;
      const [, label = '', target = ''] = found;
      result.push(...tagged(text.slice(start, found.index)));
      const given = target.length > 1 && target.startsWith('/') && target.endsWith('/') ? target.slice(1).replace(/\/+$/, '') : undefined;
      result.push(token(label, 'NN', /^\s/u.test(text.slice(end)), { phonemes: given }));
      start = end;
    }
    return [...result, ...tagged(text.slice(start))];
  }

  function tagged(text: string): Token[] {
    const pieces = tokenize(text);
    const tags = tag(pieces.map(([word]) => word));
    return pieces.map(([word, spaced], index) => token(word, tags[index] ?? 'NN', spaced));
  }
}

function token(text: string, tag: string, spaced: boolean, more: Partial<Token> = {}): Token {
  return { text, tag, spaced, phonemes: undefined, alias: undefined, currency: undefined, isHead: true, apart: false, ...more };
}

function spelling(word: Token): Word {
  return { ...word, text: word.alias ?? word.text };
}

const isSettled = ({ alias, phonemes }: Token): boolean => alias !== undefined || phonemes !== undefined;

/** Divides the tokens into their parts and gathers those that touch each other: a group of more than one is a compound. */
function gather(all: readonly Token[]): Token[][] {
  const groups: { parts: Token[]; open: boolean }[] = [];
  let currency: string | undefined;
  all.forEach((whole, index) => {
    const parts = isSettled(whole) ? [whole] : (whole.text.match(PARTS) ?? []).map((text, at, texts) => token(text, whole.tag, whole.spaced && at === texts.length - 1));
    parts.forEach((part, at) => {
      const settled = settle(part, at, parts, index);
      if (isSettled(settled)) groups.push({ parts: [settled], open: false });
      else {
        const last = groups.at(-1);
        if (last?.open && last.parts.at(-1)?.spaced === false) last.parts.push({ ...settled, isHead: false });
        else groups.push({ parts: [settled], open: !settled.spaced });
      }
    });
  });
  return groups.map(({ parts }) => parts);

  function settle(part: Token, at: number, parts: readonly Token[], index: number): Token {
    if (isSettled(part)) return part;
    if (part.tag === '$' && CURRENCY_SIGNS.has(part.text)) {
      currency = part.text;
      return { ...part, phonemes: '' };
    }
    if (part.tag === ':' && (part.text === '-' || part.text === '–')) return { ...part, phonemes: '—' };
    if (PUNCTUATION_TAGS.has(part.tag) && !/^[A-Za-z]*$/.test(part.text)) {
      return { ...part, phonemes: entry(BRACKETS, part.tag) ?? characters(part.text).filter((sign) => PUNCTUATION.has(sign)).join('') };
    }
    if (currency !== undefined) {
      if (part.tag !== 'CD') currency = undefined;
      else if (at === parts.length - 1 && all[index + 1]?.tag !== 'CD') return { ...part, currency };
      return part;
    }
    // The 2 of B2B.
    const between = `${parts[at - 1]?.text.slice(-1) ?? '-'}${parts[at + 1]?.text.charAt(0) ?? '-'}`;
    return part.text === '2' && isAlphabetic(between) ? { ...part, alias: 'to' } : part;
  }
}

function next(context: Context, phonemes: string | undefined, { text, tag }: Word): Context {
  const sound = characters(phonemes ?? '').find((sign) => VOWELS.has(sign) || CONSONANTS.has(sign) || PAUSES.has(sign));
  return {
    vowelNext: sound === undefined ? context.vowelNext : PAUSES.has(sound) ? undefined : VOWELS.has(sound),
    toNext: text === 'to' || text === 'To' || (text === 'TO' && (tag === 'TO' || tag === 'IN')),
  };
}

type Heard = (phonemes: string, word: Word) => void;

/** Reads a compound: the longest tail that the lexicon knows as one word, then what is before it, and so on. */
function compoundReader(lexicon: Lexicon, unknown: (word: string) => string | undefined): (group: readonly Token[], heard: Heard, context: () => Context) => Token {
  return (group, heard, context) => {
    const parts = [...group];
    let left = 0;
    let right = parts.length;
    while (left < right) {
      const slice = parts.slice(left, right);
      const word = slice.some(isSettled) ? undefined : merged(slice);
      const phonemes = word === undefined ? undefined : lexicon.read(word, context());
      if (word !== undefined && phonemes !== undefined) {
        parts.splice(left, right - left, ...slice.map((part, index) => ({ ...part, phonemes: index === 0 ? phonemes : '' })));
        heard(phonemes, word);
        right = left;
        left = 0;
      } else if (left + 1 < right) {
        left++;
      } else {
        right--;
        const part = parts[right];
        if (part !== undefined && part.phonemes === undefined) {
          if (!isSilent(part.text)) return { ...merged(parts), phonemes: fallback(merged(parts).text, lexicon, unknown) };
          parts[right] = { ...part, phonemes: '' };
        }
        left = 0;
      }
    }
    return joined(settleStress(parts));
  };
}

const isSilent = (text: string): boolean => characters(text).every((sign) => SILENT.has(sign));

function merged(parts: readonly Token[]): Token {
  const capitals = (text: string): number => characters(text).reduce((sum, sign) => sum + (sign === sign.toLowerCase() ? 1 : 2), 0);
  const main = parts.reduce((best, part) => (capitals(part.text) > capitals(best.text) ? part : best));
  const text = parts.map((part, index) => part.text + (part.spaced && index < parts.length - 1 ? ' ' : '')).join('');
  const currency = parts.map((part) => part.currency).filter((sign) => sign !== undefined).sort().at(-1);
  return { ...token(text, main.tag, parts.at(-1)?.spaced ?? false), currency, isHead: parts[0]?.isHead ?? true, apart: parts[0]?.apart ?? false };
}

function joined(parts: readonly Token[]): Token {
  let phonemes = '';
  for (const part of parts) phonemes += (part.apart && phonemes !== '' && !/\s$/u.test(phonemes) && part.phonemes ? ' ' : '') + (part.phonemes ?? '');
  return { ...merged(parts), phonemes };
}

/** Parts that are words of their own are set apart; of a real compound, the lighter half of its stresses goes down. */
function settleStress(given: readonly Token[]): Token[] {
  const text = merged(given).text;
  const kinds = new Set(characters(text).filter((sign) => !SILENT.has(sign)).map((sign) => (isAlphabetic(sign) ? 'letter' : /[0-9]/.test(sign) ? 'digit' : 'sign')));
  const apart = /[ /]/.test(text) || kinds.size > 1;
  const parts = given.map((part, index) => {
    if (part.phonemes !== undefined) return index > 0 ? { ...part, apart } : part;
    if (index === given.length - 1 && PAUSES.has(part.text)) return { ...part, phonemes: part.text };
    return isSilent(part.text) ? { ...part, phonemes: '' } : part;
  });
  if (apart) return parts;
  const voiced = parts.map((part, index) => ({ index, phonemes: part.phonemes ?? '' })).filter(({ phonemes }) => phonemes !== '');
  const stressed = voiced.filter(({ phonemes }) => phonemes.includes(PRIMARY)).length;
  const soften = (chosen: readonly { readonly index: number }[]): Token[] =>
    parts.map((part, index) => (chosen.some((voice) => voice.index === index) ? { ...part, phonemes: restress(part.phonemes ?? '', -0.5) } : part));
  if (voiced.length === 2 && parts[voiced[0]?.index ?? 0]?.text.length === 1) return soften(voiced.slice(1));
  if (voiced.length < 2 || stressed <= Math.floor((voiced.length + 1) / 2)) return parts;
  const byWeight = voiced.sort((a, b) => Number(a.phonemes.includes(PRIMARY)) - Number(b.phonemes.includes(PRIMARY)) || weight(a.phonemes) - weight(b.phonemes) || a.index - b.index);
  return soften(byWeight.slice(0, Math.floor(voiced.length / 2)));
}

/** Nobody knows it: letters are guessed, numbers read, signs named. */
function fallback(text: string, lexicon: Lexicon, unknown: (word: string) => string | undefined): string {
  const said = (text.match(LETTERS_DIGITS_SIGNS) ?? []).map((piece) => {
    if (/^\p{L}/u.test(piece)) return unknown(piece);
    if (/^[0-9]/.test(piece)) return lexicon.number(piece, undefined, false);
    return characters(piece).map((sign) => entry(SPOKEN_SIGNS, sign) ?? '').join('');
  });
  return said.filter((phonemes) => phonemes).join(' ');
}
