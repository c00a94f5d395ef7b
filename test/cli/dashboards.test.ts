import { renderToString } from 'ink';
import { stripVTControlCharacters } from 'node:util';
import { createElement } from 'react';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { inAscii } from '../../cli/dashboards/canvas.js';
import { ClientDashboard } from '../../cli/dashboards/ClientDashboard.js';
import { ServerDashboard } from '../../cli/dashboards/ServerDashboard.js';
import { ThemeContext } from '../../cli/hooks/useTheme.js';
import type { Controls } from '../../cli/keys.js';
import { themeOf } from '../../cli/theme.js';
import type { AppEvent } from '../../cli/views/app-event.js';
import { newClientView, noteClient, tickClient } from '../../cli/views/client-view.js';
import { newServerView, noteServer, tickServer, type ServerView } from '../../cli/views/server-view.js';
import type { Ui } from '../../cli/views/ui.js';
import { adjusted, adjusting, answered, at, clientStates, hearing, held, joined, recordsNext, replayOver, speaking, states, troubled, ui } from './frames.js';

const nothing = () => undefined;
const controls: Controls = { quit: nothing, suspend: nothing, redraw: nothing, mute: nothing, stop: nothing, ask: nothing, reconnect: nothing, change: nothing };
// A server has no microphone.
const { mute: _, reconnect: __, ...onServer } = controls;
const log = ['12:03:02 info    serving recv=12345 send=12346', '12:03:03 info    connected session=1 peer=127.0.0.1:52108'];

interface How { readonly columns?: number; readonly rows?: number; readonly ascii?: boolean; readonly held?: Partial<Ui> }

/** The moment after the last event. */
const after = (events: readonly AppEvent[]): number => Math.max(...events.map((event) => event.at)) + 200;

function draw(events: readonly AppEvent[], { columns = 100, rows = 30, ascii = false, held: how = {} }: How = {}): string {
  return drawServer(tickServer(view(events), after(events)), { columns, rows, ascii, held: how });
}

const view = (events: readonly AppEvent[]): ServerView => events.reduce(noteServer, newServerView(at(0)));

function drawServer(one: ServerView, { columns = 100, rows = 30, ascii = false, held: how = {} }: How = {}): string {
  const can = one.replaying === undefined ? onServer : { quit: nothing, suspend: nothing, redraw: nothing, pause: nothing, seek: nothing, speed: nothing };
  return drawn(createElement(ServerDashboard, { view: one, ui: ui(how), log, size: { columns, rows }, controls: can, threshold: 0.6 }), columns, ascii);
}

function drawClient(events: readonly AppEvent[], { columns = 80, rows = 24, ascii = false, held: how = {} }: How = {}, can = controls): string {
  const view = tickClient(events.reduce(noteClient, newClientView(at(0), 0.6)), after(events));
  return drawn(createElement(ClientDashboard, { view, ui: ui(how), log, size: { columns, rows }, controls: can }), columns, ascii);
}

function drawn(dashboard: ReturnType<typeof createElement>, columns: number, ascii: boolean): string {
  const theme = themeOf({ colour: true, ascii });
  return stripVTControlCharacters(renderToString(createElement(ThemeContext, { value: theme }, dashboard), { columns }));
}

/** Reviewed by people; written anew with `vitest run -u`. */
const golden = (name: string): string => `./frames/${name}.txt`;
const lines = (frame: string): string[] => frame.split('\n');

describe('the server dashboard', () => {
  it.each(Object.keys(states))('shows %s on 100 × 30', async (name) => {
    await expect(draw(states[name as keyof typeof states])).toMatchFileSnapshot(golden(name));
  });

  it.each([[80, 24], [60, 15], [120, 40], [59, 15], [40, 8]])('shows an answer being spoken on %s × %s', async (columns, rows) => {
    await expect(draw(speaking, { columns, rows })).toMatchFileSnapshot(golden(`speaking-${columns}x${rows}`));
  });

  it.each(['thinking', 'troubled', 'two', 'wide', 'lengthy', 'gone'] as const)('shows %s on 80 × 24', async (name) => {
    await expect(draw(states[name], { columns: 80, rows: 24 })).toMatchFileSnapshot(golden(`${name}-80x24`));
  });

  it.each(['help', 'log', 'typing', 'searching'])('shows %s on 80 × 24', async (name) => {
    await expect(draw(answered, { columns: 80, rows: 24, held: held[name]! })).toMatchFileSnapshot(golden(`${name}-80x24`));
  });

  it.each(Object.keys(held))('shows %s', async (name) => {
    await expect(draw(name === 'settings' ? adjusting : answered, { held: held[name]! })).toMatchFileSnapshot(golden(name));
  });

  it.each([[100, 30], [80, 24], [60, 15]])('shows settings that were changed, and how quick the answers were with both, on %s × %s', async (columns, rows) => {
    await expect(draw(adjusted, { columns, rows, held: held['settings']! })).toMatchFileSnapshot(golden(`adjusted-${columns}x${rows}`));
  });

  it('does without Unicode where it has to', async () => {
    const frame = draw(speaking, { ascii: true });
    await expect(frame).toMatchFileSnapshot(golden('ascii'));
    // Ink marks where a line is cut off; what writes to the terminal has a letter for it.
    expect(inAscii(frame)).toMatch(/^[\u0000-\u007f]*$/u);
  });

  it('keeps to the terminal, whatever its size: one row is left for the cursor, and no line is wider', () => {
    for (const [name, events] of Object.entries(states)) {
      for (const [columns, rows] of [[100, 30], [80, 24], [60, 15], [200, 60], [30, 5], [99, 29]] as const) {
        const frame = lines(draw(events, { columns, rows }));
        expect(frame.length, `${name} on ${columns}x${rows}`).toBeLessThan(rows);
        for (const line of frame) expect(stringWidth(line), `${name} on ${columns}x${rows}: ${line}`).toBeLessThanOrEqual(columns);
      }
    }
  });

  it('draws straight edges around wide and combining characters', () => {
    const frame = lines(draw(states.wide)).filter((line) => line.startsWith('│'));
    for (const line of frame) expect(stringWidth(line)).toBe(100);
  });

  it('says in a word whether it listens, on every size', () => {
    const words = { listening: 'LISTENING', hearing: 'HEARING YOU', thinking: 'THINKING', speaking: 'SPEAKING', lost: 'NO SERVER', serving: 'WAITING', gone: 'LEFT', replaying: 'THINKING', 'replay-over': 'the recording is over: q' } as const;
    for (const [name, word] of Object.entries(words)) {
      for (const [columns, rows] of [[100, 30], [80, 24], [50, 10]] as const) expect(draw(states[name as keyof typeof words], { columns, rows })).toContain(word);
    }
  });

  it('lists the keys of a recording where it shows one', async () => {
    await expect(draw(replayOver, { columns: 80, rows: 24, held: { over: 'help' } })).toMatchFileSnapshot(golden('replay-help'));
  });

  it('says that it records no longer than it is known', () => {
    const away: AppEvent = { type: 'watch.lost', host: 'server.example.com', port: 12_347, reason: 'It is gone.', retryIn: 2_000, at: at(3_000) };
    const back: AppEvent = { type: 'snapshot', events: [], at: at(5_000) };
    expect(draw(recordsNext)).toContain('REC');
    expect(draw([...recordsNext, away])).not.toContain('REC');
    expect(draw([...recordsNext, back])).not.toContain('REC');
  });

  it('says that nothing comes from the microphone for as long as that is so, and how fast it comes again', () => {
    const last = at(12_000);
    for (const later of [3_000, 3_900, 5_000, 59_000, 200_000]) {
      const frame = drawServer(tickServer(tickServer(view(answered), last + 2_600), last + later));
      expect(frame, `${later} ms later`).toContain('LISTENING  · nothing comes from the microphone');
      expect(frame, `${later} ms later`).toContain('in      0 B/s');
    }
    const again = draw([...answered, { type: 'wire', session: 1, received: 310_000, sent: 67_584, waiting: 0, unheard: 0, at: last + 30_000 }]);
    expect(again).toContain('in      32.0 kB/s');
    expect(again).not.toContain('nothing comes');
  });

  it('shows the end of what is said and typed where it is longer than there is room', () => {
    for (const [columns, rows] of [[100, 30], [80, 24], [60, 15]] as const) {
      expect(draw(states.lengthy, { columns, rows })).toMatch(/(be )?seen… +│/u);
      expect(draw(answered, { columns, rows, held: held['typing']! })).toContain('lived there▏');
    }
  });

  it('has bars that add up to the total', () => {
    const frame = lines(draw(answered));
    const bars = frame.flatMap((line) => /^│ (?:endpoint|stt|llm|clause|tts|send) .* (\d+) ms │$/u.exec(line)?.[1] ?? []).map(Number);
    expect(bars.reduce((sum, ms) => sum + ms, 0)).toBe(842);
    expect(frame.join('\n').match(/█+(?= +\d+ ms)/gu)!.join('')).toHaveLength(78);
  });

  it('shows a warning until it is dismissed, and its like again when it comes again', () => {
    const text = 'The LLM server does not answer. Start it, or use --llm_backend embedded.';
    expect(draw(troubled)).toContain('The LLM server does not answer');
    const dismissed = { dismissed: { [`llm: ${text}`]: at(9_500) } };
    expect(draw(troubled, { held: dismissed })).not.toContain('ERROR');
    const again = { ...troubled.at(-1)!, at: at(20_000) };
    expect(draw([...troubled, again], { held: dismissed })).toContain('×2');
  });
});

describe('the client dashboard', () => {
  it.each(Object.keys(clientStates))('shows %s', async (name) => {
    await expect(drawClient(clientStates[name]!)).toMatchFileSnapshot(golden(name));
  });

  it.each(['client-hearing', 'client-playing', 'client-lengthy', 'client-warned', 'client-lost'])('shows %s on 50 columns, and on 40', async (name) => {
    await expect(drawClient(clientStates[name]!, { columns: 50 })).toMatchFileSnapshot(golden(`${name}-50`));
    await expect(drawClient(clientStates[name]!, { columns: 40 })).toMatchFileSnapshot(golden(`${name}-40`));
  });

  it.each(['help', 'log', 'asking', 'typing', 'paused'])('shows %s', async (name) => {
    await expect(drawClient(clientStates['client-playing']!, { held: held[name]! })).toMatchFileSnapshot(golden(`client-${name}`));
  });

  it('shows settings that were changed, and how quick the answers were with both', async () => {
    const own = [...clientStates['client-sending']!, ...adjusted.filter((event) => 'session' in event || event.type === 'settings')];
    await expect(drawClient(own, { held: held['settings']! })).toMatchFileSnapshot(golden('client-adjusted'));
  });

  it('says where it is pushed to talk whether the microphone is open, and what space does', async () => {
    const { mute: _mute, stop: _stop, ...others } = controls;
    const pushed = { ...others, talk: nothing };
    const closed = [...joined, { type: 'muted', by: 'user', muted: true, at: at(9_000) }] as const;
    await expect(drawClient(closed, {}, pushed)).toMatchFileSnapshot(golden('client-closed'));
    await expect(drawClient([...closed, { type: 'muted', by: 'user', muted: false, at: at(9_100) }, { type: 'speech.started', session: 1, turn: 2, at: at(9_200) }], {}, pushed)).toMatchFileSnapshot(golden('client-open'));
  });

  it('has no loud speaker where nothing plays, though the end of an answer is measured after it', () => {
    const end: readonly AppEvent[] = [{ type: 'playing', playing: false, at: at(9_000) }, { type: 'levels', speaker: { rms: -32, peak: -20 }, at: at(9_050) }];
    expect(drawClient(clientStates['client-playing']!)).toMatch(/speaker \[█+·*\] +-8 dB/);
    expect(drawClient([...clientStates['client-playing']!, ...end])).toMatch(/speaker \[·+\] +quiet/);
  });

  it('has eight rows at most, and one where the terminal is small', () => {
    for (const [name, events] of Object.entries({ ...clientStates, hearing, troubled })) {
      for (const how of [{}, ...Object.values(held)]) {
        const frame = lines(drawClient(events, { held: how }));
        expect(frame.length, `${name}\n${frame.join('\n')}`).toBeLessThanOrEqual(8);
        for (const line of frame) expect(stringWidth(line)).toBeLessThanOrEqual(80);
      }
      expect(lines(drawClient(events, { columns: 39 }))).toHaveLength(1);
    }
  });
});
