import { characters, entry, LETTER, literal, LOWER, UPPER, WORD } from './patterns.js';

/** A token, and whether white space followed it. */
export type Piece = readonly [text: string, spaced: boolean];

// Which signs stand by themselves before, behind and inside words: the English rules of the tokenizer whose output the
// tagger was trained on (spaCy 3.8, MIT), for Latin text.
const QUOTES = '\'"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉';
const MARKS = '…,:;!?¿¡()[]{}<>_#*&。？！，、；：～·';
const ICONS = ['[™®©°§¶†‡•]'];
const MARK_PATTERNS = characters(MARKS).map(literal);
const QUOTE_PATTERNS = characters(QUOTES).map(literal);
const CURRENCIES = ['$', '£', '€', '¥', '฿', 'US$', 'C$', 'A$', '₽', '₹', '₩', '₪', '₺', '₴', '₦', '₫', '₱', '₲', '₵', '₸', '₼', '₾', '₿'].map(literal).join('|');
const UNITS = 'km|km²|km³|m|m²|m³|dm|dm²|dm³|cm|cm²|cm³|mm|mm²|mm³|ha|µm|nm|yd|in|ft|kg|g|mg|µg|t|lb|oz|m/s|km/h|kmh|mph|hPa|Pa|mbar|mb|MB|kb|KB|gb|GB|tb|TB|T|G|M|K|%'.replaceAll('/', String.raw`\/`);
const inClass = (signs: string): string => signs.replace(/[\\\]^\-[]/g, String.raw`\$&`);

const PREFIX = new RegExp(`^(?:${[
  '§', '%', '=', '—', '–', String.raw`\+(?![0-9])`, '…', ...MARK_PATTERNS, String.raw`\.\.+`, ...QUOTE_PATTERNS, CURRENCIES, ...ICONS,
].join('|')})`, 'u');

const SUFFIX = new RegExp(`(?:${[
  '……?', ...MARK_PATTERNS, String.raw`\.\.+`, ...QUOTE_PATTERNS, ...ICONS, "['’][sS]", '—', '–',
  String.raw`(?<=[0-9])\+`,
  String.raw`(?<=°[FfCcKk])\.`,
  `(?<=[0-9])(?:${CURRENCIES})`,
  `(?<=[0-9])(?:${UNITS})`,
  String.raw`(?<=[0-9${LOWER}%²\-+${inClass(MARKS + QUOTES)}])\.`,
  String.raw`(?<=[${UPPER}][${UPPER}])\.`,
].join('|')})$`, 'u');

const INFIX = new RegExp([
  String.raw`\.\.+`, '…', ...ICONS,
  String.raw`(?<=[0-9])[+\-*\^](?=[0-9\-])`,
  String.raw`(?<=[${LOWER}${inClass(QUOTES)}])\.(?=[${UPPER}${inClass(QUOTES)}])`,
  `(?<=${LETTER}),(?=${LETTER})`,
  String.raw`(?<=[\p{L}\p{N}])(?:-|–|—|--|---|——|~)(?=${LETTER})`,
  String.raw`(?<=[\p{L}\p{N}])[:<>=\/](?=${LETTER})`,
].join('|'), 'gu');

const ADDRESS = new RegExp([
  String.raw`^(?:(?:https?|ftp):\/\/|www\.)\S+$`,
  String.raw`^[${WORD}.+\-]+@[${WORD}\-]+(?:\.[${WORD}\-]+)+$`,
  String.raw`^(?:[${WORD}\-]+\.)+(?:com|org|net|edu|gov|io|co|uk|de|fr|info|biz|us|ca|au|tv|me|ly|ai)(?:\/\S*)?$`,
].join('|'), 'iu');

/**
 * Cuts text into words and signs. `exceptions` (from `tokenizer_exceptions.json`) says how contractions, abbreviations and
 * smileys are cut; between white space, signs are peeled off both ends until nothing or an exception is left.
 */
export function createTokenizer(exceptions: Readonly<Record<string, readonly string[]>>): (text: string) => Piece[] {
  return (text) => {
    const pieces: Piece[] = [];
    for (const found of text.matchAll(/\S+/gu)) {
      const spaced = found.index + found[0].length < text.length;
      const tokens = split(found[0]);
      tokens.forEach((token, index) => pieces.push([token, spaced && index === tokens.length - 1]));
    }
    return pieces;
  };

  function split(chunk: string): readonly string[] {
    const known = entry(exceptions, chunk);
    if (known !== undefined) return known;
    const { before, core, after } = peel(chunk);
    const tokens = [...before, ...(core === '' ? [] : cut(core)), ...after];
    return tokens.length > 1 ? rejoin(tokens) : tokens;
  }

  function peel(chunk: string): { before: string[]; core: string; after: string[] } {
    const before: string[] = [];
    const after: string[] = [];
    let core = chunk;
    for (let length = -1; core !== '' && core.length !== length && !Object.hasOwn(exceptions, core);) {
      length = core.length;
      const prefix = PREFIX.exec(core)?.[0] ?? '';
      const withoutPrefix = core.slice(prefix.length);
      if (prefix && Object.hasOwn(exceptions, withoutPrefix)) {
        before.push(prefix);
        core = withoutPrefix;
        break;
      }
      const suffix = SUFFIX.exec(withoutPrefix)?.[0] ?? '';
      const withoutSuffix = core.slice(0, core.length - suffix.length);
      if (suffix && Object.hasOwn(exceptions, withoutSuffix)) {
        after.unshift(suffix);
        core = withoutSuffix;
        break;
      }
      if (prefix) before.push(prefix);
      if (suffix) after.unshift(suffix);
      core = core.slice(prefix.length, core.length - suffix.length);
    }
    return { before, core, after };
  }

  function cut(core: string): readonly string[] {
    const known = entry(exceptions, core);
    if (known !== undefined) return known;
    if (ADDRESS.test(core)) return [core];
    const tokens: string[] = [];
    let start = 0;
    for (const found of core.matchAll(INFIX)) {
      if (found.index === 0) continue;
      if (found.index > start) tokens.push(core.slice(start, found.index));
      tokens.push(found[0]);
      start = found.index + found[0].length;
    }
    if (start < core.length) tokens.push(core.slice(start));
    return tokens;
  }

  /** Pieces that spell an exception together are that exception after all: 'Sept' and '.'. */
  function rejoin(tokens: readonly string[]): string[] {
    const joined: string[] = [];
    for (let index = 0; index < tokens.length;) {
      const length = [3, 2].find((count) => index + count <= tokens.length && Object.hasOwn(exceptions, tokens.slice(index, index + count).join(''))) ?? 1;
      const text = tokens.slice(index, index + length).join('');
      joined.push(...(length > 1 ? (entry(exceptions, text) ?? [text]) : [text]));
      index += length;
    }
    return joined;
  }
}
