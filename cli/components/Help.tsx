import { Box } from 'ink';
import { keysFor, type Controls, type Place } from '../keys.js';
import { Line, Span } from './Line.js';

const NAME = 14;

/** The list of keys, in as many columns as it takes to fit. */
export function Help({ place, controls, width, height }: { readonly place: Place; readonly controls: Controls; readonly width: number; readonly height: number }) {
  const rows = keysFor(place, controls);
  const columns = Math.max(1, Math.ceil(rows.length / Math.max(1, height)));
  const perColumn = Math.ceil(rows.length / columns);
  return (
    <Box>
      {Array.from({ length: columns }, (_, column) => (
        <Box key={column} flexDirection="column" width={Math.floor(width / columns)}>
          {rows.slice(column * perColumn, (column + 1) * perColumn).map(({ keys, words }) => (
            <Line key={words}> <Span tone="strong">{nameOf(keys).padEnd(columns > 1 ? 9 : NAME)}</Span> {words}</Line>
          ))}
        </Box>
      ))}
    </Box>
  );
}

const nameOf = (keys: readonly string[]): string => (keys.length > 3 ? `${keys[0]}-${keys.at(-1)}` : keys.join(' '))
  .replaceAll('ctrl+', '^').replace('up-pagedown', 'up down').replaceAll('shift+tab', '').trim();
