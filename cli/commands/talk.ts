import { BehaviorSubject, catchError, concat, connect, defer, endWith, filter, identity, ignoreElements, lastValueFrom, map, merge, NEVER, of, shareReplay, Subject, switchMap, take, takeUntil, takeWhile, tap } from 'rxjs';
import type { Observable } from 'rxjs';
import type { MicSource, SpeakerSink } from '../../src/audio/devices.js';
import { wavSpeaker } from '../../src/audio/files.js';
import { silentMicrophone } from '../../src/audio/synthetic.js';
import { listenAndPlay, type Cut, type ListenAndPlayOptions } from '../../src/client.js';
import type { LoadedSettings } from '../../src/config/load.js';
import type { TalkSettings } from '../../src/config/settings.js';
import { flite } from '../../src/engines/tts/flite.js';
import { SpeechError } from '../../src/errors.js';
import { serve, type ServerOptions } from '../../src/server.js';
import type { Address, DoorNews } from '../../src/transports/connection.js';
import type { Command } from '../../src/transports/events/commands.js';
import { listenTcp, type TcpOptions } from '../../src/transports/tcp.js';
import { exitCodes } from '../exit.js';
import { Stopped, type Io } from '../io.js';
import { openScreen, settledUi } from '../screen.js';
import { newSyntheticUser, QUESTIONS, shortcoming } from '../synthetic-user.js';
import type { AppEvent } from '../views/app-event.js';
import { ears, mouth, type Ears } from './audio.js';
import { againstEcho, cutsIn, hushing } from './barge-in.js';
import { beside } from './beside.js';
import { activity, openBindWarning, quietFor, serverOptions, steered, steering, tcpOptions, tryPorts, withHealth } from './conversation.js';
import { declared } from './declared.js';
import { during, stopped, whilePrepared } from './life.js';
import { liveDevices, type LiveDevices } from './live-devices.js';
import { withLiveSettings } from './live-settings.js';
import { prepare } from './prepare.js';
import { microphoneKeys, pushable } from './push-to-talk.js';
import { recording as recordingOf } from './recording.js';
import { toViewers } from './viewers.js';

type Origins = LoadedSettings<'talk'>['origins'];

/** Who speaks: a person at a microphone, a recording, or the synthetic user. */
interface Talker {
  readonly microphone: MicSource;
  readonly speaker: SpeakerSink;
  /** Whether it is a person, who may interrupt. */
  readonly live: boolean;
  /** Completes when the talk is over; emits what the user is to be told. Reads the events of both halves. */
  readonly lead: (events: Observable<AppEvent>, active: Observable<boolean>) => Observable<AppEvent>;
  /** What went wrong, in the end. */
  readonly complaints: () => readonly string[];
}

/** Quiet (ms) at the end of a recording, after which nothing more is expected. */
const AFTER_RECORDING = 4_000;

/** Server and client in one terminal, joined by two real TCP ports on loopback. */
export async function talk(asked: TalkSettings, io: Io, origins: Origins): Promise<number> {
  const settings = settledUi(asked, io);
  const stop = stopped(io.signal);
  const caution = openBindWarning(settings);
  const recorded = recordingOf(settings, io);

  // What can be refused is refused before anything is fetched or loaded.
  const { tools, news } = declared(settings, io);
  pushable(settings);
  const recordingEnded = new Subject<void>();
  const devices = settings.ui === 'tui' && !settings.synthetic ? liveDevices(settings) : undefined;
  const hearing = await ears(settings, () => recordingEnded.next(), devices);
  const ports = tcpOptions(settings);
  const chosen = [origins.recvPort, origins.sendPort].some(({ from }) => from !== 'default');
  if (chosen) await tryPorts(ports);

  const commands = new Subject<Command>();
  const viewed = toViewers(settings, io, commands);
  const muted = new BehaviorSubject(settings.pushToTalk);
  const { change, ...steer } = steering(commands);
  const hushed = new Subject<Cut>();
  const { show, close } = await openScreen(settings, io, {
    place: 'client', threshold: settings.thresh,
    controls: {
      ...microphoneKeys(settings, muted, hushing(steer, hushed)), ...recorded.controls,
      change: (name, value) => {
        if (devices?.choose(name, value) !== true) change?.(name, value);
      },
      ...(devices && { refresh: devices.refresh }),
    },
  });
  if (caution !== undefined) show(warning(caution));
  news.forEach(show);
  let complain: Talker['complaints'] = () => [];
  const events = prepare(settings, io, stop).pipe(
    whilePrepared((engines, files) => talker(settings, hearing, recordingEnded, io, show, devices).pipe(
      during((made) => {
        complain = made.complaints;
        const bargeIn = settings.bargeIn === 'on' || (settings.bargeIn === 'auto' && made.live);
        return withLiveSettings(settings, commands, { engines, files, interruptible: bargeIn }, (live) => conversation(
          made, settings, { doors: chosen ? listenTcp(ports) : listenAnywhere(ports), engines: live.engines, ...serverOptions(settings, tools, live.changes), bargeIn, ...recorded.options, ...steered(commands) }, { muted, hushed },
        ));
      }),
    )),
    takeUntil(stop),
  );
  await lastValueFrom(events.pipe(withHealth(settings), recorded.beside, viewed, devices === undefined ? identity : beside<AppEvent>(devices.news), tap(show)), { defaultValue: undefined }).finally(close);
  recorded.left.forEach(show);
  // Also where it was stopped before its end: what was not answered is no success.
  const complaints = complain();
  complaints.map(warning).forEach(show);
  if (complaints.length === 0) return exitCodes.ok;
  return io.signal.reason instanceof Stopped && io.signal.reason.by === 'SIGINT' ? exitCodes.interrupted : exitCodes.error;
}

/** Finds out who is to speak, and tells where that is not what was to be expected. Lives as long as it is subscribed. */
function talker(settings: TalkSettings, { microphone, note }: Ears, recordingEnded: Observable<void>, io: Io, show: (event: AppEvent) => void, devices: LiveDevices | undefined): Observable<Talker> {
  if (settings.mic !== undefined && microphone !== undefined) return recording(microphone, recordingEnded, settings, show, devices);
  if (settings.synthetic) {
    show(notice('A synthetic user asks three questions, as asked for.'));
    return syntheticTalker(settings);
  }
  if (microphone === undefined && settings.ui === 'tui') {
    show(notice(`There is no microphone here: press t and type. ${note ?? ''}`.trim()));
    return person(silentMicrophone(), settings, show, devices);
  }
  if (microphone === undefined) {
    show(notice(`There is no microphone here: a synthetic user asks three questions. To talk yourself: ${note ?? 'give a recording with --mic FILE.wav.'}`));
    return syntheticTalker(settings);
  }
  if (io.stdout.isTTY !== true && io.stdin.isTTY !== true) {
    show(notice('This is no terminal: a synthetic user asks three questions. To talk yourself: start it in a terminal, or give a recording with --mic FILE.wav.'));
    return syntheticTalker(settings);
  }
  return person(microphone, settings, show, devices);
}

function person(microphone: MicSource, settings: TalkSettings, show: (event: AppEvent) => void, devices: LiveDevices | undefined): Observable<Talker> {
  return listener(settings, show, devices).pipe(map((speaker) => ({ microphone, speaker, live: true, lead: () => NEVER, complaints: () => [] })));
}

function recording(microphone: MicSource, ended: Observable<void>, settings: TalkSettings, show: (event: AppEvent) => void, devices: LiveDevices | undefined): Observable<Talker> {
  let answers = 0;
  const failures: string[] = [];
  const note = (event: AppEvent): void => {
    if (event.type === 'reply.done') answers += 1;
    if (event.type === 'failed') failures.push(event.message);
  };
  return listener(settings, show, devices).pipe(map((speaker) => ({
    microphone,
    speaker,
    live: false,
    lead: (events, active) => events.pipe(
      tap(note),
      ignoreElements(),
      takeUntil(ended.pipe(take(1), switchMap(() => quietFor(AFTER_RECORDING, active)))),
    ),
    complaints: () => (answers === 0 ? ['The recording was not answered.', ...failures] : failures),
  })));
}

function syntheticTalker(settings: TalkSettings): Observable<Talker> {
  const replies = settings.speaker ?? settings.replyWav;
  // A voice that differs from the agent's.
  const voice = flite({ voice: [settings.tts].flat().includes('flite') && settings.voice === 'rms' ? 'slt' : 'rms' });
  return voice.pipe(
    switchMap((tts) => newSyntheticUser(tts)),
    map((user) => ({
      microphone: user.microphone,
      speaker: wavSpeaker(replies),
      live: false,
      lead: (events, active) => concat(
        events.pipe(filter((event) => event.type === 'listening'), take(1), switchMap(() => user.converse(events, active)), map((asked) => notice(`the synthetic user asks: "${asked}"`))),
        defer(() => {
          const good = user.rounds.filter((round) => shortcoming(round) === undefined).length;
          return of(notice(`${good} of ${user.rounds.length} questions were heard and answered; the replies are in ${replies}`));
        }),
      ),
      complaints: () => QUESTIONS.flatMap((asked, index) => {
        const round = user.rounds[index];
        const wrong = round === undefined ? 'it was not asked' : shortcoming(round);
        return wrong === undefined ? [] : [`"${asked}": ${wrong}`];
      }),
    })),
  );
}

function listener(settings: TalkSettings, show: (event: AppEvent) => void, devices: LiveDevices | undefined): Observable<SpeakerSink> {
  return defer(() => of(mouth(settings, devices))).pipe(map(({ speaker, note }) => {
    if (note !== undefined) show(warning(note));
    return speaker;
  }));
}

/** Both halves, joined by TCP, until the talker has had enough. */
function conversation({ microphone, speaker, lead }: Talker, settings: TalkSettings, options: ServerOptions & { readonly bargeIn: boolean }, { muted, hushed }: { readonly muted: Observable<boolean>; readonly hushed: Observable<Cut> }): Observable<AppEvent> {
  const { bargeIn } = options;
  const both: Observable<AppEvent> = serve(options).pipe(
    connect((server) => merge(server, server.pipe(
      filter((event) => event.type === 'serving'),
      switchMap(async ({ recv, send }) => client(recv, send, { mic: microphone, speaker, muted, fullDuplex: bargeIn, cuts: merge(cutsIn(server), hushed), ...(bargeIn && await againstEcho(settings)) })),
      switchMap((heard) => heard),
    ))),
  );
  return both.pipe(
    connect((events) => {
      const active = activity(events).pipe(shareReplay({ bufferSize: 1, refCount: true }));
      return merge(events, active.pipe(ignoreElements()), lead(events, active).pipe(endWith(undefined)));
    }),
    takeWhile((event) => event !== undefined),
  );
}

const ours: ReadonlySet<AppEvent['type']> = new Set(['playing', 'muted', 'cut', 'device', 'echo', 'guard', 'underrun', 'warning', 'levels', 'traffic']);

/** The client, of which the server does not tell already: what is played and how, and what failed. */
function client(recv: Address, send: Address, ends: Pick<ListenAndPlayOptions, 'mic' | 'speaker' | 'fullDuplex' | 'muted' | 'cuts' | 'echoCanceller'>): Observable<AppEvent> {
  const host = recv.host === '0.0.0.0' || recv.host === '::' ? 'localhost' : recv.host;
  return listenAndPlay({ host, sendPort: recv.port, recvPort: send.port, ...ends }).pipe(
    filter(({ type }) => ours.has(type)),
  );
}

/** The default ports give way to free ones where they are taken. */
function listenAnywhere(ports: TcpOptions): Observable<DoorNews> {
  return listenTcp(ports).pipe(
    catchError((error: unknown) => {
      if (error instanceof SpeechError && error.code === 'port-in-use') return listenTcp({ ...ports, recvPort: 0, sendPort: 0 });
      throw error;
    }),
  );
}

function notice(message: string): AppEvent {
  return { type: 'notice', message, at: Date.now() };
}

function warning(message: string): AppEvent {
  return { type: 'warning', code: 'talk', message, at: Date.now() };
}
