import { sanitise } from '../../src/sanitise.js';
import type { Caution } from './warnings.js';

/** What the person at the screen has made of it; nothing of it touches the conversation. */
export interface Ui {
  /** The panel that is shown alone, or 0 for all. */
  readonly panel: number;
  /** What is shown in place of the panels. */
  readonly over: 'nothing' | 'help' | 'log' | 'settings';
  /** Lines above the newest; 0 follows. */
  readonly scroll: number;
  readonly paused: boolean;
  readonly search: string | undefined;
  /** What is being typed, and what for. */
  readonly entry: { readonly purpose: 'ask' | 'search'; readonly text: string } | undefined;
  /** Which of the warnings is shown. */
  readonly caution: number;
  /** When warnings were dismissed, by what they say. */
  readonly dismissed: Readonly<Record<string, number>>;
  /** Which of the sessions is shown: so many before the newest. */
  readonly session: number;
  /** Which of the settings is chosen: so many steps from the first, in either direction. */
  readonly setting: number;
}

export type Action =
  | { readonly type: 'panel'; readonly panel: number }
  | { readonly type: 'turn' | 'session' | 'scroll' | 'setting'; readonly by: number }
  | { readonly type: 'over'; readonly what: 'help' | 'log' | 'settings' }
  | { readonly type: 'enter'; readonly purpose: 'ask' | 'search' }
  | { readonly type: 'type'; readonly text: string }
  | { readonly type: 'entered' | 'escape' | 'follow' | 'pause' | 'next-caution' | 'dismiss' };

export const newUi: Ui = {
  panel: 0, over: 'nothing', scroll: 0, paused: false, search: undefined, entry: undefined, caution: 0, dismissed: {}, session: 0, setting: 0,
};

const PANELS = 5;
/** Characters that a question may have. */
const LONGEST = 2_000;

/** The screen after an action. @param cautions the warnings that are shown */
export function act(ui: Ui, action: Action, cautions: readonly Caution[]): Ui {
  switch (action.type) {
    case 'panel':
      return { ...ui, over: 'nothing', panel: ui.panel === action.panel ? 0 : action.panel };
    case 'turn':
      return { ...ui, over: 'nothing', panel: (ui.panel + action.by + PANELS + 1) % (PANELS + 1) };
    case 'session':
      return { ...ui, session: Math.max(0, ui.session + action.by), scroll: 0 };
    case 'scroll':
      return { ...ui, scroll: Math.max(0, ui.scroll + action.by) };
    case 'setting':
      return { ...ui, setting: ui.setting + action.by };
    case 'follow':
      return { ...ui, scroll: 0 };
    case 'pause':
      return { ...ui, paused: !ui.paused };
    case 'over':
      return { ...ui, over: ui.over === action.what ? 'nothing' : action.what };
    case 'enter':
      return { ...ui, over: 'nothing', entry: { purpose: action.purpose, text: '' } };
    case 'type':
      return ui.entry === undefined ? ui : { ...ui, entry: { ...ui.entry, text: sanitise(action.text).slice(0, LONGEST) } };
    case 'entered':
      return { ...ui, entry: undefined, ...(ui.entry?.purpose === 'search' && { search: ui.entry.text.trim() || undefined, scroll: 0 }) };
    case 'escape':
      return { ...ui, over: 'nothing', entry: undefined, search: ui.entry === undefined ? undefined : ui.search, panel: ui.entry === undefined && ui.over === 'nothing' ? 0 : ui.panel };
    case 'next-caution':
      return { ...ui, caution: cautions.length === 0 ? 0 : (ui.caution + 1) % cautions.length };
    case 'dismiss': {
      const shown = cautions[ui.caution % Math.max(1, cautions.length)];
      return shown === undefined ? ui : { ...ui, caution: 0, dismissed: { ...ui.dismissed, [shown.text]: shown.at } };
    }
  }
}

/** The warnings that were not dismissed since they last came. */
export function undismissed(cautions: readonly Caution[], { dismissed }: Ui): readonly Caution[] {
  return cautions.filter(({ text, at }) => at > (dismissed[text] ?? -Infinity));
}
