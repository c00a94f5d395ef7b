import stringWidth from 'string-width';

/** As many of these, from the first, as fit into so many columns side by side: each is whole, or not there. @param gap columns between two */
export function fitting(facts: readonly string[], width: number, gap = 2): readonly string[] {
  let left = width + gap;
  const end = facts.findIndex((fact) => (left -= stringWidth(fact) + gap) < 0);
  return end < 0 ? facts : facts.slice(0, end);
}

const letters = new Intl.Segmenter();

/** The end of a text that fits into so many columns, after a mark where there is more of it. */
export function endOf(text: string, width: number, more: string): string {
  if (stringWidth(text) <= width) return text;
  let left = width - stringWidth(more);
  const all = [...letters.segment(text)];
  const first = all.findLastIndex(({ segment }) => (left -= stringWidth(segment)) < 0);
  return `${more}${text.slice(all[first + 1]?.index ?? text.length)}`;
}
