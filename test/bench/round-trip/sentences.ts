/** What is said to measure who is understood: as it is written, and what a person would say. */
export interface Sentence {
  readonly written: string;
  /** Left out where it is what is written. */
  readonly said?: string;
}

/** 127 words without anything to be worked out. */
export const PLAIN: readonly Sentence[] = [
  { written: 'The train to the airport leaves at a quarter past seven, so please be there early.' },
  { written: 'Nobody had told the children that it would be so cold in the mountains.' },
  { written: 'We do not know the answer to that question yet, but we can ask somebody.' },
  { written: 'The capital of France is Paris, and a long river runs through the middle of it.' },
  { written: 'You can find fresh bread, cheese and apples at the market on Saturday morning.' },
  { written: 'She opened the window because the room was far too warm.' },
  { written: 'Would you like me to read the message again, or should I send it now?' },
  { written: 'Water boils sooner on a high mountain than it does by the sea.' },
  { written: 'My brother plays the piano, and my sister writes stories for young people.' },
];

/** A number, an amount, a time, a unit, an abbreviation or an address in each. */
export const NUMBERS: readonly Sentence[] = [
  { written: 'The ticket costs $42.50 for each of us.', said: 'The ticket costs forty-two dollars and fifty cents for each of us.' },
  { written: 'About 1/2 of the water was gone.', said: 'About one half of the water was gone.' },
  { written: 'It was the old team vs. the new one.', said: 'It was the old team versus the new one.' },
  { written: 'We will meet again at 3:05 pm.', said: 'We will meet again at three oh five p.m.' },
  { written: 'The lake is 5 km from here.', said: 'The lake is five kilometers from here.' },
  { written: 'You can read all of it at https://example.com/help.', said: 'You can read all of it at example dot com slash help.' },
  { written: 'Please install v2.1 of the program.', said: 'Please install version two point one of the program.' },
  { written: 'The price went up by 10% last week.', said: 'The price went up by ten percent last week.' },
  { written: 'He moved to London in 2024.', said: 'He moved to London in twenty twenty-four.' },
  { written: 'The town has 12,345 people.', said: 'The town has twelve thousand three hundred and forty-five people.' },
  { written: 'Dr. Smith will see you now.', said: 'Doctor Smith will see you now.' },
  { written: 'Tonight it will be −5 °C outside.', said: 'Tonight it will be minus five degrees Celsius outside.' },
  { written: 'The office is on the 3rd floor.', said: 'The office is on the third floor.' },
  { written: 'My number is 555-123-4567, call me.', said: 'My number is five five five, one two three, four five six seven, call me.' },
  { written: 'The car did 100 km/h on the road.', said: 'The car did one hundred kilometers per hour on the road.' },
  { written: 'Write a mail to jane@example.com first.', said: 'Write a mail to jane at example dot com first.' },
  { written: 'The answer is 3.14, more or less.', said: 'The answer is three point one four, more or less.' },
  { written: 'He paid €20 & left the shop.', said: 'He paid twenty euros and left the shop.' },
];
