import { defer, type OperatorFunction } from 'rxjs';

import { atOnce } from './atOnce.js';
import { speakable } from './speakable.js';

export interface SentencesOptions {
  /** BCP 47 tag of the language that is spoken. @default 'en' */
  readonly language?: string;
  /**
   * Characters after which the first piece may end at a clause (`min`), and at which it must end at a word (`max`); false
   * waits for the whole first sentence. @default { min: 24, max: 60 }
   */
  readonly first?: { readonly min: number; readonly max: number } | false;
}

/**
 * Gathers pieces of text into what can be spoken: a first clause early, then whole sentences.
 *
 * ```
 * deltas  --a-b-c-d--e-|
 * pieces  ------x----y-(z|)
 * ```
 *
 * (x is a clause, y a sentence, z the rest.) A voice can only begin when it has something that will not change, and listeners wait for the first piece only: hence
 * the early clause. A sentence goes out once the text after it shows that it has ended; at completion the rest goes out,
 * at an error nothing does.
 *
 * Marks of Markdown and emoji are taken out, so that no voice reads them; a piece without a letter or digit is dropped.
 * Where the text is cut does not depend on how it was dealt out in deltas. Longer than 60 lines, because Unicode's rules
 * for sentences know neither abbreviations nor addresses nor Markdown.
 *
 * @throws RangeError at call time where the language is no language tag, or `min` and `max` are not 1 ≤ min ≤ max.
 */
export function sentences(options: SentencesOptions = {}): OperatorFunction<string, string> {
  const { language = 'en', first = { min: 24, max: 60 } } = options;
  if (first !== false && !(first.min >= 1 && first.min <= first.max)) throw new RangeError(`sentences: first needs 1 ≤ min ≤ max, not ${first.min} and ${first.max}.`);
  const segmenter = new Intl.Segmenter(language, { granularity: 'sentence' });

  return (deltas) => defer(() => {
    let text = '';
    let early = first;

    const release = (last: boolean, emit: (piece: string) => void): void => {
      for (;;) {
        text = text.trimStart();
        const sentence = sentenceEnd(segmenter, language, text, last);
        const end = (early === false ? undefined : clauseEnd(text, sentence.candidate, early)) ?? sentence.end;
        if (end === undefined) return;
        const piece = speakable(text.slice(0, end));
        text = text.slice(end);
        if (piece === '') continue;
        early = false;
        emit(piece);
      }
    };

    const gather = (delta: string, emit: (piece: string) => void): void => {
      text += delta;
      release(false, emit);
    };

    return deltas.pipe(atOnce(gather, (emit) => release(true, emit)));
  });
}

interface SentenceEnd {
  /** Where the first sentence may end: the end of the text where no end is in sight. */
  readonly candidate: number;
  /** Where it surely ends. */
  readonly end: number | undefined;
}

/** Looks no further than it has to: segmenting all of a long text for each of its sentences would take for ever. */
function sentenceEnd(segmenter: Intl.Segmenter, language: string, text: string, last: boolean): SentenceEnd {
  for (let reach = 1_000; ; reach *= 4) {
    const whole = reach >= text.length;
    const found = endWithin(segmenter, language, whole ? text : text.slice(0, reach), last && whole);
    if (whole || found.end !== undefined) return found;
  }
}

function endWithin(segmenter: Intl.Segmenter, language: string, text: string, last: boolean): SentenceEnd {
  for (const { index, segment } of segmenter.segment(text)) {
    // The Segmenter takes an opening bracket behind "。" for part of the end.
    const candidate = index + segment.replace(/[「『（《〈【]+$/u, '').length;
    const after = text.slice(candidate);
    if (segment.endsWith('\n')) return { candidate, end: candidate };
    if (!isEnd(text.slice(0, candidate), after, language)) continue;
    // A small letter, however far behind brackets and digits, still makes the Segmenter take an end back: wait for a letter.
    return { candidate, end: last || /\p{L}/u.test(after) ? candidate : undefined };
  }
  return { candidate: text.length, end: last && text !== '' ? text.length : undefined };
}

/** Abbreviations that stand before something; those that often end a sentence ("etc.", "p.m.") are left to the Segmenter. */
const ABBREVIATIONS = new Set(('mr mrs ms mx messrs dr drs prof st mt rev hon gov sen rep pres gen col maj capt cmdr lt sgt jr sr vs cf approx ca '
  + 'bzw ggf evtl hr fr frl nr mme mlle sra srta dra ee').split(' '));
/** Those that do so only before a number: "No. 5", "Fig. 2", "Jan. 6". */
const BEFORE_NUMBERS = new Set('no nos fig figs eq vol ch sec pp p art jan feb mar apr jun jul aug sep sept oct nov dec'.split(' '));

/** Where Unicode's rules see a sentence end: whether a listener would, too. */
function isEnd(before: string, after: string, language: string): boolean {
  // Closing marks of Markdown and emoji may stand between the end and the space; "?" inside an address has no space.
  if (!/\s$|[。！？｡]\P{L}*$/u.test(before) && !/^[*_`~)\]\p{Extended_Pictographic}\uFE0F]+\s/u.test(after)) return false;
  if (/(?:\.\.|…)["'”’»)\]*_]*\s*$/u.test(before)) return false;
  if (/^\P{L}*\p{N}\.\s*$/u.test(before)) return false;
  if (!language.startsWith('en') && /[\s("'“‘«]\p{N}{1,2}\.\s*$/u.test(before)) return false;
  // French spaces stand before a closing mark, too; a quotation in Japanese is followed by the particle that says so.
  if (language.startsWith('fr') && /^»/u.test(after)) return false;
  if (/[」』]\s*$/u.test(before) && /^[とっ]/u.test(after)) return false;
  const word = /(?<![^\s("'“‘«[*_])(\p{L}+(?:\.\p{L})*)\.\s*$/u.exec(before)?.[1];
  if (word === undefined) return true;
  // A single letter is an initial or half of "z. B."; behind a number it is a unit.
  if (/^\p{L}$/u.test(word)) return word === 'I' || /\p{N}\s\p{Ll}\.\s*$/u.test(before);
  if (/str$/iu.test(word)) return false;
  if (word.includes('.')) return ['a.m', 'p.m'].includes(word.toLowerCase());
  if (BEFORE_NUMBERS.has(word.toLowerCase())) return !/^\P{L}*\p{N}/u.test(after);
  return !ABBREVIATIONS.has(word.toLowerCase());
}

/** A comma, semicolon or colon before a space, one of the full-width ones, a dash: not "3,000", "12:30", "10–20". */
const CLAUSES = /[,;:]["'”’»)\]*_]*(?=\s)|[，、；：]|–(?=\s)|—(?=\D)/gu;

/** Where the first piece may end before its sentence does. */
function clauseEnd(text: string, candidate: number, { min, max }: { readonly min: number; readonly max: number }): number | undefined {
  for (const { index, 0: mark } of text.matchAll(CLAUSES)) {
    const end = index + mark.length;
    if (end > max || end > candidate) break;
    if (end >= min) return end;
  }
  if (candidate <= max) return undefined;
  const space = text.slice(0, max + 1).search(/\s\S*$/u);
  return space === -1 ? wordEnd(text, max) : space;
}

/** The last word's end up to `max` where words are written without spaces; in other scripts the end of that one long word. */
function wordEnd(text: string, max: number): number | undefined {
  if (!/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u.test(text.slice(0, max))) {
    const space = text.search(/\s/u);
    return space === -1 ? undefined : space;
  }
  let end = max;
  for (const { index } of new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text.slice(0, max + 1))) if (index > 0) end = index;
  return end;
}
