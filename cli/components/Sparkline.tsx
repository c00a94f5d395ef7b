import { useTheme } from '../hooks/useTheme.js';
import { Span } from './Line.js';

/** The last values (0 to 1) as little columns, those of at least `threshold` marked. */
export function Sparkline({ values, width, threshold }: { readonly values: readonly number[]; readonly width: number; readonly threshold: number }) {
  const { symbols: { steps } } = useTheme();
  const shown = values.slice(-Math.max(0, width));
  // Neighbours of one look are one piece of text.
  const runs: { tone: 'hearing' | 'quiet'; text: string }[] = [];
  for (const value of shown) {
    const tone = value >= threshold ? 'hearing' : 'quiet';
    const text = steps[Math.max(1, Math.round(value * (steps.length - 1)))] ?? '';
    const last = runs.at(-1);
    if (last?.tone === tone) last.text += text;
    else runs.push({ tone, text });
  }
  return (
    <>
      {' '.repeat(Math.max(0, width - shown.length))}
      {runs.map(({ tone, text }, index) => <Span key={index} tone={tone}>{text}</Span>)}
    </>
  );
}
