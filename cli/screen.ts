import type { ServerSettings } from '../src/config/settings.js';
import { SpeechError } from '../src/errors.js';
import { eventLog } from './event-log.js';
import type { Io } from './io.js';
import { json } from './json.js';
import type { Controls, Place } from './keys.js';
import { openLog } from './log.js';
import type { LogSettings } from './log.js';
import { plain } from './plain.js';
import type { Redactor } from './redact.js';
import type { AppEvent } from './views/app-event.js';

type ScreenSettings = LogSettings & Pick<ServerSettings, 'ui'> & Partial<Pick<ServerSettings, 'color'>>;

/** Shows events until it is closed; what is shown after that is printed in lines. */
export interface Screen {
  readonly show: (event: AppEvent) => void;
  readonly close: () => void;
}

export interface ScreenOptions {
  readonly place: Place;
  /** What keys can have done here. */
  readonly controls?: Omit<Controls, 'quit' | 'suspend' | 'redraw'>;
  /** Probability from which a frame counts as speech, where it is known. */
  readonly threshold?: number;
  /** The time (clock time in ms) that is shown. @default that of the clock */
  readonly now?: () => number;
}

/** The renderer that `--ui auto` stands for: a dashboard on a terminal that is one for a person, lines elsewhere. */
export function settledUi<S extends Pick<ServerSettings, 'ui'>>(settings: S, { stdin, stdout, env }: Pick<Io, 'stdin' | 'stdout' | 'env'>): S {
  const isTerminal = stdout.isTTY === true && stdin.isTTY === true;
  if (settings.ui === 'tui' && !isTerminal) {
    throw new SpeechError('--ui tui needs a terminal, and this is none.', { kind: 'config', code: 'no-terminal', hint: 'Use --ui plain for a line per event, or --ui json for programs.' });
  }
  if (settings.ui !== 'auto') return settings;
  // Lines of what is final are what a screen reader reads best; Ink's own variable says that there is one.
  const isForPeople = isTerminal && (env['CI'] ?? '') === '' && env['TERM'] !== 'dumb' && env['INK_SCREEN_READER'] !== 'true';
  return { ...settings, ui: isForPeople ? 'tui' : 'plain' };
}

/**
 * Opens what `--ui` asks for, with `auto` taken for plain lines (see `settledUi`). A dashboard has the terminal for itself until it is closed: the log
 * goes into its file, or to where `l` shows it.
 *
 * @throws SpeechError of kind `config` when the log file cannot be opened.
 */
export async function openScreen(settings: ScreenSettings, io: Io, { place, controls = {}, threshold, now = Date.now }: ScreenOptions): Promise<Screen> {
  if (settings.ui !== 'tui') return { show: screen(settings, io), close: () => undefined };
  // Without this React is its development build, which takes twice the time and keeps a record of all it draws.
  process.env['NODE_ENV'] ??= 'production';
  // Late: it takes a third of a second to load.
  const { openDashboard } = await import('./dashboards/open-dashboard.js');
  const { cacheRows } = await import('./dashboards/row-cache.js');
  await cacheRows();
  let after: ((event: AppEvent) => void) | undefined;
  const early: string[] = [];
  let write = (line: string): void => void early.push(line);
  const note = eventLog(openLog(settings, io, (line) => write(line)), settings);
  const dashboard = openDashboard(place, { io, colour: settings.color ?? 'auto', controls, threshold, now });
  write = (line) => dashboard.log(line);
  early.forEach((line) => dashboard.log(line));
  return {
    show: (event) => {
      if (after !== undefined) {
        after(event);
        return;
      }
      const clean = redacted(event, io);
      dashboard.show(clean);
      note(clean);
    },
    close: () => {
      dashboard.close();
      after ??= plain(io, settings.color);
    },
  };
}

/**
 * Shows and logs each event it is given: what `--ui` asks for on stdout, the log on stderr or in its file. What the plain
 * screen prints is not repeated on the same terminal's stderr, and `--ui none` leaves stderr to what goes wrong; a log file
 * `--log_level debug` and transcripts that are asked for get everything.
 *
 * @throws SpeechError of kind `config` when the log file cannot be opened.
 */
export function screen(settings: ScreenSettings, io: Io): (event: AppEvent) => void {
  const draw = drawer(settings, io);
  const note = noter(settings, io);
  return (event) => {
    draw(event);
    note(event);
  };
}

function noter(settings: ScreenSettings, io: Io): (event: AppEvent) => void {
  const { ui, logLevel, logFile, logTranscripts = false } = settings;
  if (logFile !== undefined || logLevel === 'debug' || ui === 'json' || (ui === 'none' && logTranscripts)) return eventLog(openLog(settings, io), settings);
  if (ui !== 'none') return () => undefined;
  return eventLog(openLog({ logFile, logLevel: logLevel === 'info' ? 'warning' : logLevel }, io));
}

function drawer({ ui, color }: ScreenSettings, io: Io): (event: AppEvent) => void {
  switch (ui) {
    case 'none':
      return () => undefined;
    case 'json':
      return json(io);
    case 'auto':
    case 'tui':
    case 'plain':
      return plain(io, color);
  }
}

/** A value without secrets in any text of it: on a screen, words are cut and broken, and could not be recognised any more. */
function redacted<T>(value: T, io: Redactor, redact = io.redact): T {
  if (typeof value === 'string') return redact(value) as T;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => redacted(one, io)) as T;
  const within = 'type' in value && value.type === 'reply.text' ? io.redactPiece : io.redact;
  return Object.fromEntries(Object.entries(value).map(([name, one]: [string, unknown]) => [name, redacted(one, io, within)])) as T;
}
