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

/**
 * What a person said, out of what Whisper wrote: without noises in brackets (`[BLANK_AUDIO]`, `(water running)`, `*sighs*`,
 * notes of music), and nothing at all where it wrote what it writes on silence.
 */
export function heard(text: string): string {
  const words = text
    .replace(/\[[^\]]*(?:\]|$)|\(\s*[\p{L}\s_'’-]+(?:\)|$)|\*[\p{L}\s_'’-]+\*|<\|[^|]*\|>/gu, ' ')
    .replace(/[♪♫♩♬]/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  const bare = words.toLowerCase().replace(/[^\p{L}\p{N}\s'-]/gu, '').replace(/\s+/gu, ' ').trim();
  return bare === '' || PHANTOMS.some((phantom) => phantom.test(bare)) ? '' : words;
}
