// `npm run docs:screens` writes docs/screens from the states of the golden frames; a test holds the files to what this makes of them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createElement, type ReactElement } from 'react';
import { svgOfTerminal } from './svg-of-terminal.js';

// Chalk looks for this when it is loaded.
process.env['FORCE_COLOR'] = '1';
const { renderToString } = await import('ink');
const { ClientDashboard } = await import('../cli/dashboards/ClientDashboard.js');
const { historyText } = await import('../cli/dashboards/open-dashboard.js');
const { ServerDashboard } = await import('../cli/dashboards/ServerDashboard.js');
const { themeOf } = await import('../cli/theme.js');
const { newClientView, noteClient, tickClient } = await import('../cli/views/client-view.js');
const { historyOf } = await import('../cli/views/history.js');
const { newServerView, noteServer, tickServer } = await import('../cli/views/server-view.js');
const { at, clientStates, states, ui } = await import('../test/cli/frames.js');

const nothing = () => undefined;
const controls = { quit: nothing, suspend: nothing, redraw: nothing, stop: nothing, ask: nothing, change: nothing };
const columns = 100;
const draw = (dashboard: ReactElement): string => renderToString(dashboard, { columns });

/** A server in the middle of a conversation. */
function server(): string {
  const view = tickServer(states.cut.reduce(noteServer, newServerView(at(0))), at(17_500));
  return draw(createElement(ServerDashboard, { view, ui: ui(), log: [], size: { columns, rows: 30 }, controls, threshold: 0.6 }));
}

/** A client in the same, with what it has left in the terminal. */
function client(): string {
  let view = newClientView(at(0), 0.6);
  let history = '';
  for (const event of clientStates['client-cut'] ?? []) {
    history += historyOf(view, event, { ascii: false }).map((line) => historyText(line, themeOf({ colour: true, ascii: false }))).join('');
    view = noteClient(view, event);
  }
  return history + draw(createElement(ClientDashboard, { view: tickClient(view, at(17_500)), ui: ui(), log: [], size: { columns, rows: 30 }, controls: { quit: nothing, suspend: nothing, redraw: nothing, mute: nothing } }));
}

/** The pictures by the names of their files. */
export const screens = (): Readonly<Record<string, string>> => ({
  'server.svg': svgOfTerminal(server(), 'The dashboard of a server: somebody has interrupted an answer and speaks', columns),
  'client.svg': svgOfTerminal(client(), 'The dashboard of a client, below the conversation so far', columns),
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = fileURLToPath(new URL('../docs/screens', import.meta.url));
  mkdirSync(folder, { recursive: true });
  for (const [name, svg] of Object.entries(screens())) writeFileSync(`${folder}/${name}`, svg);
}
