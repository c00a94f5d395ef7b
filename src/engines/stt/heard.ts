/** What Whisper says when it hears nobody: remnants of the subtitles it was trained on. Compared without punctuation. */
const PHANTOMS: readonly RegExp[] = [
  /^you$/,
  /^(thank you|thanks)( so much| very much)? for watching\b.{0,60}$/,
  /^(please )?(like and )?subscribe( to (my|the|our) channel)?$/,
  /^(see you|ill see you) in the next video$/,
  /^(subtitles|captions|subs|transcribed|translated|captioning)( made| created| provided)? by\b.*$/,
  /^(untertitel|untertitelung)\b.*(amara|zdf|ard|swr|wdr|ndr|funk).*$/,
  /^vielen dank fürs zuschauen$/,
  /^sous-?titr(es|age)\b.*(amara|societe|société|st ?501|radio-canada).*$/,
  /^merci d'?avoir regardé( cette vidéo)?$/,
  /^(subtítulos|subtitulos) (realizados )?por\b.*$/,
  /^gracias por ver( el video)?$/,
  /^sottotitoli\b.*(amara|qtss).*$/,
  /^(legendas|ondertitels|ondertiteling)\b.*(amara|gemeenschap|comunidade).*$/,
  /^ご視聴ありがとうございました$/,
  /^请不吝点赞.*$/,
  /^субтитры\b.*(сделал|создавал|amara|dimatorzok).*$/,
];

/** One stretch of what Whisper wrote, and how sure it was. */
export interface Segment {
  readonly text: string;
  /** Probability that nobody speaks. */
  readonly no_speech_prob?: number;
  /** Mean of its tokens' log probabilities. */
  readonly avg_logprob?: number;
}

/** The text of the segments in which somebody speaks, by Whisper's own rule: not where it doubts both that and its words. */
export function spoken(segments: readonly Segment[]): string {
  return segments
    .filter(({ no_speech_prob: silence = 0, avg_logprob: sure = -Infinity }) => silence <= 0.6 || sure >= -1)
    .map(({ text }) => text)
    .join('');
}

/**
 * What a person said, out of what Whisper wrote: without noises in brackets (`[BLANK_AUDIO]`, `(water running)`, `*sighs*`,
 * notes of music), each phrase once that it wrote again and again, and nothing at all where it wrote what it writes on silence.
 */
export function heard(text: string): string {
  const words = once(text
    .replace(/\[[^\]]*(?:\]|$)|\(\s*[\p{L}\s_'’-]+(?:\)|$)|\*[\p{L}\s_'’-]+\*|<\|[^|]*\|>/gu, ' ')
    .replace(/[♪♫♩♬]/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim());
  const bare = words.toLowerCase().replace(/[^\p{L}\p{N}\s'-]/gu, '').replace(/\s+/gu, ' ').trim();
  return bare === '' || PHANTOMS.some((phantom) => phantom.test(bare)) ? '' : words;
}

/** Times in a row that a word, and that a phrase, has to stand there to be the mark of a lost decoder; digits may be meant. */
const WORD_LOOP = 6;
const PHRASE_LOOP = 3;

function once(text: string): string {
  return text.replace(/(\S.{2,100}?)(?:\s*\1){2,}/giu, (loop: string, part: string) => {
    const isPhrase = /\S\s+\S/u.test(part) || part.length >= 12;
    const times = loop.replace(/\s/gu, '').length / part.replace(/\s/gu, '').length;
    return /\p{L}/u.test(part) && times >= (isPhrase ? PHRASE_LOOP : WORD_LOOP) ? part : loop;
  });
}
