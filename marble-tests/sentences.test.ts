import { concat, from, of, throwError, toArray, type Observable } from 'rxjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { sentences, type SentencesOptions } from '../operators/index.js';
import { lanes, marbles } from '../operators/testing/index.js';
import { laws } from './helpers/laws.js';

function pieces(deltas: Iterable<string>, options?: SentencesOptions): string[] {
  let released: string[] | undefined;
  from(deltas).pipe(sentences(options), toArray()).subscribe({ next: (values) => { released = values; }, error: (error: unknown) => { throw error; } });
  if (released === undefined) throw new Error('The stream has not completed at once.');
  return released;
}

/** Whole sentences only, of a text that comes letter by letter; they are the same where it comes all at once. */
function whole(text: string, language = 'en'): string[] {
  const found = pieces(text, { language, first: false });
  expect(pieces([text], { language, first: false })).toEqual(found);
  return found;
}

describe('sentences', () => {
  it('releases a first clause early, then whole sentences, and the rest at the end', marbles(({ hot, expectObservable }) => {
    const lane = lanes(`
      deltas  --a-b-c-d--e-|
      pieces  ------x----y-(z|)
    `);
    const deltas = hot(lane('deltas'), { a: 'It is raining in ', b: 'Paris today,', c: ' so take', d: ' a coat. ', e: 'Bye' });
    expectObservable(deltas.pipe(sentences())).toBe(lane('pieces'), { x: 'It is raining in Paris today,', y: 'so take a coat.', z: 'Bye' });
  }));

  it('releases a sentence when the text after it shows that it has ended', marbles(({ hot, expectObservable }) => {
    const values = { a: 'Pi is 3.', b: '14. ', c: 'Yes', d: '! ', x: 'Pi is 3.14.', y: 'Yes!' };
    expectObservable(hot('-a-b-c-d-|', values).pipe(sentences())).toBe('-----x---(y|)', values);
  }));

  it('releases a line without waiting for what follows it', marbles(({ hot, expectObservable }) => {
    const values = { a: 'Apples', b: '\n', x: 'Apples' };
    expectObservable(hot('-a-b---', values).pipe(sentences())).toBe('---x---', values);
  }));

  it('flushes nothing after an error', () => {
    const emitted: unknown[] = [];
    concat(of('One. Two. Thr'), throwError(() => new Error('cut'))).pipe(sentences())
      .subscribe({ next: (piece) => emitted.push(piece), error: (error: unknown) => emitted.push(String(error)) });
    expect(emitted).toEqual(['One.', 'Two.', 'Error: cut']);
  });

  it.each<[text: string, ...pieces: string[]]>([
    ['Pi is 3.14 or so. It costs $2.50. Good.', 'Pi is 3.14 or so.', 'It costs $2.50.', 'Good.'],
    ['I met Dr. Smith and Mrs. Brown. They left.', 'I met Dr. Smith and Mrs. Brown.', 'They left.'],
    ['Use a tool, e.g. Bash, i.e. A shell. Or not.', 'Use a tool, e.g. Bash, i.e. A shell.', 'Or not.'],
    ['It is Bach vs. Mozart. Choose.', 'It is Bach vs. Mozart.', 'Choose.'],
    ['The U.S. Army and J. R. Tolkien met. Really.', 'The U.S. Army and J. R. Tolkien met.', 'Really.'],
    ['He has a Ph.D. Physics it is. Ok.', 'He has a Ph.D. Physics it is.', 'Ok.'],
    ['Apples, pears, etc. are fruit. So are plums, etc. They grow.', 'Apples, pears, etc. are fruit.', 'So are plums, etc.', 'They grow.'],
    ['We meet at 5 p.m. Be there.', 'We meet at 5 p.m.', 'Be there.'],
    ['See No. 5 Apples. Did I? No. I did not.', 'See No. 5 Apples.', 'Did I?', 'No.', 'I did not.'],
    ['So do I. You too.', 'So do I.', 'You too.'],
    ['Go to https://example.com/a?b=c. Then write to John.Doe@Example.com. Done.', 'Go to https://example.com/a?b=c.', 'Then write to John.Doe@Example.com.', 'Done.'],
    ['Well... I think so. And… Maybe. Yes.', 'Well... I think so.', 'And… Maybe.', 'Yes.'],
    ['Version 1.2.3 is out! Is it? (It is.) Fine.', 'Version 1.2.3 is out!', 'Is it?', '(It is.)', 'Fine.'],
    ['He said "Go." Then he went.', 'He said "Go."', 'Then he went.'],
    ['Wait!Now', 'Wait!Now'],
    ['3.14 is pi. Take B2. Good.', '3.14 is pi.', 'Take B2.', 'Good.'],
    ['B2. Missed.', 'B2.', 'Missed.'],
    ['1. Apples. 2. Pears.', '1. Apples.', '2. Pears.'],
    ['It was 5 a.m. He slept until 3 P.M. Then he woke.', 'It was 5 a.m.', 'He slept until 3 P.M.', 'Then he woke.'],
    ['They ran 5 m. or so with J. Smith. It took 3 s. Done.', 'They ran 5 m. or so with J. Smith.', 'It took 3 s.', 'Done.'],
    ['See you in Dec. We go at 5. Ok.', 'See you in Dec.', 'We go at 5.', 'Ok.'],
    ['It is No. #5 Apples. Look at example.com. Now.', 'It is No. #5 Apples.', 'Look at example.com.', 'Now.'],
    ['*Bold.* Next. _Is it?_ Yes. Is `a?`b so.', 'Bold.', 'Next.', 'Is it?', 'Yes.', 'Is a?b so.'],
  ])('cuts %j at the ends of its sentences', (text, ...expected) => {
    expect(whole(text)).toEqual(expected);
    // A second space changes nothing.
    expect(whole(text.replaceAll('. ', '.  '))).toEqual(expected);
  });

  it('knows a language by its first part, whatever country follows', () => {
    expect(whole('I am 5. You too.', 'en-GB')).toEqual(['I am 5.', 'You too.']);
    expect(whole('« Venez ! » dit-il.', 'fr-CA')).toEqual(['« Venez ! » dit-il.']);
    expect(whole('Am 5.  Mai. Gut.', 'de-AT')).toEqual(['Am 5. Mai.', 'Gut.']);
  });

  it('keeps a sentence of thousands of characters in one piece', () => {
    const long = `It goes on ${'and on '.repeat(1_000)}until here.`;
    expect(pieces([`${long} Then it ends.`], { first: false })).toEqual([long, 'Then it ends.']);
  });

  it.each<[language: string, ...pieces: string[]]>([
    ['en', 'It is 10:30 a.m. in New York.', 'Really.'],
    ['en', 'He earns $1,234.56 a year, i.e. a lot.', 'Mail me at jane.doe@example.co.uk.', 'See www.example.org/a.b?c=1!', 'It helps…'],
    ['de', 'Am 3. Oktober ist z. B. Feiertag.', 'Gut.'],
    ['de', 'Im 19. Jahrhundert kostete es 3,50 Taler, d. h. nicht viel.', 'Es sind 1.234.567 Menschen.', 'Viele!'],
    ['de', 'Schreiben Sie an max.muster@beispiel.de.', 'Siehe https://beispiel.de/seite?x=1.', 'Dort steht es.'],
    ['de', 'Na ja... vielleicht.', 'Dr. Müller wohnt in der Hauptstr. 5 bei Frau Kunz.', 'Er sagt: „Gut.“', 'Dann geht er.'],
    ['de', 'In der Hauptstr. Nummer 5 wohnt er.', 'Er lebt in Australien.', 'Es ist gut.', '»Ja.«', 'Er geht.'],
    ['fr', 'Mme. Dupont arrive !', 'Très bien.'],
    ['fr', 'Bien.', 'Il dit « oui ».', 'Voilà.'],
    ['fr', 'M. Dupont arrive à 10 h.', 'Il est en retard.', 'Cela coûte 1 234,56 €.', 'C’est cher !'],
    ['fr', 'Écrivez à jean.dupont@exemple.fr.', 'Voyez https://exemple.fr/a?b=1.', 'C’est là.'],
    ['fr', 'Eh bien… je crois que oui.', '« Venez ! » dit-il.', 'Voilà.'],
    ['es', '¿Cómo estás?', '¡Muy bien!', 'Adiós.'],
    ['es', 'El Sr. Pérez y la Sra. López viven en EE. UU. desde 1990.', 'Cuesta 1.234,56 euros.', '¿Es caro?'],
    ['es', 'Escriba a juan.perez@ejemplo.es.', 'Vea https://ejemplo.es/a?b=1.', 'Bueno... creo que sí.', 'Vale.'],
  ])('knows the sentences of %s', (language, ...expected) => {
    expect(whole(expected.join(' '), language)).toEqual(expected);
  });

  it.each<[language: string, ...pieces: string[]]>([
    ['ja', '今日は。', '元気ですか？', 'はい、元気です！'],
    ['ja', '価格は1,234.56円です。', '高いですか？', 'メールはtaro.yamada@example.jpまで。', 'https://example.jp/a?b=1を見てください。', 'えっと…そうですね。'],
    ['ja', '彼は「行こう。」と言った。', 'そして出かけた。', '「はい。」', '彼女は答えた。'],
    ['ja', '彼は「はい」。', 'とてもいい。', '「はい。」', 'そう言ったと思う。', '「はい。」と言ってhttps://example.jp/a?b=1を見た。'],
    ['ja', '彼は言った。', '「『はい』と」と。'],
    ['zh', '你好。', '他说：“走吧。”', '然后走了。'],
    ['zh', '价格是1,234.56元。', '贵吗？', '请写信到 li.wei@example.cn。', '请看 https://example.cn/a?b=1。', '嗯……我想是的。', '好。'],
  ])('knows the sentences of %s, which puts no spaces between them', (language, ...expected) => {
    expect(whole(expected.join(''), language)).toEqual(expected);
  });

  it.each<[text: string, ...pieces: string[]]>([
    // The comma after "Well" comes before 24 characters, the one in "3,000" and the colon in "12:30" are no clauses.
    ['Well, there are 3,000 of them at 12:30 sharp, and more.', 'Well, there are 3,000 of them at 12:30 sharp,', 'and more.'],
    ['The answer is quite short; the reason is not.', 'The answer is quite short;', 'the reason is not.'],
    ['That is a fine idea indeed—if it works.', 'That is a fine idea indeed—', 'if it works.'],
    ['Opening hours are Mon–Fri 10–20 each week – mostly.', 'Opening hours are Mon–Fri 10–20 each week –', 'mostly.'],
    ['Yes! The second sentence is long enough, but is not the first piece.', 'Yes!', 'The second sentence is long enough, but is not the first piece.'],
    ['There is no punctuation in here at all so that a word must do for an end.', 'There is no punctuation in here at all so that a word must', 'do for an end.'],
    [`${'a'.repeat(70)} is a long word.`, 'a'.repeat(70), 'is a long word.'],
    ['He asked "are you there at all," and waited.', 'He asked "are you there at all,"', 'and waited.'],
    ['There is no punctuation in here until it comes to the very end of it, and then.', 'There is no punctuation in here until it comes to the very', 'end of it, and then.'],
    [`${'a'.repeat(70)} 東京です`, 'a'.repeat(70), '東京です'],
    ['a'.repeat(70), 'a'.repeat(70)],
  ])('cuts the first piece of %j at a clause or a word', (text, ...expected) => {
    expect(pieces(text)).toEqual(expected);
    expect(pieces([text])).toEqual(expected);
  });

  it.each<[min: number, max: number, text: string, ...pieces: string[]]>([
    [6, 40, 'Hello, my friend, how are you?', 'Hello,', 'my friend, how are you?'],
    [7, 40, 'Hello, my friend, how are you?', 'Hello, my friend,', 'how are you?'],
    [5, 12, 'Hello there, my friend.', 'Hello there,', 'my friend.'],
    [5, 11, 'Hello there, my friend.', 'Hello', 'there, my friend.'],
    [11, 11, 'Hello there my friend.', 'Hello there', 'my friend.'],
    [5, 10, 'Hello you.', 'Hello you.'],
    [5, 9, 'Hello you.', 'Hello', 'you.'],
    [3, 6, 'Hello—there, my friend.', 'Hello—', 'there, my friend.'],
    [1, 1, 'So, no.', 'So,', 'no.'],
  ])('takes the lengths of a first piece as given (%d to %d of %j)', (min, max, text, ...expected) => {
    expect(pieces(text, { first: { min, max } })).toEqual(expected);
    expect(pieces([text], { first: { min, max } })).toEqual(expected);
  });

  it('cuts a first piece at a clause where there are no spaces', () => {
    expect(pieces('今日はとても良い天気ですね、散歩しましょう。', { language: 'ja', first: { min: 8, max: 30 } })).toEqual(['今日はとても良い天気ですね、', '散歩しましょう。']);
  });

  it('releases a clause that needs no space behind it at once', marbles(({ hot, expectObservable }) => {
    const values = { a: '今天天气', b: '很好，', x: '今天天气很好，' };
    expectObservable(hot('-a-b-', values).pipe(sentences({ language: 'zh', first: { min: 4, max: 20 } }))).toBe('---x-', values);
  }));

  it.each<[max: number, first: string]>([
    [12, '東京は日本の首都であり'], [10, '東京は日本の首都で'], [9, '東京は日本の首都で'],
    // Where not even the first word fits, it is cut.
    [1, '東'],
  ])('cuts a first piece of %d characters at the end of a word where there are no spaces between words', (max, first) => {
    const text = '東京は日本の首都であり世界でもっとも人口の多い都市のひとつです';
    for (const deltas of [text, [text]]) expect(pieces(deltas, { language: 'ja', first: { min: 1, max } })).toEqual([first, text.slice(first.length)]);
  });

  it.each<[text: string, ...pieces: string[]]>([
    ['**Paris.** It is *the* capital, `really`. __Yes__.', 'Paris.', 'It is the capital, really.', 'Yes.'],
    ['# Fruit\n- Apples\n* Pears\n1. Plums\n> Quoted', 'Fruit', 'Apples', 'Pears', '1. Plums', 'Quoted'],
    ['Great! 😀 Well done 👍🏽.\n🎉🎉\nBye 👨‍👩‍👧 now 🇫🇷!', 'Great!', 'Well done.', 'Bye now!'],
    ['```js\nlet x\n```\nDone.', 'let x', 'Done.'],
    ['Read [the manual](https://example.com/x). Now.', 'Read the manual.', 'Now.'],
    ['2 * 3 is 6, C# and snake_case stay, so does -5 and ©.', '2 * 3 is 6, C# and snake_case stay, so does -5 and ©.'],
    ['---\n***\n...\n', ],
  ])('removes from %j what a voice should not read', (text, ...expected) => {
    expect(whole(text)).toEqual(expected);
  });

  it('keeps waiting for its first piece where there was nothing to say yet', () => {
    expect(pieces('🎉\nThe party is at eight tonight, come early.')).toEqual(['The party is at eight tonight,', 'come early.']);
  });

  it('cuts the same pieces however the text was dealt out', () => {
    const words = fc.constantFrom('Hello', 'e.g.', 'Dr.', 'U.S.', '3.14', '5.', 'No.', 'so', 'I.', 'etc.', '(and', 'more)', 'Wait!', 'why?', '"Go."', '**Bold.**', '`code`',
      'well,', 'thus;', 'a—b', '–', '...', '…', '😀', 'https://a.b/c?d=E', '今日は。', '「はい。」', 'と', '10 h.', 'Hauptstr.', '« Oui ! »', 'word', 'another', '\n', '-', '1.', '#', 'however:');
    const text = fc.array(fc.tuple(words, fc.constantFrom(' ', ' ', ' ', '  ', '')), { maxLength: 30 }).map((parts) => parts.flat().join(''));
    fc.assert(fc.property(text, fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (whole, lengths) => {
      const deltas: string[] = [];
      for (let [at, turn] = [0, 0]; at < whole.length; turn++) deltas.push(whole.slice(at, at += lengths[turn % lengths.length]!));
      expect(pieces(deltas)).toEqual(pieces([whole]));
      expect(pieces(whole)).toEqual(pieces([whole]));
    }), { numRuns: 150 });
  });

  it('loses no word and keeps their order', () => {
    const text = fc.array(fc.constantFrom('alpha', 'beta,', 'gamma.', 'Delta!', 'Dr.', '3.5', 'epsilon;', 'e.g.', 'Zeta?'), { maxLength: 40 }).map((words) => words.join(' '));
    fc.assert(fc.property(text, (words) => {
      expect(pieces(words).join(' ')).toBe(words);
    }));
  });

  it('joins a letter that was cut in two', () => {
    expect(pieces(['Bye \ud83d', '\ude00. 𝒳 \ud835', '\udcb3 too'])).toEqual(['Bye.', '𝒳 𝒳 too']);
  });

  it('takes a text of 100 000 characters in one delta', () => {
    expect(pieces(['This is a sentence. '.repeat(5_000)])).toHaveLength(5_000);
  });

  it('refuses a language that is none, and lengths that cannot be', () => {
    expect(() => sentences({ language: 'not a language' })).toThrow(RangeError);
    expect(() => sentences({ first: { min: 10, max: 5 } })).toThrow(new RangeError('sentences: first needs 1 ≤ min ≤ max, not 10 and 5.'));
    expect(() => sentences({ first: { min: 0, max: 5 } })).toThrow(new RangeError('sentences: first needs 1 ≤ min ≤ max, not 0 and 5.'));
  });

  laws('sentences', () => sentences(), ['One. Two', ' is. Three', '. Four']);
  laws('sentences without an early clause', (): ((source: Observable<string>) => Observable<string>) => sentences({ first: false }), ['One.\n', 'Two.\n']);
});
