import { createNormalizer } from '../hibari/normalize.js';
import { cardinal, decimal, ordinal, spelled, year } from '../hibari/numbers.js';
import { TABLES } from './tables.js';

const AMOUNT = String.raw`\d+(?:,\d{3})*(?:\.\d+)?`;
/** Ends of addresses that are written without https. */
const DOMAINS = 'com|org|net|edu|gov|io|dev|app|ai|info|co\\.uk|uk|de|fr|eu';
/** Digits of one number; a longer run is a serial number, and no voice says it as one. */
const LONGEST = 36;

type Rule = readonly [pattern: RegExp, reading: (...found: string[]) => string];

/** What has digits and dots in it but is no number. They come first: the signs in them mean something else elsewhere. */
const NAMES: readonly Rule[] = [
  [/\d{37,}/g, (digits) => ` ${spelled(digits)} `],
  [/[−‐‑](?=\d)/g, () => '-'],
  [/(?<=:\d\d)\s?[-–]\s?(?=\d{1,2}:\d\d)/g, () => ' to '],
  [/(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+/g, (all) => aloud(all.replace('@', ' at '))],
  [/\bhttps?:\/\/(?:www\.)?([^\s<>"]{1,2000})/gi, (_, rest = '') => address(rest)],
  [new RegExp(String.raw`(?<![\w@.\-])(?:www\.)?((?:[a-z0-9\-]{1,64}\.){1,5}(?:${DOMAINS})\b(?:\/[^\s<>"]{0,2000})?)`, 'gi'), (_, rest = '') => address(rest)],
  [/\b[vV](?=\d)/g, () => 'version '],
  [/(?<=\bversion )\d+(?:\.\d+)+|(?<![\d.])\d+(?:\.\d+){2,}(?![\d.]*\d)/gi, (numbers) => numbers.replaceAll('.', ' point ')],
  [/(?:\+(\d{1,3})[ -])?\(?(?<![\d.-])(\d{3})\)?[ -](\d{3})-(\d{4})(?![\w-])/g, (_, country = '', ...parts) =>
    [...(country === '' ? [] : [`plus ${spelled(country)}`]), ...parts.slice(0, 3).map(spelled)].join(', ')],
];

/** Money, percentages, ordinals, years and plain numbers: what the rules of the voice hibari leave to its dictionaries. */
const NUMBERS: readonly Rule[] = [
  [new RegExp(String.raw`(-?)([$£€])(${AMOUNT})`, 'g'), (_, minus = '', sign = '', amount = '') => `${minus && 'minus '}${money(sign, amount)}`],
  [new RegExp(String.raw`(?<![\w)])-(?=\d)`, 'g'), () => 'minus '],
  [/(?<=\d)-(?=\d)/g, () => ' to '],
  [/(?<=\d)\s?\*\s?(?=\d)/g, () => ' times '],
  [/(?<=\d)\s?\+\s?(?=\d)/g, () => ' plus '],
  [/(?<=\d)\s?\/\s?(?=\d)/g, () => ' slash '],
  [/(\d+(?:,\d{3})*)(?:st|nd|rd|th)\b/g, (_, digits = '') => ordinal(plain(digits))],
  [/(?<![\w,.])(\d{2}|1\d{3}|20\d{2})['’]?s\b/g, (_, digits = '') => decade(digits)],
  [/(?<![\w,.])(1[1-9]\d{2}|20\d{2})(?!\w|[.,]\d)/g, (digits) => year(Number(digits))],
  [new RegExp(String.raw`([A-Za-z]?)(${AMOUNT})([A-Za-z]?)`, 'g'), (_, before = '', amount = '', after = '') =>
    `${before && `${before} `}${number(amount)}${after && ` ${after}`}`],
  [/\d+/g, (digits) => ` ${spelled(digits)} `],
];

const normalize = createNormalizer(TABLES);

/**
 * English text with its numbers, units of money, times, dates, units, abbreviations, addresses and signs in words, for voices
 * that read such things badly: no digit is left. Plain words stay as they are. The rules are those of the voice hibari, and
 * what they leave to its dictionaries; no package of npm reads text, only bare numbers.
 */
export function inWords(text: string): string {
  const said = apply(NUMBERS, normalize(apply(NAMES, text.replace(/[０-９]/g, (digit) => String(digit.charCodeAt(0) - 0xff10)))));
  return said.replace(/\s+/g, ' ').replace(/ +([,.;:!?])/g, '$1').trim();
}

const apply = (rules: readonly Rule[], text: string): string =>
  rules.reduce((said, [pattern, reading]) => said.replace(pattern, (...found: unknown[]) =>
    reading(...found.slice(0, found.findIndex((one) => typeof one === 'number')) as string[])), text);

const plain = (digits: string): string => digits.replaceAll(',', '');

function number(amount: string): string {
  const digits = plain(amount);
  if (digits.includes('.')) return decimal(digits);
  return /^0\d/.test(digits) || digits.length > LONGEST ? spelled(digits) : whole(digits);
}

/** Without the pauses that the voice hibari makes at thousands. */
const whole = (digits: string): string => cardinal(digits).replaceAll(',', '');

function money(sign: string, amount: string): string {
  const [one = '', many = ''] = TABLES.currency[sign] ?? [];
  const [units = '', part = ''] = plain(amount).split('.');
  if (part.length > 2) return `${number(amount)} ${many}`;
  const cents = Number(part.padEnd(2, '0'));
  const [cent, pieces] = sign === '£' ? ['penny', 'pence'] : ['cent', 'cents'];
  const small = cents === 0 ? '' : `${cardinal(cents)} ${cents === 1 ? cent : pieces}`;
  if (Number(units) === 0 && small) return small;
  return `${whole(units)} ${/^0*1$/.test(units) ? one : many}${small && ` and ${small}`}`;
}

function decade(digits: string): string {
  const words = digits.length === 2 ? cardinal(digits) : year(Number(digits));
  return words.endsWith('y') ? `${words.slice(0, -1)}ies` : `${words}s`;
}

/** Of a web address the host and the path; what a computer is asked with it nobody wants to hear. */
function address(rest: string): string {
  const [, said = '', end = ''] = /^(.*?)([.,;:!?)\]'"]*)$/s.exec(rest) ?? [];
  return aloud(said.replace(/[?#].*$/s, '').replace(/\/$/, '')) + end;
}

const SIGNS: Readonly<Record<string, string>> = { '.': 'dot', '/': 'slash', '-': 'dash', '_': 'underscore', '+': 'plus', ':': 'colon', '~': 'tilde', '=': 'equals', '&': 'and', '%': 'percent' };
const aloud = (text: string): string => text.replace(/[./\-_+:~=&%]/g, (sign) => ` ${SIGNS[sign] ?? ''} `).replace(/\d+/g, (digits) => ` ${number(digits)} `).replace(/\s+/g, ' ').trim();
