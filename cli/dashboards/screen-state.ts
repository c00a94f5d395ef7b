import type { AppEvent } from '../views/app-event.js';
import { act, newUi, undismissed, type Action, type Ui } from '../views/ui.js';
import type { Caution } from '../views/warnings.js';

/** Of a terminal, in cells. */
export interface Size { readonly columns: number; readonly rows: number }

/** All that a dashboard is drawn from. */
export interface Shown<V> {
  readonly view: V;
  readonly ui: Ui;
  readonly log: readonly string[];
  readonly size: Size;
  /** In place of the keys. */
  readonly note: string | undefined;
  /** The view that is held still. */
  readonly held: V | undefined;
}

export type Input =
  | { readonly type: 'event'; readonly event: AppEvent }
  | { readonly type: 'tick'; readonly at: number }
  | { readonly type: 'act'; readonly action: Action }
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'size'; readonly size: Size };

/** How a kind of view takes in events and time. */
export interface Reducer<V> { readonly note: (view: V, event: AppEvent) => V; readonly tick: (view: V, at: number) => V }

/** Lines of the log that are kept. */
const LOG = 500;

export function newShown<V>(view: V, size: Size): Shown<V> {
  return { view, ui: newUi, log: [], size, note: undefined, held: undefined };
}

/** What is shown after one more input: the same object, where nothing is to be drawn anew. */
export function show<V extends { readonly cautions: readonly Caution[] }>(shown: Shown<V>, input: Input, { note, tick }: Reducer<V>): Shown<V> {
  switch (input.type) {
    case 'event':
      return withView(shown, note(shown.view, input.event));
    case 'tick':
      return withView(shown, tick(shown.view, input.at));
    case 'act': {
      const ui = act(shown.ui, input.action, undismissed(shown.view.cautions, shown.ui));
      return ui === shown.ui ? shown : { ...shown, ui, held: ui.paused ? shown.held ?? shown.view : undefined };
    }
    case 'log':
      return { ...shown, log: [...shown.log.slice(1 - LOG), input.line] };
    case 'note':
      return { ...shown, note: input.text };
    case 'size':
      return { ...shown, size: input.size };
  }
}

function withView<V>(shown: Shown<V>, view: V): Shown<V> {
  return view === shown.view ? shown : { ...shown, view };
}
