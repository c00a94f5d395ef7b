import { describe, expect, it } from 'vitest';
import { createNormalizer, type WordTables } from '../../../src/engines/tts/hibari/normalize.js';

const names = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const tables: WordTables = {
  months: Object.fromEntries(names.map((name) => [name.slice(0, 3).toLowerCase(), name])),
  titles: { Dr: 'Doctor', St: 'Saint' },
  abbreviations: { 'St.': 'Street', 'vs.': 'versus', 'Jan.': 'January' },
  units: { km: ['kilometer', 'kilometers'], 'km/h': ['kilometers per hour', 'kilometers per hour'] },
  symbols: { '=': 'equals', '<': 'less than', '±': 'plus or minus', '*': ' ', '™': '' },
  currency: { $: ['dollar', 'dollars'], '¥': ['yen', 'yen'], USD: ['dollar', 'dollars'], '¢': ['cent', 'cents'] },
  roman_cardinal: ['Chapter'],
  roman_ordinal: ['Henry'],
};
const normalize = createNormalizer(tables);

describe('createNormalizer', () => {
  it.each([
    ['at 7:30 pm.', 'at seven thirty P.M.'], ['at 7:05 a.m. today', 'at seven oh five A.M. today'], ['at 9:00', "at nine o'clock"], ['14:05:01', 'fourteen oh five and one second'],
    ['at 25:61', 'at 25:61'], ['on 2024-02-29', 'on February twenty-ninth, 2024'], ['on 12/25/2023', 'on December twenty-fifth, 2023'], ['on 25/12/99', 'on December twenty-fifth, 1999'],
    ['March 3rd, 2020', 'March third, 2020'], ['Sept 45', 'Sept 45'], ['the 5th', 'the 5th'], ['4 of July', 'the fourth of July'], ['12 Jan. was', 'the twelfth of January was'],
    ['$3.5 million', '3.5 million dollars'], ['$2k', '2 thousand dollars'], ['¥500', '500 yen'], ['1 USD', '1 USD'], ['USD 1', '1 dollar'], ['1¢ or 25¢', '1 cent or 25 cents'], ['$42.50', '$42.50'],
    ['5 km, 1 km', '5 kilometers, 1 kilometer'], ['90km/h', '90 kilometers per hour'], ['-5°C', '-5 degrees Celsius'], ['1°', '1 degree'],
    ['Dr. Smith', 'Doctor Smith'], ['St. Paul', 'Saint Paul'], ['Main St. is', 'Main Street is'], ['on Main St.', 'on Main Street.'], ['this vs. that', 'this versus that'],
    ['No. 5', 'Number 5'], ['#5', 'number 5'], ['Chapter IV', 'Chapter 4'], ['Henry VIII', 'Henry the eighth'], ['Henry I', 'Henry the first'],
    ['555-123-4567', '5 5 5, 1 2 3, 4 5 6 7'], ['3-5 days', '3 to 5 days'], ['1914–1918', '1914 to 1918'], ['1/2', 'one half'], ['3/4', '3 quarters'],
    ['13/32', '13 slash 32'], ['+5', 'plus 5'], ['a = b', 'a equals b'], ['<3', '<3'], ['±5', 'plus or minus 5'], ['Word™ *bold*', 'Word bold'], ['  a\t b\n', 'a b'], ['it’s', "it's"], ['', ''],
  ])('writes "%s" as "%s"', (text, written) => expect(normalize(text)).toBe(written));

  it('reads a fraction that is none as a day', () => {
    expect(normalize('9/11')).toBe('September eleventh');
    expect(normalize('12/25')).toBe('December twenty-fifth');
  });
});
