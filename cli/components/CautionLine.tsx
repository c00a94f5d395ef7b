import { Box, Text } from 'ink';
import stringWidth from 'string-width';
import { useTheme } from '../hooks/useTheme.js';
import { clock } from '../views/clock.js';
import type { Caution } from '../views/warnings.js';
import { Line, Span } from './Line.js';

interface CautionLineProps { readonly cautions: readonly Caution[]; readonly index: number; readonly width: number }

/** Rows that it takes: what to do about it comes last, and is to be read, too. */
export function rowsOfCaution({ cautions, index, width }: CautionLineProps): number {
  const { text = '' } = cautions[index % Math.max(1, cautions.length)] ?? {};
  return cautions.length === 0 ? 0 : stringWidth(text) > width - 44 ? 2 : 1;
}

/** A warning that stays until it is dismissed, and how many others there are. */
export function CautionLine({ cautions, index, width }: CautionLineProps) {
  const { symbols, tones } = useTheme();
  const caution = cautions[index % Math.max(1, cautions.length)];
  if (caution === undefined) return null;
  const { at, bad, text, count } = caution;
  const place = cautions.length > 1 ? `${(index % cautions.length) + 1}/${cautions.length}  e next ${symbols.dot} ` : '';
  const aside = width < 60 ? '' : ` ${place}x dismiss${width < 90 ? '' : `  ${clock(at)}`} `;
  return (
    <Box width={width} height={rowsOfCaution({ cautions, index, width })} overflowY="hidden">
      <Box flexShrink={0}><Line tone={bad ? 'bad' : 'warning'}> {bad ? symbols.failed : symbols.warning} {bad ? 'ERROR' : 'WARN'}{count > 1 ? ` ${symbols.times}${count}` : ''} </Line></Box>
      <Box flexGrow={1} flexShrink={1}><Text wrap="wrap" {...tones[bad ? 'bad' : 'warning']}>{text}</Text></Box>
      <Box flexShrink={0}><Line><Span tone="quiet">{aside}</Span></Line></Box>
    </Box>
  );
}
