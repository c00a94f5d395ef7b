import type { ServerSettings } from '../src/config/settings.js';
import type { Io } from './io.js';
import { json } from './json.js';
import { plain } from './plain.js';
import type { AppEvent } from './views/app-event.js';

/** What `--ui` asks for: draws each event it is given. */
export function screen(ui: ServerSettings['ui'], io: Io): (event: AppEvent) => void {
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
