import { concat, EMPTY, lastValueFrom, of, Subject, tap } from 'rxjs';
import type { Observable } from 'rxjs';
import type { ServerSettings } from '../../src/config/settings.js';
import { serve as serveClients } from '../../src/server.js';
import type { Command } from '../../src/transports/events/commands.js';
import { listenTcp } from '../../src/transports/tcp.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { openScreen, settledUi } from '../screen.js';
import type { AppEvent } from '../views/app-event.js';
import { serverListens } from './barge-in.js';
import { openBindWarning, serverOptions, steered, steering, tcpOptions, tryPorts, withHealth } from './conversation.js';
import { declared } from './declared.js';
import { stopped, whilePrepared } from './life.js';
import { withLiveSettings } from './live-settings.js';
import { prepare } from './prepare.js';
import { recording } from './recording.js';
import { toViewers } from './viewers.js';

/** The server half: loads the models, binds the ports, and answers one client after the other until it is asked to stop. */
export async function serve(asked: ServerSettings, io: Io): Promise<number> {
  const settings = settledUi(asked, io);
  const stop = stopped(io.signal);
  const caution = openBindWarning(settings);
  const recorded = recording(settings, io);
  const { tools, news } = declared(settings, io);
  await tryPorts(tcpOptions(settings));
  const cautions: Observable<AppEvent> = caution === undefined ? EMPTY : of({ type: 'warning', code: 'open-bind', message: caution, at: Date.now() });

  const commands = new Subject<Command>();
  const viewed = toViewers(settings, io, commands);
  const { show, close } = await openScreen(settings, io, {
    place: 'server', threshold: settings.thresh, controls: { ...steering(commands), ...recorded.controls },
  });
  const serving = prepare(settings, io, stop).pipe(
    whilePrepared((engines, files) => withLiveSettings(settings, commands, { engines, files, interruptible: serverListens(settings) }, (live) => serveClients({
      doors: listenTcp(tcpOptions(settings)), engines: live.engines, ...serverOptions(settings, tools, live.changes), ...recorded.options, ...steered(commands), drain: stop,
    }))),
  );
  await lastValueFrom(concat(cautions, news, serving).pipe(withHealth(settings), recorded.beside, viewed, tap(show)), { defaultValue: undefined }).finally(close);
  recorded.left.forEach(show);
  return exitCodes.ok;
}
