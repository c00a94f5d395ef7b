import { render, type RenderOptions } from 'ink';
import { asyncScheduler, BehaviorSubject, distinctUntilChanged, fromEvent, map, Subject, throttleTime } from 'rxjs';
import type { Observable } from 'rxjs';
import { ThemeContext } from '../hooks/useTheme.js';
import type { Io } from '../io.js';
import { effectOf, type Controls, type Place } from '../keys.js';
import { painted, themeOf, wantsAscii, wantsColour, type ColourSetting, type Theme } from '../theme.js';
import type { AppEvent } from '../views/app-event.js';
import { newClientView, noteClient, tickClient } from '../views/client-view.js';
import { clock } from '../views/clock.js';
import { historyOf, type HistoryLine } from '../views/history.js';
import { newServerView, noteServer, tickServer } from '../views/server-view.js';
import type { SettingsView } from '../views/settings-view.js';
import type { Caution } from '../views/warnings.js';
import { canvas, inAscii } from './canvas.js';
import { inline } from './inline.js';
import { Live, type Drawn } from './Live.js';
import { quietTerminal } from './quiet-terminal.js';
import { newShown, show, type Input, type Reducer, type Shown } from './screen-state.js';
import { shownConversation } from './ServerDashboard.js';
import { takeTerminal } from './terminal.js';

/** ms between two pictures, at the least. */
const FRAME = 100;
/** ms between two looks at the clock. */
const TICK = 100;

export interface DashboardOptions {
  readonly io: Io;
  readonly colour: ColourSetting;
  /** What keys can have done beside what they do to the screen. */
  readonly controls: Omit<Controls, 'quit' | 'suspend' | 'redraw'>;
  /** Probability from which a frame counts as speech, where it is known. */
  readonly threshold?: number | undefined;
  /** The time (clock time in ms) that is shown. */
  readonly now: () => number;
}

export interface Dashboard {
  readonly show: (event: AppEvent) => void;
  /** A line for the log. */
  readonly log: (line: string) => void;
  /** Leaves the terminal as it was. */
  readonly close: () => void;
}

/** Draws events on a terminal that is its own until it is closed. */
export function openDashboard(place: Place, options: DashboardOptions): Dashboard {
  const { threshold, io, now } = options;
  if (place !== 'client') {
    return open({
      first: newServerView(now()), note: noteServer, tick: tickServer,
      sessionOf: ({ view, ui }) => shownConversation(view, ui)?.session, drawn: (one) => ({ place, threshold, ...one }),
    }, place, options);
  }
  return open({
    first: newClientView(now(), threshold), note: noteClient, tick: tickClient, historyOf: (view, event) => historyOf(view, event, { ascii: wantsAscii(io.env) }),
    sessionOf: ({ view }) => view.conversation?.session, drawn: (one) => ({ place, ...one }),
  }, place, options);
}

/** What tells one kind of dashboard from the other. */
interface Kind<V> extends Reducer<V> {
  readonly first: V;
  readonly sessionOf: (shown: Shown<V>) => number | undefined;
  readonly drawn: (one: { readonly shown: Observable<Shown<V>>; readonly first: Shown<V> }) => Drawn;
  /** What an event leaves behind above the picture. */
  readonly historyOf?: (view: V, event: AppEvent) => readonly HistoryLine[];
}

function open<V extends { readonly cautions: readonly Caution[]; readonly settings: SettingsView }>(
  { first, sessionOf, drawn, historyOf: left = () => [], ...reducer }: Kind<V>, place: Place, { io, colour, controls: some, now }: DashboardOptions,
): Dashboard {
  const { stdout, stdin } = io;
  /** Whether it takes the whole terminal. */
  const isWhole = place !== 'client';
  const theme = themeOf({ colour: wantsColour(colour, io), ascii: wantsAscii(io.env) });
  const size = () => ({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 });
  const state = new BehaviorSubject<Shown<V>>(newShown(first, size()));
  const history = new Subject<string>();
  const put = (input: Input): void => {
    const next = show(state.value, input, reducer);
    if (next !== state.value) state.next(next);
  };

  let stopping = false;
  const controls: Controls = {
    ...some,
    quit: (by) => {
      put({ type: 'note', text: stopping ? 'Ending at once.' : 'Stopping: an answer under way is finished first. Once more ends it at once.' });
      stopping = true;
      io.quit(by);
    },
    suspend: () => terminal.suspend(),
    redraw: () => terminal.redraw(),
  };
  const press = (key: string): void => {
    const { ui, view } = state.value;
    const { act, run } = effectOf(key, ui, place, controls, sessionOf(state.value), view.settings.rows);
    if (act !== undefined) put({ type: 'act', action: act });
    run?.();
  };

  const pictures = state.pipe(
    map((shown) => (shown.held === undefined ? shown : { ...shown, view: shown.held })),
    throttleTime(FRAME, asyncScheduler, { leading: true, trailing: true }),
    distinctUntilChanged(),
  );
  const mount = () => {
    // A dashboard is for terminals only, so this is what they are. In debug mode Ink writes whole pictures and nothing else.
    const streams = { stdout: isWhole ? canvas(stdout, wantsAscii(io.env) ? inAscii : undefined) : inline(stdout), stdin } as unknown as Required<Pick<RenderOptions, 'stdout' | 'stdin'>>;
    const live = drawn({ shown: pictures, first: state.value });
    const picture = render(
      <ThemeContext value={theme}><Live drawn={live} controls={controls} onPress={press} history={history} isEntering={() => state.value.ui.entry !== undefined} /></ThemeContext>,
      { ...streams, exitOnCtrlC: false, patchConsole: false, debug: isWhole, isScreenReaderEnabled: false },
    );
    // A picture that cannot be drawn is a fault of the program, which ends it like any other.
    void picture.waitUntilExit();
    return { erase: () => picture.rerender(null), unmount: () => picture.unmount() };
  };
  const terminal = takeTerminal(mount, io, { alternate: isWhole });
  const log = (line: string): void => put({ type: 'log', line: io.redact(line) });
  const loud = quietTerminal(log);
  // While its edge is drawn a terminal tells of a hundred sizes a second.
  const resizing = fromEvent(stdout, 'resize').pipe(throttleTime(FRAME, asyncScheduler, { leading: true, trailing: true })).subscribe({
    next: () => {
      put({ type: 'size', size: size() });
      if (isWhole) terminal.redraw();
    },
    error: (error: unknown) => { throw error; },
  });
  const clockwork = setInterval(() => put({ type: 'tick', at: now() }), TICK);

  const close = (): void => {
    clearInterval(clockwork);
    resizing.unsubscribe();
    io.force.removeEventListener('abort', close);
    terminal.close();
    loud();
  };
  io.force.addEventListener('abort', close);

  return {
    show: (event) => {
      const before = state.value.view;
      put({ type: 'event', event });
      for (const line of left(before, event)) history.next(historyText(line, theme));
    },
    log,
    close,
  };
}

/** A line of the conversation as it stays in the terminal. */
export function historyText({ who, at, text, cut, quiet }: HistoryLine, { tones, symbols }: Theme): string {
  const name = who === 'program' ? '' : painted(tones[who], who.padEnd(6));
  const end = cut === undefined ? '' : painted(tones.cut, ` ${symbols.cut} ${cut}`);
  return `${painted(tones.quiet, clock(at))}  ${name}${who === 'program' ? painted(tones.quiet, text) : text}${end}${quiet === undefined ? '' : painted(tones.quiet, `  ${quiet}`)}\n`;
}
