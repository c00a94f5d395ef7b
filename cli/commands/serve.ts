import { concat, EMPTY, lastValueFrom, of, tap } from 'rxjs';
import type { Observable } from 'rxjs';
import type { ServerSettings } from '../../src/config/settings.js';
import { serve as serveClients } from '../../src/server.js';
import { listenTcp } from '../../src/transports/tcp.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { screen } from '../screen.js';
import type { AppEvent } from '../views/app-event.js';
import { openBindWarning, serverOptions, tcpOptions, tryPorts } from './conversation.js';
import { stopped, whilePrepared } from './life.js';
import { prepare } from './prepare.js';

/** The server half: loads the models, binds the ports, and answers one client after the other until it is asked to stop. */
export async function serve(settings: ServerSettings, io: Io): Promise<number> {
  const stop = stopped(io.signal);
  const caution = openBindWarning(settings);
  await tryPorts(tcpOptions(settings));
  const cautions: Observable<AppEvent> = caution === undefined ? EMPTY : of({ type: 'warning', code: 'open-bind', message: caution, at: Date.now() });

  const serving = prepare(settings, io, stop).pipe(
    whilePrepared((engines) => serveClients({ doors: listenTcp(tcpOptions(settings)), engines, ...serverOptions(settings), drain: stop })),
  );
  await lastValueFrom(concat(cautions, serving).pipe(tap(screen(settings, io))), { defaultValue: undefined });
  return exitCodes.ok;
}
