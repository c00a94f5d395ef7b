// English number words. Their form (the "and", the "oh-five" of a year) is the one the voice's dictionaries were made for.

const ONES = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve',
  'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen'] as const;
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'] as const;
const SCALES = ['', 'thousand', 'million', 'billion', 'trillion', 'quadrillion', 'quintillion', 'sextillion', 'septillion',
  'octillion', 'nonillion', 'decillion'] as const;
const IRREGULAR_ORDINALS: Readonly<Record<string, string>> = {
  one: 'first', two: 'second', three: 'third', five: 'fifth', eight: 'eighth', nine: 'ninth', twelve: 'twelfth',
};

/** 1234 → one thousand, two hundred and thirty-four. Takes digits of any length; from 10³⁶ on they are read one by one. */
export function cardinal(number: number | string): string {
  const digits = String(number).replace(/^0+(?=\d)/, '');
  if (digits.length > SCALES.length * 3) return spelled(digits);
  const groups: string[] = [];
  for (let end = digits.length, scale = 0; end > 0; end -= 3, scale++) {
    const group = Number(digits.slice(Math.max(0, end - 3), end));
    if (group > 0) groups.unshift(scale === 0 ? belowThousand(group) : `${belowThousand(group)} ${SCALES[scale] ?? ''}`);
  }
  const units = Number(digits.slice(-3));
  const last = groups.length > 1 && units > 0 && units < 100 ? groups.pop() : undefined;
  return last === undefined ? groups.join(', ') || 'zero' : `${groups.join(', ')} and ${last}`;
}

/** 23 → twenty-third. */
export function ordinal(number: number | string): string {
  return cardinal(number).replace(/[a-z]+$/, (word) => IRREGULAR_ORDINALS[word] ?? `${word.replace(/y$/, 'ie')}th`);
}

/** 1905 → nineteen oh-five; 2005 → two thousand and five; 2024 → twenty twenty-four. */
export function year(number: number): string {
  const century = Math.floor(number / 100);
  const rest = number % 100;
  if (century === 0 || century >= 100 || (century % 10 === 0 && rest < 10)) return cardinal(number);
  if (rest === 0) return `${cardinal(century)} hundred`;
  return `${cardinal(century)} ${rest < 10 ? 'oh-' : ''}${cardinal(rest)}`;
}

/** 3.140 → three point one four: trailing zeros are not read. */
export function decimal(number: string): string {
  const [whole = '', fraction = ''] = number.split('.');
  const digits = fraction.replace(/0+$/, '');
  return cardinal(whole || 0) + (digits === '' ? '' : ` point ${spelled(digits)}`);
}

/** 42 → four two. */
export function spelled(digits: string): string {
  return Array.from(digits, (digit) => ONES[Number(digit)] ?? '').join(' ');
}

function belowThousand(number: number): string {
  const hundreds = Math.floor(number / 100);
  const rest = number % 100;
  const words = hundreds > 0 ? [ONES[hundreds] ?? '', 'hundred', ...(rest > 0 ? ['and'] : [])] : [];
  if (rest >= 20) words.push(`${TENS[Math.floor(rest / 10)] ?? ''}${rest % 10 > 0 ? `-${ONES[rest % 10] ?? ''}` : ''}`);
  else if (rest > 0) words.push(ONES[rest] ?? '');
  return words.join(' ');
}
