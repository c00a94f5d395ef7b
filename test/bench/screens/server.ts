// The built server with its dashboard and its events port, but with engines that take no effort: what is left is what the screen and the wire cost.
import { concatMap, from, lastValueFrom, map, of, Subject, tap, timer } from 'rxjs';
import { serverOptions, steered, steering, tcpOptions, withHealth } from '../../../dist/cli/commands/conversation.js';
import { stopped } from '../../../dist/cli/commands/life.js';
import { toViewers } from '../../../dist/cli/commands/viewers.js';
import { runAsProcess } from '../../../dist/cli/run-as-process.js';
import { openScreen, settledUi } from '../../../dist/cli/screen.js';
import { loadSettings } from '../../../dist/src/config/load.js';
import type { Engines } from '../../../dist/src/engines.js';
import { serve } from '../../../dist/src/server.js';
import type { Command } from '../../../dist/src/transports/events/commands.js';
import { listenTcp } from '../../../dist/src/transports/tcp.js';

const LOUD = 1_000;
const WORDS = ['That is ', 'a good ', 'question. ', 'The answer ', 'takes a while ', 'to be told.'];

/** Probabilities that are never twice the same, as those of a real VAD: each of them is to be drawn. */
const engines: Engines = {
  vad: () => (frame) => {
    const rms = Math.sqrt(frame.reduce((sum, sample) => sum + sample * sample, 0) / frame.length);
    return rms > LOUD ? 0.9 + 0.09 * Math.random() : 0.3 * Math.random();
  },
  stt: () => of({ text: 'What is the answer, and how long does it take?', final: true }),
  llm: () => from(WORDS).pipe(concatMap((word) => timer(40).pipe(map(() => word)))),
  tts: (text) => timer(300).pipe(map(() => Int16Array.from({ length: text.length * 800 }, (_, n) => 6_000 * Math.sin(n / 6) * Math.sin(n / 3_000)))),
};

await runAsProcess(async (io) => {
  const settings = settledUi(loadSettings('serve', process.argv.slice(2), io.env, () => '{}').settings, io);
  const commands = new Subject<Command>();
  const { show, close } = await openScreen(settings, io, { place: 'server', threshold: settings.thresh, controls: steering(commands) });
  const events = serve({ doors: listenTcp(tcpOptions(settings)), engines, ...serverOptions(settings), ...steered(commands), drain: stopped(io.signal) });
  await lastValueFrom(events.pipe(withHealth(settings), toViewers(settings, io, commands), tap(show)), { defaultValue: undefined }).finally(close);
  return 0;
});
