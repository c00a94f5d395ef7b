import { cardinal, ordinal } from './numbers.js';
import { anyOf, characters, EDGE, entry, literal, WORD } from './patterns.js';

/** The word tables of `normalize.json`. Units and currencies: singular and plural. */
export interface WordTables {
  readonly months: Readonly<Record<string, string>>;
  readonly titles: Readonly<Record<string, string>>;
  readonly abbreviations: Readonly<Record<string, string>>;
  readonly units: Readonly<Record<string, Forms>>;
  readonly symbols: Readonly<Record<string, string>>;
  readonly currency: Readonly<Record<string, Forms>>;
  readonly roman_cardinal: readonly string[];
  readonly roman_ordinal: readonly string[];
}

type Forms = readonly [singular: string, plural: string];
type Rule = readonly [pattern: RegExp, reading: (found: Groups, whole: string) => string];
/** What a pattern found; a group that took no part is the empty string. */
type Groups = readonly string[] & { readonly end: number };

const AMOUNT = String.raw`\d+(?:,\d{3})*(?:\.\d+)?`;
const SCALE = String.raw`hundred|thousand|million|billion|trillion|[kKmMbB]${EDGE}`;
const ROMAN = '((?=[IVXLC])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))';
const ROMAN_VALUES: Readonly<Record<string, number>> = { I: 1, V: 5, X: 10, L: 50, C: 100, D: 500, M: 1000 };
const PARTS = ['', '', 'half', 'third', 'quarter', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'] as const;
const BIG: Readonly<Record<string, string>> = { k: 'thousand', m: 'million', b: 'billion' };

/**
 * Writes out what cannot be read letter by letter: times, dates, units, degrees, foreign and large amounts of money,
 * abbreviations, titles, Roman numerals, phone numbers, ranges, fractions, symbols. Plain numbers, years, percentages and
 * amounts in $, £ and € stay: the lexicon reads them. The order of the rules matters; each sees what the ones before wrote.
 */
export function createNormalizer(tables: WordTables): (text: string) => string {
  const rules = [...numericRules(tables), ...wordRules(tables), ...lateRules(tables), ...symbolRules(tables)];
  return (text) => {
    let result = text.replace(/\s+/gu, ' ').trim().replaceAll('’', "'").replaceAll('‒', '-').replaceAll('―', '—');
    for (const [pattern, reading] of rules) {
      result = result.replace(pattern, (...found: unknown[]) => {
        const at = found.findIndex((value) => typeof value === 'number');
        const texts = found.slice(0, at).map((value) => (typeof value === 'string' ? value : ''));
        const end = (found[at] as number) + (texts[0]?.length ?? 0);
        return reading(Object.assign(texts, { end }), found[at + 1] as string);
      });
    }
    return result.replace(/\s+/gu, ' ').replace(/ +([,.;:!?])/g, '$1').trim();
  };
}

function numericRules({ months, units, currency }: WordTables): readonly Rule[] {
  const names = Object.values(months);
  const month = anyOf([...names, ...Object.keys(months).map((name) => name.charAt(0).toUpperCase() + name.slice(1)), 'Sept']);
  const monthName = (text: string): string => entry(months, text.toLowerCase().slice(0, 3)) ?? text;
  const calendarDay = (monthNumber: number, day: number, inYear: string): string | undefined =>
    monthNumber >= 1 && monthNumber <= 12 && isDay(day) ? `${names[monthNumber - 1] ?? ''} ${ordinal(day)}${inYear && `, ${inYear}`}` : undefined;
  const counted = (amount: string, forms: Forms | undefined): string => `${amount} ${plural(amount, forms)}`;
  const large = (amount: string, scale: string, forms: Forms | undefined): string =>
    `${amount} ${BIG[scale.toLowerCase()] ?? scale} ${forms?.[1] ?? ''}`;

  return [
    [pattern(String.raw`${EDGE}(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s?([AaPp])\.?[Mm]\.?(?![A-Za-z]))?(?!\d)`), clockTime],
    [pattern(String.raw`${EDGE}(\d{4})-(\d{2})-(\d{2})${EDGE}`), ([all = '', inYear = '', m, d]) => calendarDay(Number(m), Number(d), inYear) ?? all],
    [pattern(String.raw`${EDGE}(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})${EDGE}`), ([all = '', first, second, short = '']) => {
      const inYear = short.length > 2 ? short : `${Number(short) > 30 ? 19 : 20}${short}`;
      const [m, d] = Number(first) <= 12 ? [first, second] : [second, first];
      return calendarDay(Number(m), Number(d), inYear) ?? all;
    }],
    [pattern(String.raw`([$£€])(${AMOUNT})\s?(${SCALE})`), ([, sign = '', amount = '', scale = '']) => large(amount, scale, entry(currency, sign))],
    [pattern(String.raw`(?<![${WORD}.])(${AMOUNT})\s?¢`), ([, amount = '']) => counted(amount, entry(currency, '¢'))],
    [pattern(String.raw`(?<![${WORD}])([¥₹₩]|Rs\.?|USD|EUR|GBP)\s?(${AMOUNT})(?:\s?(${SCALE}))?`), ([, sign = '', amount = '', scale = '']) => {
      const forms = entry(currency, sign.replace(/\.$/, ''));
      return scale ? large(amount, scale, forms) : counted(amount, forms);
    }],
    [pattern(String.raw`(?<![${WORD}.])(-?${AMOUNT})\s?°\s?([CF])?(?![${WORD}])`), ([, amount = '', scale]) =>
      counted(amount, ['degree', 'degrees']) + (scale === 'C' ? ' Celsius' : scale === 'F' ? ' Fahrenheit' : '')],
    [pattern(String.raw`(?<![${WORD}.])(-?${AMOUNT})\s?(${anyOf(Object.keys(units))})(?![${WORD}])`), ([, amount = '', unit = '']) => counted(amount, entry(units, unit))],
    [pattern(String.raw`${EDGE}(${month})\.? (\d{1,2})(?:st|nd|rd|th)?${EDGE}(?![\d:%])(,? \d{4}${EDGE})?`), ([all = '', name = '', day = '', inYear = '']) =>
      isDay(Number(day)) ? `${monthName(name)} ${ordinal(day)}${inYear}` : all],
    [pattern(String.raw`${EDGE}(the )?(\d{1,2}) (?:of )?(${month})${EDGE}\.?`), ([all = '', , day = '', name = '']) =>
      isDay(Number(day)) ? `the ${ordinal(day)} of ${monthName(name)}` : all],
  ];
}

function wordRules({ titles, abbreviations, roman_cardinal, roman_ordinal }: WordTables): readonly Rule[] {
  return [
    [pattern(`${EDGE}(${anyOf(Object.keys(titles))})\\.? (?=[A-Z])`), ([all = '', title = '']) => `${entry(titles, title) ?? all} `],
    [pattern(`(?<![${WORD}.])(${anyOf(Object.keys(abbreviations))})(?![${WORD}])`), (found, whole) => {
      const [all = '', short = ''] = found;
      // The full stop of an abbreviation that ends the text also ends the sentence.
      return (entry(abbreviations, short) ?? all) + (found.end === whole.length && short.endsWith('.') ? '.' : '');
    }],
    [pattern(String.raw`${EDGE}(No|Nos)\. ?(?=\d)`), ([, word]) => (word === 'No' ? 'Number ' : 'Numbers ')],
    [pattern(String.raw`(?<![${WORD}&])#(?=\d)`), () => 'number '],
    [pattern(`${EDGE}(${anyOf(roman_cardinal)}) ${ROMAN}${EDGE}(?![.'’][${WORD}])`), ([, noun = '', numeral = '']) => `${noun} ${romanValue(numeral)}`],
    [pattern(`${EDGE}(${anyOf(roman_ordinal)}) ${ROMAN}${EDGE}(?![.'’][${WORD}])`), ([, name = '', numeral = '']) => `${name} the ${ordinal(romanValue(numeral))}`],
  ];
}

function lateRules({ months }: WordTables): readonly Rule[] {
  const names = Object.values(months);
  return [
    [pattern(String.raw`(?<![${WORD}.\-])(?:\d{3}-)?\d{3}-\d{4}(?![${WORD}.\-])`), ([digits = '']) => characters(digits.replaceAll('-', ', ')).join(' ')],
    [pattern(String.raw`(?<![${WORD}.\/])(\d{1,2})\/(\d{1,2})(?![${WORD}.\/])`), ([, a, b]) => fraction(Number(a), Number(b), names)],
    [pattern(String.raw`(?<![${WORD}.\-])(\d{1,4})\s?[\-–]\s?(\d{1,4})(?![${WORD}.\-%])`), ([, from = '', to = '']) => `${from} to ${to}`],
    [pattern(String.raw`(?<![${WORD}+])\+(?=\d)`), () => 'plus '],
  ];
}

function symbolRules({ symbols }: WordTables): readonly Rule[] {
  return Object.entries(symbols).map(([symbol, word]) => [
    // The signs of comparison are read between things only; elsewhere they are smileys and quotation marks.
    pattern('=<>~'.includes(symbol) ? String.raw`(?<=\S) ?${literal(symbol)} ?(?=\S)` : literal(symbol)),
    () => (word ? ` ${word} ` : ' '),
  ]);
}

function pattern(source: string): RegExp {
  return new RegExp(source, 'gu');
}

function isDay(day: number): boolean {
  return day >= 1 && day <= 31;
}

function plural(amount: string, forms: Forms | undefined): string {
  return forms?.[['1', '1.0', '-1'].includes(amount.replaceAll(',', '')) ? 0 : 1] ?? '';
}

function clockTime(found: Groups, whole: string): string {
  const [all = '', h, m, s = '', half = ''] = found;
  const [hour, minute, second] = [Number(h), Number(m), Number(s)];
  if (hour > 24 || minute > 59 || second > 59) return all;
  let words = cardinal(hour);
  if (minute > 0) words += ` ${minute < 10 ? 'oh ' : ''}${cardinal(minute)}`;
  else if (!half && !s) words += " o'clock";
  if (s) words += ` and ${cardinal(second)} second${second === 1 ? '' : 's'}`;
  // With their dots the letters are spelled; a full stop that follows serves as the last one.
  if (half) words += ` ${half.toUpperCase()}.M${whole[found.end] === '.' ? '' : '.'}`;
  return words;
}

function fraction(above: number, below: number, months: readonly string[]): string {
  if (above > 0 && above < below && below <= 10) {
    if (below === 2) return 'one half';
    return `${above} ${PARTS[below] ?? ''}${above === 1 ? '' : 's'}`;
  }
  if (above >= 1 && above <= 12 && isDay(below)) return `${months[above - 1] ?? ''} ${ordinal(below)}`;
  return `${above} slash ${below}`;
}

function romanValue(numeral: string): number {
  const values = characters(numeral).map((letter) => ROMAN_VALUES[letter] ?? 0);
  return values.reduce((total, value, index) => total + (value < (values[index + 1] ?? 0) ? -value : value), 0);
}
