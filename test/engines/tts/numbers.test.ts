import { describe, expect, it } from 'vitest';
import { cardinal, decimal, ordinal, spelled, year } from '../../../src/engines/tts/hibari/numbers.js';

describe('number words', () => {
  it.each([
    [0, 'zero'], [13, 'thirteen'], [21, 'twenty-one'], [100, 'one hundred'], [105, 'one hundred and five'], [999, 'nine hundred and ninety-nine'],
    [1_000, 'one thousand'], [1_001, 'one thousand and one'], [1_100, 'one thousand, one hundred'], [12_345, 'twelve thousand, three hundred and forty-five'],
    [1_000_000, 'one million'], [2_000_017, 'two million and seventeen'], ['007', 'seven'], ['0', 'zero'], ['000', 'zero'],
    ['1000000000000000000000000000000000', 'one decillion'], ['1234567890123456789012345678901234567', 'one two three four five six seven eight nine zero one two three four five six seven eight nine zero one two three four five six seven eight nine zero one two three four five six seven'],
  ])('count %s as "%s"', (number, words) => expect(cardinal(number)).toBe(words));

  it.each([[1, 'first'], [2, 'second'], [12, 'twelfth'], [20, 'twentieth'], [23, 'twenty-third'], [101, 'one hundred and first'], [1000, 'one thousandth']])(
    'rank %i as "%s"', (number, words) => expect(ordinal(number)).toBe(words));

  it.each([[1905, 'nineteen oh-five'], [1900, 'nineteen hundred'], [2005, 'two thousand and five'], [2024, 'twenty twenty-four'], [1066, 'ten sixty-six'], [12, 'twelve']])(
    'date %i as "%s"', (number, words) => expect(year(number)).toBe(words));

  it('read decimals digit by digit, without zeros at their end', () => {
    expect(decimal('3.140')).toBe('three point one four');
    expect(decimal('.5')).toBe('zero point five');
    expect(decimal('2.00')).toBe('two');
    expect(spelled('405')).toBe('four zero five');
  });
});
