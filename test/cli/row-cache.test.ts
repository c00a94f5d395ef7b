import { Box, renderToString, Text } from 'ink';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { createElement, type ReactElement } from 'react';
import { describe, expect, it } from 'vitest';
import { cacheRows } from '../../cli/dashboards/row-cache.js';
import { ServerDashboard } from '../../cli/dashboards/ServerDashboard.js';
import type { Controls } from '../../cli/keys.js';
import type { AppEvent } from '../../cli/views/app-event.js';
import { newServerView, noteServer, tickServer } from '../../cli/views/server-view.js';
import { answered, at, states, ui } from './frames.js';

const nothing = () => undefined;
const controls: Controls = { quit: nothing, suspend: nothing, redraw: nothing };

/** How often Ink has worked out a picture, or a row, cell by cell. */
let workedOut = 0;
const output = await import(new URL('output.js', pathToFileURL(createRequire(import.meta.url).resolve('ink'))).href) as { default: { prototype: { get: () => unknown } } };
const { get } = output.default.prototype;
output.default.prototype.get = function () {
  workedOut += 1;
  return get.call(this);
};

function server(events: readonly AppEvent[], [columns, rows]: readonly [number, number]): ReactElement {
  const view = tickServer(events.reduce(noteServer, newServerView(at(0))), at(20_000));
  return createElement(ServerDashboard, { view, ui: ui(), log: [], size: { columns, rows }, controls });
}

const pictures: ReactElement[] = [
  ...Object.values(states).flatMap((events) => [server(events, [100, 30]), server(events, [80, 24]), server(events, [61, 16]), server(events, [40, 8])]),
  createElement(Box, { width: 8, overflow: 'hidden', borderStyle: 'round' }, createElement(Text, { wrap: 'truncate' }, 'wider than that'), createElement(Box, { marginLeft: -3 }, createElement(Text, { color: 'red' }, 'cut'))),
  createElement(Box, { height: 2, overflowY: 'hidden', flexDirection: 'column' }, createElement(Box, { marginTop: -1, flexShrink: 0 }, createElement(Text, null, 'one\ntwo\nthree\nfour'))),
];
const drawn = (): string[] => pictures.map((picture) => renderToString(picture, { columns: 100 }));

describe('pictures made of rows that are kept', { timeout: 60_000 }, () => {
  it('are those that Ink makes by itself, and only what has changed is worked out', async () => {
    const before = drawn();
    await cacheRows();
    await cacheRows();
    expect(drawn()).toEqual(before);
    expect(drawn(), 'again').toEqual(before);

    renderToString(server(answered, [100, 30]), { columns: 100 });
    workedOut = 0;
    const level = (rms: number): AppEvent => ({ type: 'levels', session: 1, mic: { rms, peak: 0, speech: 0.3 }, at: at(19_900) });
    renderToString(server([...answered, level(-50)], [100, 30]), { columns: 100 });
    expect(workedOut).toBe(2); // The meter, and the probabilities.
  });
});
