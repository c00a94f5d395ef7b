import { Box } from 'ink';
import type { ReactNode } from 'react';
import { useTheme } from '../hooks/useTheme.js';
import { Line, Span } from './Line.js';

interface PanelProps {
  /** The key that shows it. */
  readonly digit?: number | string;
  readonly title: string;
  /** At the right end of the title's line. */
  readonly aside?: string;
  readonly focused?: boolean;
  readonly width: number;
  readonly height: number;
  readonly children?: ReactNode;
}

/** A frame with its title in the upper edge. What does not fit is not shown. */
export function Panel({ digit, title, aside = '', focused = false, width, height, children }: PanelProps) {
  const { symbols, tones } = useTheme();
  const [left, edge, right] = symbols.corners;
  const tone = focused ? 'focus' : 'frame';
  const words = ` ${digit === undefined ? '' : `${digit} `}${title} `.slice(0, Math.max(0, width - 4));
  const more = aside === '' || words.length + aside.length + 6 > width ? '' : ` ${aside} `;
  const rule = (edge ?? '').repeat(Math.max(0, width - 4 - words.length - more.length));
  return (
    <Box flexDirection="column" width={width} height={height}>
      {/* Side by side: what is bold within what is dim ends both. */}
      <Line><Span tone={tone}>{left}{edge}</Span><Span tone="strong">{words}</Span><Span tone={tone}>{rule}{more}{edge}{right}</Span></Line>
      <Box
        flexDirection="column" width={width} height={height - 1} paddingX={1} overflowY="hidden" borderTop={false}
        borderStyle={symbols.border as 'round' | 'classic'} borderDimColor={tones[tone].dimColor ?? false} {...(tones[tone].color !== undefined && { borderColor: tones[tone].color })}
      >
        {children}
      </Box>
    </Box>
  );
}
