import { describe, expect, it } from 'vitest';
import { effectOf, type Controls } from '../../cli/keys.js';
import type { AppEvent } from '../../cli/views/app-event.js';
import { compared, newSettings, noteSettings, type LiveSetting, type SettingsView } from '../../cli/views/settings-view.js';
import { act, newUi } from '../../cli/views/ui.js';

const latency = (total: number) => ({ endpoint: total, stt: 0, llm: 0, clause: 0, tts: 0, send: 0, total });
const changed = (differs: Record<string, string>, session = 1): AppEvent => ({ type: 'changed', session, differs, at: 0 });
const answered = (total: number, session = 1): AppEvent => ({ type: 'reply.done', session, turn: 1, text: '', length: 0, latency: latency(total), at: 0 });
const after = (...events: AppEvent[]): SettingsView => events.reduce(noteSettings, newSettings);
/** `A 100 200, B 300` */
const shown = (view: SettingsView): string => compared(view).map(({ letter, turns }) => [letter, ...turns.map(({ total }) => total)].join(' ')).join(', ');
const B = { thresh: '0.7' };

describe('turns under settings that change', () => {
  it('are counted for those that hold when they are answered', () => {
    expect(shown(after(answered(100), answered(200)))).toBe('A 100 200');
    expect(shown(after(answered(100), changed(B), answered(300), answered(400)))).toBe('A 100, B 300 400');
  });

  it('go on being counted where one goes back, and are compared with those of before', () => {
    const view = after(answered(100), changed(B), answered(300), changed({}), answered(200));
    expect(shown(view)).toBe('B 300, A 100 200');
    expect(shown(noteSettings(noteSettings(view, changed({ ...B, speed: '2' })), answered(50)))).toBe('A 100 200, C 50');
  });

  it('leave no trace of what nobody was answered with', () => {
    expect(shown(after(answered(100), changed({ thresh: '0.65' }), changed(B), answered(300)))).toBe('A 100, B 300');
    expect(shown(after(answered(100), changed(B), changed({}), answered(200)))).toBe('A 100 200');
  });

  it('are told apart by session, each of which goes over in its own time', () => {
    const view = after(answered(100, 1), changed(B, 1), answered(10, 1), answered(110, 2), changed(B, 2), answered(20, 2));
    expect(shown(view)).toBe('A 100 110, B 10 20');
  });

  it('begin as they were started in a new session, until that has gone over', () => {
    const come: AppEvent = { type: 'connected', session: 1, peer: 'x', paired: true, at: 0 };
    expect(shown(after(changed(B), answered(10), come, answered(100), changed(B), answered(20)))).toBe('A 100, B 10 20');
  });

  it('are forgotten after a hundred, and do not run out of letters', () => {
    const many = Array.from({ length: 150 }, (_, n) => answered(n));
    expect(after(...many).trials[0]?.turns).toHaveLength(100);
    const all = Array.from({ length: 40 }, (_, n) => [changed({ speed: String(n) }), answered(n)]).flat();
    expect(after(...all).trials).toHaveLength(26);
    expect(shown(after(...all))).toMatch(/Z 39$/u);
  });
});

describe('the keys of the settings', () => {
  const rows: readonly LiveSetting[] = [
    { name: 'thresh', origin: '0.6', value: '0.6', choices: ['0.5', '0.6', '0.7'] },
    { name: 'speculate', origin: 'on', value: 'on', choices: ['off', 'on'] },
  ];
  const press = (...keys: string[]): { over: string; told: string[]; scroll: number } => {
    const told: string[] = [];
    const nothing = () => undefined;
    const controls: Controls = { quit: nothing, suspend: nothing, redraw: nothing, change: (name, value) => told.push(`${name} ${value}`), refresh: () => told.push('looked again') };
    const ui = keys.reduce((before, key) => {
      const { act: action, run } = effectOf(key, before, 'server', controls, undefined, rows);
      run?.();
      return action === undefined ? before : act(before, action, []);
    }, newUi);
    return { over: ui.over, told, scroll: ui.scroll };
  };

  it('choose in a circle, change within the choices, and close', () => {
    expect(press('c', 'right', 'left').told).toEqual(['looked again', 'thresh 0.7', 'thresh 0.5']);
    expect(press('c', 'down', 'right', 'left').told).toEqual(['looked again', 'speculate off']);
    expect(press('c', 'up', 'left', 'down', 'right').told).toEqual(['looked again', 'speculate off', 'thresh 0.7']);
    expect(press('c', 'c').over).toBe('nothing');
    expect(press('c', 'escape').over).toBe('nothing');
  });

  it('mean what they always do where the settings are closed', () => {
    expect(press('right', 'up')).toEqual({ over: 'nothing', told: [], scroll: 1 });
  });
});
