import { distinctUntilChanged, EMPTY, filter, firstValueFrom, map, scan, startWith, switchMap, take, timer } from 'rxjs';
import type { MonoTypeOperatorFunction, Observable, Observer, Subject } from 'rxjs';
import type { ServerSettings } from '../../src/config/settings.js';
import { chooseEngines, type EngineSettings } from '../../src/engines/choose-engines.js';
import { SpeechError } from '../../src/errors.js';
import type { ServerOptions } from '../../src/server.js';
import type { SessionChange, SessionOptions } from '../../src/session-options.js';
import type { Tool } from '../../src/tools.js';
import type { Command } from '../../src/transports/events/commands.js';
import { listenTcp, type TcpOptions } from '../../src/transports/tcp.js';
import { health } from '../health.js';
import type { Controls } from '../keys.js';
import type { AppEvent } from '../views/app-event.js';
import { serverListens } from './barge-in.js';
import { beside } from './beside.js';

/** What a session is told by the settings of a server. */
export function sessionOptions(settings: ServerSettings, tools: readonly Tool[] = []): SessionOptions {
  const { thresh, minSilenceMs, minSpeechMs, maxSpeechMs, speechPadMs } = settings;
  return {
    system: settings.initChatPrompt,
    tools,
    chatSize: settings.chatSize,
    chatTokens: settings.chatTokens,
    ...(settings.pace === undefined ? {} : { lead: settings.pace }),
    language: settings.language === 'auto' ? 'en' : settings.language,
    // Answers that are thrown away are free only where the model is our own.
    speculate: settings.speculate === 'on' || (settings.speculate === 'auto' && isOwnModel(settings)),
    speech: {
      threshold: thresh,
      minSpeech: minSpeechMs,
      maxSpeech: maxSpeechMs,
      preRoll: speechPadMs,
      ...(minSilenceMs === undefined ? {} : { minSilence: minSilenceMs }),
    },
  };
}

function isOwnModel(settings: ServerSettings): boolean {
  const { engines, others } = chooseEngines(engineSettings(settings));
  return engines.llm === 'embedded' && others.llm.length === 0;
}

/** The part of a server's settings that engines are chosen by. */
export function engineSettings(settings: ServerSettings): EngineSettings {
  const { responsesApiApiKey: apiKey, responsesApiBaseUrl: baseUrl, responsesApiStream: stream } = settings;
  return { ...settings, apiKey, baseUrl, stream, tools: settings.tools !== undefined };
}

/** What a server is told by its settings, but for its engines and doors. */
export function serverOptions(settings: ServerSettings, tools: readonly Tool[] = [], changes?: Observable<SessionChange>): Pick<ServerOptions, 'session' | 'levels' | 'bargeIn' | 'watchdog' | 'chunkSize' | 'idleTimeout' | 'drainTimeout'> {
  return {
    session: { ...sessionOptions(settings, tools), ...(changes && { changes }) },
    levels: isWatched(settings),
    bargeIn: serverListens(settings),
    watchdog: settings.watchdogS * 1_000,
    chunkSize: settings.chunkSize,
    idleTimeout: settings.idleTimeout * 1_000,
    drainTimeout: settings.drainTimeout * 1_000,
  };
}

/** What commands do to a server. */
export function steered(commands: Observable<Command>): Pick<ServerOptions, 'cancel' | 'typed'> {
  return { cancel: commands.pipe(filter((command) => command.type === 'cancel')), typed: commands.pipe(filter((command) => command.type === 'ask')) };
}

/** The same commands, as keys give them. */
export function steering(commands: Observer<Command>): Pick<Controls, 'stop' | 'ask' | 'change'> {
  const to = (session: number | undefined) => (session === undefined ? {} : { session });
  return {
    stop: (session) => commands.next({ type: 'cancel', ...to(session) }),
    ask: (text, session) => commands.next({ type: 'ask', text, ...to(session) }),
    change: (name, value) => commands.next({ type: 'set', name, value }),
  };
}

/** Whether somebody sees what changes all the time: elsewhere it is not told. */
const isWatched = ({ ui, eventsPort, record }: ServerSettings): boolean => ui === 'tui' || ui === 'json' || eventsPort !== undefined || record !== undefined;

/** Tells beside all else how the program does, where somebody sees it. */
export function withHealth(settings: ServerSettings): MonoTypeOperatorFunction<AppEvent> {
  return (events) => (isWatched(settings) ? events.pipe(beside<AppEvent>(health())) : events);
}

/** The same keys for a server elsewhere, which can be away, or tell of no session. */
export function steeringAfar(commands: Subject<Command>, show: (event: AppEvent) => void): Required<Pick<Controls, 'stop' | 'ask' | 'change'>> {
  const nobody = (why: string): void => show({ type: 'warning', code: 'nobody-asked', message: `That reached nobody: ${why}.`, at: Date.now() });
  const send = (session: number | undefined, command: Extract<Command, { type: 'cancel' | 'ask' }>): void => {
    if (session !== undefined && commands.observed) commands.next({ ...command, session });
    else nobody('the server does not tell of a session on its events port');
  };
  return {
    stop: (session) => send(session, { type: 'cancel' }),
    ask: (text, session) => send(session, { type: 'ask', text }),
    change: (name, value) => {
      if (commands.observed) commands.next({ type: 'set', name, value });
      else nobody('there is no way to the server');
    },
  };
}

export function tcpOptions({ recvHost, recvPort, sendHost, sendPort, pairTimeout, maxSessions, allow }: ServerSettings): TcpOptions {
  return { recvHost, recvPort, sendHost, sendPort, maxSessions, pairTimeout: pairTimeout * 1_000, ...allowed({ allow }) };
}

/** Who may connect, as the transports take it. */
export function allowed({ allow }: Pick<ServerSettings, 'allow'>): { readonly allow?: readonly string[] } {
  return allow === undefined ? {} : { allow: allow.split(',') };
}

/** Binds the ports and lets them go again, so that one that is taken is told of before minutes of fetching and loading. */
export async function tryPorts(options: TcpOptions): Promise<void> {
  await firstValueFrom(listenTcp(options), { defaultValue: undefined });
}

/**
 * The plain words of caution for a bind that others can reach; undefined for loopback.
 *
 * @throws SpeechError of kind `config` where such a bind is not wanted.
 */
export function openBindWarning({ recvHost, sendHost, eventsHost, eventsPort, allow, requireSecure }: ServerSettings): string | undefined {
  const beyond = (host: string): boolean => !/^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(host);
  const audio = [recvHost, sendHost].filter(beyond);
  const events = eventsPort === undefined ? [] : [eventsHost].filter(beyond);
  const open = [...new Set([...audio, ...events])];
  if (open.length === 0) return undefined;
  if (allow !== undefined) return `${allow} can reach ${open.join(' and ')}: nothing is encrypted. Use it only on a network you trust.`;
  if (requireSecure) {
    throw new SpeechError(`--require_secure does not let ${open.join(' and ')} be reached by everybody.`, {
      kind: 'config', code: 'insecure-bind', hint: 'Say who may connect with --allow, or bind to localhost and tunnel the ports (ssh -L).',
    });
  }
  const can = [...(audio.length === 0 ? [] : ['can speak to the model and hears its answers']), ...(events.length === 0 ? [] : ['reads all that is said'])];
  return `Others can reach ${open.join(' and ')}: whoever connects ${can.join(', and ')}, and nothing is encrypted. Use it only on a network you trust, or say with --allow who may connect.`;
}

/** Whether somebody speaks, an answer is owed or something is being played; from the events of both halves. */
export function activity(events: Observable<AppEvent>): Observable<boolean> {
  return events.pipe(
    scan(busy, { turn: undefined, playing: false }),
    map(({ turn, playing }) => turn !== undefined || playing),
    startWith(false),
    distinctUntilChanged(),
  );
}

/** Emits once, when there has been no activity for `ms`. */
export function quietFor(ms: number, active: Observable<boolean>): Observable<unknown> {
  return active.pipe(switchMap((isActive) => (isActive ? EMPTY : timer(ms))), take(1));
}

interface Activity { readonly turn: number | undefined; readonly playing: boolean }

function busy(activity: Activity, event: AppEvent): Activity {
  switch (event.type) {
    case 'playing':
      return { ...activity, playing: event.playing };
    case 'typed':
    case 'speech.started':
      return { ...activity, turn: event.turn };
    case 'speech.stopped':
      return event.accepted ? activity : { ...activity, turn: undefined };
    case 'reply.done':
    case 'cancelled':
      return { ...activity, turn: undefined };
    case 'failed':
      return 'turn' in event ? { ...activity, turn: undefined } : activity;
    default:
      return activity;
  }
}
