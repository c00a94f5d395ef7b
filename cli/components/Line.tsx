import { Text } from 'ink';
import type { ReactNode } from 'react';
import { useTheme } from '../hooks/useTheme.js';
import type { ToneName } from '../theme.js';

/** A line that is cut where there is no more room. */
export function Line({ tone = 'plain', children }: { readonly tone?: ToneName; readonly children?: ReactNode }) {
  return <Text wrap="truncate-end" {...useTheme().tones[tone]}>{children}</Text>;
}

/** A part of a line. */
export function Span({ tone = 'plain', children }: { readonly tone?: ToneName; readonly children?: ReactNode }) {
  return <Text {...useTheme().tones[tone]}>{children}</Text>;
}
