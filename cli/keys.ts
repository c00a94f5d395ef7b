import { chosenSetting, stepped, type LiveSetting } from './views/settings-view.js';
import type { Action, Ui } from './views/ui.js';

/** What a screen can have done. What a place cannot do is not there, and its key neither works nor is shown. */
export interface Controls {
  /** Asks the program to stop; asked again, it ends at once. */
  readonly quit: (by: 'q' | 'SIGINT') => void;
  readonly suspend: () => void;
  readonly redraw: () => void;
  /** Sends silence instead of the microphone, or the microphone again. */
  readonly mute?: () => void;
  /** Opens the microphone, or closes it, where it is pushed to talk. */
  readonly talk?: (session: number | undefined) => void;
  /** Ends the answer under way, of the session that is shown. */
  readonly stop?: (session: number | undefined) => void;
  /** Asks what was typed, in the session that is shown. */
  readonly ask?: (text: string, session: number | undefined) => void;
  /** Changes a setting, in all sessions and those to come. */
  readonly change?: (name: string, value: string) => unknown;
  /** Settings are about to be shown: looks again what there is to choose from. */
  readonly refresh?: () => void;
  /** Records what is said, or ends that. */
  readonly record?: () => void;
  /** Dials at once. */
  readonly reconnect?: () => void;
  /** Stops what is shown of a recording, or has it go on. */
  readonly pause?: () => void;
  /** Shows a recording from so many seconds later on, or earlier. */
  readonly seek?: (seconds: number) => void;
  /** Shows a recording so many times faster. */
  readonly speed?: (times: number) => void;
}

/** What a screen shows: a server, a client, or a recording of a server. */
export type Place = 'server' | 'client' | 'replay';

interface Key {
  /** As `pressed` names them. */
  readonly keys: readonly string[];
  readonly words: string;
  /** In the line at the bottom, where it is of use to most. */
  readonly short?: string;
  /** Where it is of use; unset: everywhere. */
  readonly on?: readonly Place[];
  /** What it makes of the screen. */
  readonly act?: (key: string) => Action;
  /** What it has done. */
  readonly control?: keyof Controls;
}

const LIVE = ['server', 'client'] as const;
const PANELS = ['server', 'replay'] as const;
/** Seconds of a recording that a key skips. */
const SKIP = 5;

/** Every key there is: what is handled, what `?` lists and what the line at the bottom shows come from here. */
export const keys: readonly Key[] = [
  { keys: ['space'], words: 'Talk; again: you have finished', short: 'space talk', on: ['client'], control: 'talk' },
  { keys: ['space'], words: 'Stop the answer', short: 'space stop', on: LIVE, control: 'stop' },
  { keys: ['space', 'p'], words: 'Pause, and go on; at the end: once more', short: 'space pause', on: ['replay'], control: 'pause' },
  { keys: ['left', 'right'], words: `${SKIP} seconds back, and on`, short: `left right ${SKIP} s`, on: ['replay'], control: 'seek' },
  { keys: ['-', '+'], words: 'Half as fast, and twice as fast', short: '- + speed', on: ['replay'], control: 'speed' },
  { keys: ['m'], words: 'Mute, and unmute', short: 'm mute', control: 'mute' },
  { keys: ['t'], words: 'Type instead of speaking', short: 't type', control: 'ask', act: () => ({ type: 'enter', purpose: 'ask' }) },
  { keys: ['1', '2', '3', '4', '5'], words: 'Show one panel alone; again: all', short: '1-5 panel', on: PANELS, act: (key) => ({ type: 'panel', panel: Number(key) }) },
  { keys: ['tab', 'shift+tab'], words: 'Show the next panel alone', on: PANELS, act: (key) => ({ type: 'turn', by: key === 'tab' ? 1 : -1 }) },
  { keys: ['left', 'right'], words: 'Another session', on: ['server'], act: (key) => ({ type: 'session', by: key === 'left' ? 1 : -1 }) },
  { keys: ['<', '>'], words: 'Another session', on: ['replay'], act: (key) => ({ type: 'session', by: key === '<' ? 1 : -1 }) },
  { keys: ['up', 'down', 'pageup', 'pagedown'], words: 'Read back in the transcript', on: PANELS, act: (key) => ({ type: 'scroll', by: { up: 1, down: -1, pageup: 10, pagedown: -10 }[key] ?? 0 }) },
  { keys: ['f'], words: 'Follow the transcript again', on: PANELS, act: () => ({ type: 'follow' }) },
  { keys: ['/'], words: 'Search the transcript; Esc ends it', short: '/ search', on: PANELS, act: () => ({ type: 'enter', purpose: 'search' }) },
  { keys: ['c'], words: 'Change settings, and compare: arrows choose and change', short: 'c settings', control: 'change', act: () => ({ type: 'over', what: 'settings' }) },
  { keys: ['p'], words: 'Hold the picture still', short: 'p pause', on: LIVE, act: () => ({ type: 'pause' }) },
  { keys: ['s'], words: 'Record what is said, and stop', control: 'record' },
  { keys: ['e'], words: 'Next warning', act: () => ({ type: 'next-caution' }) },
  { keys: ['x'], words: 'Dismiss the warning', act: () => ({ type: 'dismiss' }) },
  { keys: ['l'], words: 'The log', short: 'l log', act: () => ({ type: 'over', what: 'log' }) },
  { keys: ['r'], words: 'Reconnect now', control: 'reconnect' },
  { keys: ['?'], words: 'This list', short: '? help', act: () => ({ type: 'over', what: 'help' }) },
  { keys: ['ctrl+z'], words: 'Suspend; fg goes on', control: 'suspend' },
  { keys: ['ctrl+l'], words: 'Draw everything anew', control: 'redraw' },
  { keys: ['q', 'ctrl+c'], words: 'Quit; twice: at once', short: 'q quit', control: 'quit' },
];

/** The keys that do something here. */
export function keysFor(place: Place, controls: Controls): readonly Key[] {
  return keys.filter(({ on, control }) => (on === undefined || on.includes(place)) && (control === undefined || controls[control] !== undefined));
}

/** What a key makes of the screen, and has done. */
export interface Effect { readonly act?: Action; readonly run?: () => void }

/** What a key means now: while something is typed, the text of it; while settings are shown, what is chosen of them. */
export function effectOf(key: string, ui: Ui, place: Place, controls: Controls, session: number | undefined, settings: readonly LiveSetting[] = []): Effect {
  if (key === 'ctrl+c') return { run: () => controls.quit('SIGINT') };
  if (ui.entry !== undefined) return typed(key, ui.entry, controls, session);
  if (key === 'escape') return { act: { type: 'escape' } };
  if (ui.over === 'settings' && ARROWS.has(key)) return changed(key, chosenSetting(settings, ui.setting), controls);
  const row = keysFor(place, controls).find((one) => one.keys.includes(key));
  if (row === undefined) return {};
  const act = row.act?.(key);
  const run = runs(row.control, key, controls, session);
  return { ...(act !== undefined && { act }), ...(run !== undefined && { run }) };
}

function runs(control: keyof Controls | undefined, key: string, controls: Controls, session: number | undefined): (() => void) | undefined {
  switch (control) {
    case 'quit':
      return () => controls.quit('q');
    case 'stop':
      return () => controls.stop?.(session);
    case 'talk':
      return () => controls.talk?.(session);
    case 'suspend':
    case 'redraw':
    case 'mute':
    case 'record':
    case 'reconnect':
    case 'pause':
      return controls[control];
    case 'seek':
      return () => controls.seek?.(key === 'left' ? -SKIP : SKIP);
    case 'speed':
      return () => controls.speed?.(key === '-' ? 0.5 : 2);
    case 'change':
      return controls.refresh;
    case 'ask':
    case 'refresh':
    case undefined:
      return undefined;
  }
}

const ARROWS: ReadonlySet<string> = new Set(['up', 'down', 'left', 'right']);

function changed(key: string, setting: LiveSetting | undefined, { change }: Controls): Effect {
  if (key === 'up' || key === 'down') return { act: { type: 'setting', by: key === 'up' ? -1 : 1 } };
  if (setting === undefined) return {};
  const value = stepped(setting, key === 'left' ? -1 : 1);
  return value === setting.value ? {} : { run: () => change?.(setting.name, value) };
}

function typed(key: string, { purpose, text }: NonNullable<Ui['entry']>, controls: Controls, session: number | undefined): Effect {
  if (key === 'return' && purpose === 'ask' && text.trim() !== '') return { act: { type: 'entered' }, run: () => controls.ask?.(text.trim(), session) };
  if (key === 'return') return { act: { type: 'entered' } };
  if (key === 'escape') return { act: { type: 'escape' } };
  if (key === 'backspace' || key === 'delete') return { act: { type: 'type', text: [...graphemes.segment(text)].slice(0, -1).map(({ segment }) => segment).join('') } };
  if (key === 'ctrl+u') return { act: { type: 'type', text: '' } };
  const letters = key === 'space' ? ' ' : NAMES.has(key) || key.startsWith('ctrl+') ? '' : key;
  return letters === '' ? {} : { act: { type: 'type', text: `${text}${letters}` } };
}

const graphemes = new Intl.Segmenter();
const NAMES: ReadonlySet<string> = new Set(['tab', 'shift+tab', 'up', 'down', 'left', 'right', 'pageup', 'pagedown', 'home', 'end']);
