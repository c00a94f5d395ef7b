const SIGNS: Readonly<Record<string, string>> = {
  '‘': "'", '’': "'", '‚': ',', '“': '"', '”': '"', '„': '"', '–': ', ', '—': ', ', '…': '...', '×': ' times ', '÷': ' divided by ',
  '°': ' degrees ', '£': ' pounds ', '€': ' euros ', '¥': ' yen ', '½': ' one half ', '¼': ' one quarter ', '¾': ' three quarters ',
  'ß': 'ss', 'æ': 'ae', 'Æ': 'Ae', 'œ': 'oe', 'Œ': 'Oe', 'ø': 'o', 'Ø': 'O', 'ł': 'l', 'Ł': 'L', 'đ': 'd', 'ð': 'd', 'þ': 'th',
};

/** Text as Flite can read it, who knows ASCII only: signs written out, accents dropped, the rest left out. */
export function ascii(text: string): string {
  return text
    .replace(/[^\p{ASCII}]/gu, (sign) => SIGNS[sign] ?? sign)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{ASCII}]+/gu, ' ');
}
