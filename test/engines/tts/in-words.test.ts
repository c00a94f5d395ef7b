import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inWords } from '../../../src/engines/tts/english/in-words.js';

describe('inWords', () => {
  it.each([
    ['It costs $42.50, not £0.99 or €1,200.', 'It costs forty-two dollars and fifty cents, not ninety-nine pence or one thousand two hundred euros.'],
    ['$1, $3.5 million and $1.2M', 'one dollar, three point five million dollars and one point two million dollars'],
    ['About 1/2 of them, or 10%.', 'About one half of them, or ten percent.'],
    ['Cats vs. dogs, e.g. mine.', 'Cats versus dogs, for example mine.'],
    ['At 3:05 pm, or 12:30-13:00.', 'At three oh five P.M., or twelve thirty to thirteen o\'clock.'],
    ['5 km at 100 km/h, 1 kg, 6 ft', 'five kilometers at one hundred kilometers per hour, one kilogram, six feet'],
    ['See https://example.com/a?b=1, or www.example.org.', 'See example dot com slash a, or example dot org.'],
    ['Write to jane.doe42@example.com.', 'Write to jane dot doe forty-two at example dot com.'],
    ['Use v2.1, or version 3.14.2.', 'Use version two point one, or version three point fourteen point two.'],
    ['In 2024, 1905, 2005, the 1990s and the 80s', 'In twenty twenty-four, nineteen oh-five, two thousand and five, the nineteen nineties and the eighties'],
    ['We have 1,234 apples and 3.14 pies.', 'We have one thousand two hundred and thirty-four apples and three point one four pies.'],
    ['Dr. Smith lives at 12 St. James St.', 'Doctor Smith lives at twelve Saint James Street.'],
    ['It is −5 °C, or -12 °F.', 'It is minus five degrees Celsius, or minus twelve degrees Fahrenheit.'],
    ['The 1st of May, the 23rd, May 5, 2024', 'The first of May, the twenty-third, May fifth, twenty twenty-four'],
    ['Call 555-123-4567 or +1 (555) 123-4567.', 'Call five five five, one two three, four five six seven or plus one, five five five, one two three, four five six seven.'],
    ['2**3 = 8, and 2 * 3 + 1 = 7', 'two to the power of three equals eight, and two times three plus one equals seven'],
    ['Agent 007 has an A4 mp3.', 'Agent zero zero seven has an A four mp three.'],
    ['Salt & pepper', 'Salt and pepper'],
    ['5-10% of 10–20', 'five to ten percent of ten to twenty'],
    ['I said no. That is a fig.', 'I said no. That is a fig.'],
  ])('reads %j as %j', (written, said) => {
    expect(inWords(written)).toBe(said);
  });

  const parts = fc.constantFrom('$', '€', '5', '12', '1,234', '.', ',', ':', '/', '-', '−', '%', '°C', 'km', 'pm', 'st', 's', 'v', '@', 'https://', 'example.com', 'Dr.', 'vs.', '*', '+', '(', ')', ' ', 'a', '½', '٣', '２', '😀', '\n');
  const mixed = fc.oneof(fc.string({ unit: 'binary' }), fc.array(parts, { maxLength: 30 }).map((some) => some.join('')));

  it('never throws, and leaves no digit', () => {
    fc.assert(fc.property(mixed, (text) => {
      expect(inWords(text)).not.toMatch(/[0-9]/);
    }), { numRuns: 2_000 });
  });

  it('leaves plain words alone, its own too', () => {
    fc.assert(fc.property(fc.array(fc.stringMatching(/^[a-z]{2,9}$/), { maxLength: 12 }), (words) => {
      const text = words.filter((word) => word !== 'vs').join(' ');
      expect(inWords(text)).toBe(text);
    }));
    const amount = fc.nat().chain((n) => fc.constantFrom(`${n}`, `$${n}.${n % 90 + 10}`, `${n}%`, `${n} km`, `${n}th`, `-${n}`, `${n}.${n}`));
    fc.assert(fc.property(fc.array(amount), (amounts) => {
      const said = inWords(amounts.join(' and '));
      expect(inWords(said)).toBe(said);
    }));
  });

  it.each(['1', '1,', 'a.', 'a@', '-', '1.', '12:', ' ', '$1', 'a1', '1/', 'http://', 'example.com', '(555) ', '1 '])('reads 50,000 times %j without going over it again and again', (piece) => {
    // What is quadratic takes minutes; the time that the runner grants is enough for all else on any machine.
    expect(inWords(piece.repeat(50_000 / piece.length))).not.toMatch(/[0-9]/);
  });
});
