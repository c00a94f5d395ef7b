import { Box, Text } from 'ink';
import stringWidth from 'string-width';
import { useTheme } from '../hooks/useTheme.js';
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
  const found = search === undefined ? lines : lines.filter(({ text }) => text.toLowerCase().includes(search.toLowerCase()));
  const end = Math.max(Math.min(found.length, height), found.length - scroll);
  const room = Math.max(1, width - TIME - WHO);
  // From the last line up, as many as there is room for.
  const shown: { said: Said; rows: number }[] = [];
  let left = height;
  for (const said of found.slice(0, end).reverse()) {
    const rows = Math.min(left, rowsOf(said, room));
    if (rows <= 0) break;
    shown.unshift({ said, rows });
    left -= rows;
  }
  if (shown.length === 0) return <Line tone="quiet">{search === undefined ? 'Nothing has been said yet.' : `Nothing was said with "${search}" in it.`}</Line>;
  return shown.map(({ said, rows }) => (
    <Box key={`${said.who} ${said.turn} ${said.call ?? ''} ${said.at}`} height={rows} overflowY="hidden">
      <Box flexShrink={0} width={TIME + WHO}>
        <Text><Span tone="quiet">{clock(said.at)}</Span> <Span tone={said.who}>{said.who.padEnd(6)}</Span><Span tone="cut">{said.mark === 'partial' ? theme.symbols.partial : ' '}</Span></Text>
      </Box>
      <Box width={room}><Text wrap="wrap"><Span tone={said.mark === 'partial' ? 'quiet' : 'plain'}>{said.text}</Span><End said={said} /></Text></Box>
    </Box>
  ));
}

function End({ said: { mark, note = '', latency } }: { readonly said: Said }) {
  const { symbols } = useTheme();
  if (mark === 'partial') return symbols.more;
  if (mark === 'cut') return <Span tone="cut"> {symbols.cut} {note}</Span>;
  if (mark === 'failed') return <Span tone="bad"> {symbols.failed} {note}</Span>;
  return latency === undefined ? null : <Span tone="quiet">  {length(latency)}</Span>;
}

/** Rows that a line takes, about: words are not broken, so it may be one less or more. */
function rowsOf({ text, note = '', latency }: Said, room: number): number {
  const end = note === '' ? (latency === undefined ? 1 : 10) : stringWidth(note) + 10;
  return Math.max(1, Math.ceil((stringWidth(text) + end) / room));
}
