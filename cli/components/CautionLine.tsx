import { Box } from 'ink';
import { useTheme } from '../hooks/useTheme.js';
import { clock } from '../views/clock.js';
import type { Caution } from '../views/warnings.js';
import { Line, Span } from './Line.js';

/** A warning that stays until it is dismissed, and how many others there are. */
export function CautionLine({ cautions, index, width }: { readonly cautions: readonly Caution[]; readonly index: number; readonly width: number }) {
  const { symbols } = useTheme();
  const caution = cautions[index % Math.max(1, cautions.length)];
  if (caution === undefined) return null;
  const { at, bad, text, count } = caution;
  const place = cautions.length > 1 ? `${(index % cautions.length) + 1}/${cautions.length}  e next ${symbols.dot} ` : '';
  const aside = width < 60 ? '' : ` ${place}x dismiss  ${clock(at)} `;
  return (
    <Box width={width}>
      <Box flexGrow={1} flexShrink={1}><Line tone={bad ? 'bad' : 'warning'}> {bad ? symbols.failed : symbols.warning} {bad ? 'ERROR' : 'WARN'}{count > 1 ? ` ${symbols.times}${count}` : ''} {text}</Line></Box>
      <Box flexShrink={0}><Line><Span tone="quiet">{aside}</Span></Line></Box>
    </Box>
  );
}
