import { sanitise } from '../../src/sanitise.js';
import type { AppEvent } from './app-event.js';
import { decibels, fallenSilent, isCounting as counts, newConversation, noteConversation, QUIET, type ConversationView } from './conversation-view.js';
import { newSettings, noteSettings, type SettingsView } from './settings-view.js';
import { noteCaution, type Caution } from './warnings.js';

/** What a client's screen shows. Times are clock times in ms. */
export interface ClientView {
  /** The clock, as far as what is shown depends on it. */
  readonly now: number;
  readonly link: {
    /** `none` where client and server are one program that is still loading. */
    readonly state: 'none' | 'calling' | 'up' | 'lost';
    readonly where: string | undefined;
    readonly reason: string | undefined;
    readonly retryAt: number | undefined;
    readonly reconnects: number;
  };
  readonly muted: { readonly user: boolean; readonly playback: boolean };
  /** Since when a reply plays, where one does. */
  readonly playing: number | undefined;
  readonly micEnded: boolean;
  /** Devices that are gone, why, and when they are tried again. */
  readonly lost: { readonly [D in 'microphone' | 'speaker']?: { readonly reason: string; readonly retryAt: number } | undefined };
  /** How loud (dBFS) the microphone heard the speaker last, and without that echo. */
  readonly echo: { readonly before: number; readonly after: number } | undefined;
  /** Whether the echo canceller can be relied on; undefined where there is none, or nothing can be interrupted. */
  readonly trusted: boolean | undefined;
  /** dBFS, rounded to 2. */
  readonly mic: number;
  readonly speaker: number;
  readonly traffic: { readonly sent: number; readonly received: number; readonly dropped: number; readonly underruns: number; readonly jitter: number } | undefined;
  /** What the server tells of this conversation, where it tells anything. */
  readonly conversation: ConversationView | undefined;
  /** Engines that are loading, and what is being fetched. */
  readonly loading: readonly string[];
  readonly progress: string | undefined;
  readonly cautions: readonly Caution[];
  readonly settings: SettingsView;
  /** Probability from which a frame counts as speech, where it is known. */
  readonly threshold: number | undefined;
}

const METERS = { microphone: 'mic', speaker: 'speaker' } as const;

export function newClientView(now: number, threshold?: number): ClientView {
  return {
    now, link: { state: 'none', where: undefined, reason: undefined, retryAt: undefined, reconnects: 0 }, muted: { user: false, playback: false }, playing: undefined, micEnded: false, lost: {}, echo: undefined, trusted: undefined,
    mic: QUIET, speaker: QUIET, traffic: undefined, conversation: undefined, loading: [], progress: undefined, cautions: [], settings: newSettings, threshold,
  };
}

/** The view after one more event. What changes nothing that is shown gives the same object back; what is unknown is ignored. */
export function noteClient(before: ClientView, event: AppEvent): ClientView {
  if (event.type === 'snapshot') return event.events.reduce<ClientView>(noteClient, before);
  const cautions = noteCaution(before.cautions, event);
  const conversation = noteOwn(before.conversation, event);
  const settings = noteSettings(before.settings, event);
  const isSame = cautions === before.cautions && conversation === before.conversation && settings === before.settings;
  const view = isSame ? before : { ...before, cautions, conversation, settings };
  switch (event.type) {
    case 'connecting':
      return { ...view, link: { ...view.link, state: 'calling', where: sanitise(`${event.host}:${event.sendPort}`), retryAt: undefined } };
    case 'connected': {
      if ('session' in event) return view.link.state === 'none' ? { ...view, link: { ...view.link, state: 'up' } } : view;
      const again = view.link.state === 'calling' && view.link.reason !== undefined;
      return { ...view, link: { ...view.link, state: 'up', reason: undefined, retryAt: undefined, reconnects: view.link.reconnects + Number(again) } };
    }
    case 'disconnected': {
      if ('session' in event) return view;
      const { reason, retryIn } = event;
      return {
        ...view, conversation: undefined, mic: QUIET,
        link: { ...view.link, state: 'lost', reason: sanitise(reason), retryAt: retryIn === undefined ? undefined : event.at + retryIn },
      };
    }
    case 'muted':
      return { ...view, muted: { ...view.muted, [event.by]: event.muted } };
    case 'playing':
      return { ...view, playing: event.playing ? event.at : undefined, ...(!event.playing && { speaker: QUIET }) };
    case 'device':
      return { ...view, ...(event.lost && { [METERS[event.device]]: QUIET }), lost: { ...view.lost, [event.device]: event.lost ? { reason: sanitise(event.reason).replace(/\.$/, ''), retryAt: event.at + event.retryIn } : undefined } };
    case 'echo':
      return { ...view, echo: { before: event.before, after: event.after } };
    case 'guard':
      return { ...view, trusted: event.trusted };
    case 'mic.ended':
      return { ...view, micEnded: true, mic: QUIET };
    case 'levels':
      return noteLevels(view, event);
    case 'traffic': {
      const { sent, received, dropped, underruns, jitter } = event;
      return { ...view, traffic: { sent, received, dropped, underruns, jitter } };
    }
    case 'loading':
      return { ...view, progress: undefined, loading: [...view.loading, `${event.stage} ${sanitise(event.engine)}`] };
    case 'loaded':
      return { ...view, loading: view.loading.filter((one) => one !== `${event.stage} ${sanitise(event.engine)}`) };
    case 'progress':
      return { ...view, progress: sanitise(event.message).trim() };
    case 'serving':
      return { ...view, progress: undefined, loading: [], link: { ...view.link, where: `${event.recv.host}:${event.recv.port}` } };
    default:
      return view;
  }
}

/** The view at a later time: the same, where nothing that is shown depends on it. */
export function tickClient(before: ClientView, at: number): ClientView {
  const conversation = before.conversation === undefined ? undefined : fallenSilent(before.conversation, at);
  const view = conversation === before.conversation ? before : { ...before, conversation };
  const { playing, link } = view;
  const isCounting = playing !== undefined || link.retryAt !== undefined || Object.values(view.lost).some((device) => device !== undefined) || (conversation !== undefined && counts(conversation));
  const step = isCounting ? 100 : conversation?.recording === undefined ? 60_000 : 1_000;
  const now = Math.floor(at / step) * step;
  return now === view.now ? view : { ...view, now };
}

function noteOwn(before: ConversationView | undefined, event: AppEvent): ConversationView | undefined {
  const session = 'session' in event ? event.session : undefined;
  return 'session' in event || 'turn' in event ? noteConversation(before ?? newConversation(session, event.at), event) : before;
}

function noteLevels(view: ClientView, event: Extract<AppEvent, { type: 'levels' }>): ClientView {
  // The server's levels of the same microphone are older.
  if ('session' in event) return view;
  const mic = 'mic' in event ? decibels(event.mic.rms) : view.mic;
  // The last of an answer is measured when it is over, and is followed by no quieter one.
  const speaker = 'speaker' in event && view.playing !== undefined ? decibels(event.speaker.rms) : view.speaker;
  return mic === view.mic && speaker === view.speaker ? view : { ...view, mic, speaker };
}
