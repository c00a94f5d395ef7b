/** The labels of a time axis in their columns, save those for which there is no room. Only digits that stand alone may touch. */
export function axisOf(labels: readonly { readonly column: number; readonly text: string }[]): string {
  let drawn = '';
  let before = '';
  for (const { column, text } of labels) {
    const gap = before.length + text.length > 2 && before !== '' ? 1 : 0;
    if (drawn.length + gap > column) continue;
    drawn = drawn.padEnd(column) + text;
    before = text;
  }
  return drawn;
}
