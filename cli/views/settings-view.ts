import { isDeepStrictEqual } from 'node:util';
import type { Latency } from '../../src/events.js';
import { sanitise } from '../../src/sanitise.js';
import type { AppEvent } from './app-event.js';

/** Something that can be changed while the program runs. */
export type LiveSetting = Extract<AppEvent, { readonly type: 'settings' }>['settings'][number];
export type Differs = Readonly<Record<string, string>>;

/** Settings under which turns were answered, by a letter. */
export interface Trial {
  readonly letter: string;
  /** How they differ from those that the program was started with. */
  readonly differs: Differs;
  /** Of the last hundred turns. */
  readonly turns: readonly Latency[];
}

/** What can be changed, and how quick the answers were with what was. */
export interface SettingsView {
  readonly rows: readonly LiveSetting[];
  /** A, as the program was started, comes first. */
  readonly trials: readonly Trial[];
  /** The letter that holds in each session that has gone over to another. */
  readonly inForce: Readonly<Record<string, string>>;
  /** The letter that was gone over to last, and the one before that. */
  readonly now: string;
  readonly before: string | undefined;
}

const FIRST = 'A';
const LETTERS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
const TURNS = 100;

export const newSettings: SettingsView = { rows: [], trials: [{ letter: FIRST, differs: {}, turns: [] }], inForce: {}, now: FIRST, before: undefined };

/** The settings after one more event; the same object where it changes nothing of them. */
export function noteSettings(view: SettingsView, event: AppEvent): SettingsView {
  switch (event.type) {
    case 'settings':
      // Where client and server are one program each tells of its own.
      return { ...view, rows: [...view.rows.map((row) => named(event.settings, row.name) ?? row), ...event.settings.filter(({ name }) => named(view.rows, name) === undefined)] };
    case 'changed':
      return goneOver(view, sessionOf(event), cleaned(event.differs));
    case 'connected':
    case 'disconnected':
      return 'session' in event && view.inForce[event.session] !== undefined ? { ...view, inForce: without(view.inForce, String(event.session)) } : view;
    case 'reply.done':
      return event.latency === undefined ? view : counted(view, view.inForce[sessionOf(event)] ?? FIRST, event.latency);
    default:
      return view;
  }
}

/** The two that are to be compared: what holds, and what held before, where there was something. */
export function compared({ trials, now, before }: SettingsView): readonly Trial[] {
  return [before, now].flatMap((letter) => trials.find((trial) => trial.letter === letter) ?? []);
}

/** The setting that is so many steps from the first, with the others in a circle. */
export const chosenSetting = (rows: readonly LiveSetting[], steps: number): LiveSetting | undefined => rows[((steps % rows.length) + rows.length) % rows.length];

/** A setting's value one further in its list, or as it is at the end of that. */
export function stepped({ value, choices }: LiveSetting, by: 1 | -1): string {
  return choices[Math.max(0, Math.min(choices.length - 1, choices.indexOf(value) + by))] ?? value;
}

/** What was changed, in words: `thresh 0.7, speed 1.2`. */
export function differsWords(differs: Differs): string {
  const words = Object.entries(differs).map(([name, value]) => `${name} ${value}`);
  return words.length === 0 ? 'as started' : words.join(', ');
}

function goneOver(view: SettingsView, session: string, differs: Differs): SettingsView {
  const others = Object.values(without(view.inForce, session));
  // What nobody was answered with was only passed on the way to something else.
  const kept = view.trials.filter(({ letter, turns }) => letter === FIRST || turns.length > 0 || others.includes(letter));
  const known = kept.find((trial) => isDeepStrictEqual(trial.differs, differs));
  // Where there are no letters left the last one is used again.
  const letter = known?.letter ?? LETTERS.find((one) => !kept.some((trial) => trial.letter === one)) ?? 'Z';
  const before = letter === view.now ? view.before : kept.some((trial) => trial.letter === view.now) ? view.now : view.before;
  return {
    ...view, inForce: { ...view.inForce, [session]: letter }, now: letter, before: before === letter ? undefined : before,
    trials: known === undefined ? [...kept.filter((trial) => trial.letter !== letter), { letter, differs, turns: [] }] : kept,
  };
}

function counted(view: SettingsView, letter: string, latency: Latency): SettingsView {
  return { ...view, trials: view.trials.map((trial) => (trial.letter === letter ? { ...trial, turns: [...trial.turns, latency].slice(-TURNS) } : trial)) };
}

const named = (rows: readonly LiveSetting[], name: string): LiveSetting | undefined => rows.find((row) => row.name === name);
const sessionOf = (event: object): string => ('session' in event ? String(event.session) : '');
const without = <T>(all: Readonly<Record<string, T>>, name: string): Readonly<Record<string, T>> => Object.fromEntries(Object.entries(all).filter(([key]) => key !== name));
const cleaned = (differs: Differs): Differs => Object.fromEntries(Object.entries(differs).map(([name, value]) => [sanitise(name), sanitise(value)]));
