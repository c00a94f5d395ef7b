import type { ServerSettings } from '../src/config/settings.js';
import { eventLog } from './event-log.js';
import type { Io } from './io.js';
import { json } from './json.js';
import { openLog } from './log.js';
import type { LogSettings } from './log.js';
import { plain } from './plain.js';
import type { AppEvent } from './views/app-event.js';

type ScreenSettings = LogSettings & Pick<ServerSettings, 'ui'>;

/**
 * Shows and logs each event it is given: what `--ui` asks for on stdout, the log on stderr or in its file. What the plain
 * screen prints is not repeated on the same terminal's stderr, and `--ui none` leaves stderr to what goes wrong; a log file
 * `--log_level debug` and transcripts that are asked for get everything.
 *
 * @throws SpeechError of kind `config` when the log file cannot be opened.
 */
export function screen(settings: ScreenSettings, io: Io): (event: AppEvent) => void {
  const draw = drawer(settings.ui, io);
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

function drawer(ui: ServerSettings['ui'], io: Io): (event: AppEvent) => void {
  switch (ui) {
    case 'none':
      return () => undefined;
    case 'json':
      return json(io);
    case 'auto':
    case 'plain':
      return plain(io);
  }
}
