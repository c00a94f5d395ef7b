/** What is said to measure who is understood: as it is written, and what a person would say. */
export interface Sentence {
  readonly written: string;
  /** Left out where it is what is written. */
  readonly said?: string;
}

/** 118 words without anything to be worked out. */
export const PLAIN: readonly Sentence[] = [
  { written: 'The train to the airport leaves at a quarter past seven, so please be there early.' },
  { written: 'Nobody had told the children that it would be so cold in the mountains.' },
  { written: 'I am sorry, but I do not know the answer to that question.' },
  { written: 'The capital of France is Paris, and the river that runs through it is the Seine.' },
  { written: 'You can find fresh bread, cheese and apples at the market on Saturday morning.' },
  { written: 'She opened the window because the room was far too warm.' },
  { written: 'Would you like me to read the message again, or should I send it now?' },
  { written: 'Water boils sooner on a high mountain than it does by the sea.' },
  { written: 'My brother plays the piano, and my sister writes stories for young people.' },
];

/** A number, an amount, a time, a unit, an abbreviation or an address in each. */
export const NUMBERS: readonly Sentence[] = [
  { written: 'The ticket costs $42.50 for one person.', said: 'The ticket costs forty-two dollars and fifty cents for one person.' },
  { written: 'About 1/2 of the water was gone.', said: 'About one half of the water was gone.' },
  { written: 'It was the old team vs. the new one.', said: 'It was the old team versus the new one.' },
  { written: 'We will meet again at 3:05 pm.', said: 'We will meet again at three oh five p.m.' },
  { written: 'The lake is 5 km from here.', said: 'The lake is five kilometers from here.' },
  { written: 'You can read it at https://example.com/help today.', said: 'You can read it at example dot com slash help today.' },
  { written: 'Please install v2.1 of the program.', said: 'Please install version two point one of the program.' },
  { written: 'The price went up by 10% last week.', said: 'The price went up by ten percent last week.' },
  { written: 'He moved to London in 2024.', said: 'He moved to London in twenty twenty-four.' },
  { written: 'The school has 1,234 students.', said: 'The school has one thousand two hundred and thirty-four students.' },
  { written: 'Dr. Smith will see you now.', said: 'Doctor Smith will see you now.' },
  { written: 'Tonight it will be −5 °C outside.', said: 'Tonight it will be minus five degrees Celsius outside.' },
  { written: 'Her birthday is on the 1st of May.', said: 'Her birthday is on the first of May.' },
  { written: 'My number is 555-123-4567, call me.', said: 'My number is five five five, one two three, four five six seven, call me.' },
  { written: 'The car did 100 km/h on the road.', said: 'The car did one hundred kilometers per hour on the road.' },
  { written: 'Write a mail to jane@example.com first.', said: 'Write a mail to jane at example dot com first.' },
  { written: 'The answer is 3.14, more or less.', said: 'The answer is three point one four, more or less.' },
  { written: 'He paid €20 & left the shop.', said: 'He paid twenty euros and left the shop.' },
];
