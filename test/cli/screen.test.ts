import { describe, expect, it } from 'vitest';
import { screen } from '../../cli/screen.js';
import type { AppEvent } from '../../cli/views/app-event.js';
import { fakeIo } from '../fixtures/io.js';

const at = Date.now();
const events: AppEvent[] = [
  { type: 'listening', at },
  { type: 'levels', at },
  { type: 'failed', at, turn: 1, stage: 'llm', kind: 'stage', code: 'llm-key-refused', message: 'refused: sk-abcdefghijklmnopqrst' },
];

function shown(ui: 'auto' | 'plain' | 'json' | 'none', env: Record<string, string> = {}, isTTY = false, logLevel: 'info' | 'debug' = 'info') {
  const { io, out, err } = fakeIo(env);
  const show = screen({ ui, logLevel, logFile: undefined }, isTTY ? { ...io, stdout: Object.assign(io.stdout, { isTTY }) } : io);
  for (const event of events) show(event);
  return { out: out(), err: err() };
}

const draw = (...args: Parameters<typeof shown>): string => shown(...args).out;

describe('a screen', () => {
  it('is plain lines unless something else is asked for', () => {
    expect(draw('auto')).toBe(draw('plain'));
    expect(draw('plain').split('\n')).toHaveLength(3);
    expect(draw('plain')).toContain('● listening');
  });

  it('is every event as JSON for --ui json', () => {
    expect(draw('json').trimEnd().split('\n').map((line) => (JSON.parse(line) as AppEvent).type)).toEqual(['listening', 'levels', 'failed']);
  });

  it('is silent for --ui none', () => {
    expect(draw('none')).toBe('');
  });

  it('does not log again what the plain screen shows, but all of it for debug', () => {
    expect(shown('plain').err).toBe('');
    expect(shown('plain', {}, false, 'debug').err).toMatch(/debug +listening/);
  });

  it('tells in the debug log whether the gate opened or closed', () => {
    const { io, err } = fakeIo({});
    screen({ ui: 'none', logLevel: 'debug', logFile: undefined }, io)({ type: 'gate', at, open: false, reason: 'the answer comes first' });
    expect(err()).toMatch(/debug +gate open=false why=the answer comes first/);
  });

  it('logs what goes wrong, and only that, where nothing is shown', () => {
    expect(shown('none').err).toContain('llm-key-refused');
    expect(shown('none').err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('never shows a key', () => {
    for (const ui of ['plain', 'json'] as const) expect(draw(ui)).not.toContain('sk-abc');
  });

  it('is coloured on a terminal only, and not where colour is unwanted', () => {
    expect(draw('plain', {}, true)).toContain('\u001b[');
    expect(draw('plain')).not.toContain('\u001b[');
    expect(draw('plain', { NO_COLOR: '1' }, true)).not.toContain('\u001b[');
    expect(draw('plain', { TERM: 'dumb' }, true)).not.toContain('\u001b[');
  });

  it('is drawn in ASCII where the locale knows no Unicode', () => {
    expect(draw('plain', { LC_ALL: 'C', LANG: 'en_US.UTF-8' })).toContain('* listening');
    expect(draw('plain', { LANG: 'en_US.UTF-8' })).toContain('● listening');
  });
});
