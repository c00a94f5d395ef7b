import { BehaviorSubject, combineLatest, connect, EMPTY, filter, identity, lastValueFrom, merge, race, scan, startWith, Subject, switchMap, takeUntil, tap, timer } from 'rxjs';
import type { Observable } from 'rxjs';
import { listenAndPlay } from '../../src/client.js';
import type { ClientEvent, Cut } from '../../src/client.js';
import type { ClientSettings } from '../../src/config/settings.js';
import type { Command } from '../../src/transports/events/commands.js';
import { exitCodes } from '../exit.js';
import type { Io } from '../io.js';
import { openScreen, settledUi } from '../screen.js';
import type { AppEvent } from '../views/app-event.js';
import { ears, mouth, noMicrophone } from './audio.js';
import { againstEcho, cutsIn, hushing, mayInterrupt } from './barge-in.js';
import { beside } from './beside.js';
import { steeringAfar } from './conversation.js';
import { eventsToken } from './events-token.js';
import { stopped } from './life.js';
import { liveDevices } from './live-devices.js';
import { microphoneKeys, pushable } from './push-to-talk.js';
import { serverView } from './server-view.js';

/** Quiet (ms) after an answer to a recording, after which nothing more is expected of it. */
const AFTER_ANSWER = 8_000;
/** The longest wait (ms) for an answer to a recording. */
const FOR_ANSWER = 60_000;

/** The client half: microphone and speaker, joined to a server by its two ports. */
export async function listenAndPlayCommand(asked: ClientSettings, io: Io): Promise<number> {
  const settings = settledUi(asked, io);
  pushable(settings);
  const recordingEnded = new Subject<void>();
  const devices = settings.ui === 'tui' ? liveDevices(settings) : undefined;
  const { microphone, note } = await ears(settings, () => recordingEnded.next(), devices);
  if (microphone === undefined) throw noMicrophone(note);
  const output = mouth(settings, devices);
  const muted = new BehaviorSubject(settings.pushToTalk);
  const token = eventsToken(settings, io);
  const commands = new Subject<Command>();
  const hushed = new Subject<Cut>();
  const reconnectNow = new Subject<void>();
  // What holds for all sessions of a server is changed there, and not by one client.
  const { change: _, ...steer } = steeringAfar(commands, (event) => show(event));
  const { show, close } = await openScreen(settings, io, {
    place: 'client',
    controls: {
      reconnect: () => reconnectNow.next(),
      ...(devices && { change: devices.choose, refresh: devices.refresh }),
      ...microphoneKeys(settings, muted, token === undefined ? {} : hushing(steer, hushed)),
    },
  });
  if (output.note !== undefined) show({ type: 'warning', code: 'no-speaker', message: output.note, at: Date.now() });

  const seen = { answer: false };
  /** What the server tells of this client's session, and the client of its line. */
  const told = new Subject<AppEvent>();
  const conversation = listenAndPlay({
    host: settings.host,
    sendPort: settings.sendPort,
    recvPort: settings.recvPort,
    blockFrames: settings.listPlayChunkSize,
    sendRate: settings.sendRate,
    recvRate: settings.recvRate,
    mic: microphone,
    speaker: output.speaker,
    fullDuplex: mayInterrupt(settings.bargeIn, told),
    cuts: merge(cutsIn(told), hushed),
    reconnectNow,
    ...await againstEcho(settings),
    muted,
  }).pipe(
    tap((event) => (seen.answer ||= event.type === 'playing' && event.playing)),
    connect((events) => events.pipe(takeUntil(race(stopped(io.signal), answered(events, recordingEnded))))),
    connect((own) => merge(own, serverView(own, settings, token === undefined ? {} : { commands, token }))),
    devices === undefined ? identity : beside<AppEvent>(devices.news),
  );
  await lastValueFrom(conversation.pipe(tap((event) => told.next(event)), tap(show)), { defaultValue: undefined }).finally(close);
  if (settings.mic === undefined || seen.answer) return exitCodes.ok;
  show({ type: 'warning', code: 'no-answer', message: 'The recording was not answered.', at: Date.now() });
  return exitCodes.error;
}

/** Emits when a recording is over and has been answered, or when there is no answer for too long. */
function answered(events: Observable<ClientEvent>, recordingEnded: Observable<void>): Observable<unknown> {
  const answers = events.pipe(
    filter((event) => event.type === 'playing'),
    scan(({ begun }, { playing }) => ({ begun: begun + Number(playing), playing }), { begun: 0, playing: false }),
    startWith({ begun: 0, playing: false }),
  );
  return combineLatest([recordingEnded, answers]).pipe(
    switchMap(([, { begun, playing }]) => (playing ? EMPTY : timer(begun === 0 ? FOR_ANSWER : AFTER_ANSWER))),
  );
}
