/** What a voice would read aloud or stumble over: one emoji with its modifiers (not ©, ®, ™). */
const EMOJI = String.raw`(?:(?![©®™])\p{Extended_Pictographic}|[\u{1F1E6}-\u{1F1FF}])(?:[\uFE0E\uFE0F\u20E3\u{1F3FB}-\u{1F3FF}\u{E0020}-\u{E007F}]|\u200D\p{Extended_Pictographic})*`;
const BEFORE_MARK = new RegExp(String.raw`\s*(?:${EMOJI})+(?=[.,;:!?])`, 'gu');
const ANYWHERE = new RegExp(`${EMOJI}|[\uFE0F\u20E3]`, 'gu');

/**
 * A piece of an answer as it should be spoken: without marks of Markdown (emphasis, code, headings, list dashes, quotes, the
 * address of a link) and emoji, white space made single; empty where no letter or digit is left. Signs that mean something stay:
 * "2 * 3", "2**3", "snake_case", "C#", "-5".
 */
export function speakable(piece: string): string {
  const spoken = piece
    .replace(/^\s*```.*/gmu, '')
    .replace(/!?\[([^\]]*)\]\([^)\s]*\)/gu, '$1')
    .replace(/^\s*(?:(?:[-*+•–—>]|#+)\s+)+/gmu, '')
    .replace(/`|~~/gu, '')
    .replace(/(?<=\d)\*{1,2}(?=\d)|(?<=\s)\*{1,2}(?=\s)|(\*)/gu, (match, mark: string | undefined) => (mark === undefined ? match : ''))
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '')
    .replace(BEFORE_MARK, '')
    .replace(ANYWHERE, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  return /[\p{L}\p{N}]/u.test(spoken) ? spoken : '';
}
