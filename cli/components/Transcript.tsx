import { Box, Text } from 'ink';
import { useMemo } from 'react';
import wrapAnsi from 'wrap-ansi';
import { useTheme } from '../hooks/useTheme.js';
import { painted, type Theme } from '../theme.js';
import { clock } from '../views/clock.js';
import { length } from '../views/durations.js';
import type { Line as Said } from '../views/transcript.js';
import { Line, Span } from './Line.js';

interface TranscriptProps {
  readonly lines: readonly Said[];
  readonly width: number;
  readonly height: number;
  /** Lines above the newest at which it ends. @default 0 */
  readonly scroll?: number;
  /** Only lines with these words are shown. */
  readonly search?: string | undefined;
}

/** Columns of the time, of who it was and of what became of it. */
const [TIME, WHO] = [9, 8];

/** What was said, the newest at the bottom: partials with `~`, answers that were cut with `⟂`. */
export function Transcript({ lines, width, height, scroll = 0, search }: TranscriptProps) {
  const theme = useTheme();
  const shown = useMemo(() => rowsOf(lines, { width, height, scroll, search, theme }), [lines, width, height, scroll, search, theme]);
  if (shown.length === 0) return <Line tone="quiet">{search === undefined ? 'Nothing has been said yet.' : `Nothing was said with "${search}" in it.`}</Line>;
  return shown.map(({ said, rows }) => (
    <Box key={`${said.who} ${said.turn} ${said.call ?? ''} ${said.at}`} height={rows.length} flexShrink={0}>
      <Box flexShrink={0} width={TIME + WHO}>
        <Text><Span tone="quiet">{clock(said.at)}</Span> <Span tone={said.who}>{said.who.padEnd(6)}</Span><Span tone="cut">{said.mark === 'partial' ? theme.symbols.partial : ' '}</Span></Text>
      </Box>
      <Text>{rows.join('\n')}</Text>
    </Box>
  ));
}

/** What there is room for from the last line up; of a line for which there is not enough, its end. */
function rowsOf(lines: readonly Said[], { width, height, scroll, search, theme }: Required<Omit<TranscriptProps, 'lines'>> & { readonly theme: Theme }) {
  const found = search === undefined ? lines : lines.filter(({ text }) => text.toLowerCase().includes(search.toLowerCase()));
  const end = Math.max(Math.min(found.length, height), found.length - scroll);
  const shown: { readonly said: Said; readonly rows: readonly string[] }[] = [];
  let left = height;
  for (const said of found.slice(0, end).reverse()) {
    if (left <= 0) break;
    const rows = wrapAnsi(textOf(said, theme), Math.max(1, width - TIME - WHO), { hard: true }).split('\n').slice(-left);
    shown.unshift({ said, rows });
    left -= rows.length;
  }
  return shown;
}

/** What was said, and what became of it. */
function textOf({ text, mark, note = '', latency }: Said, { tones, symbols }: Theme): string {
  switch (mark) {
    case 'partial':
      return painted(tones.quiet, `${text}${symbols.more}`);
    case 'cut':
      return `${text}${painted(tones.cut, ` ${symbols.cut} ${note}`)}`;
    case 'failed':
      return `${text}${painted(tones.bad, ` ${symbols.failed} ${note}`)}`;
    case 'whole':
      return `${text}${latency === undefined ? '' : painted(tones.quiet, `  ${length(latency)}`)}`;
  }
}
