import type { Stage } from '../../src/errors.js';
import { sanitise } from '../../src/sanitise.js';
import type { AppEvent, ReplayNews } from './app-event.js';
import { fallenSilent, isCounting as counts, newConversation, noteConversation, type ConversationView } from './conversation-view.js';
import { newSettings, noteSettings, type SettingsView } from './settings-view.js';
import { noteCaution, type Caution } from './warnings.js';

export type Address = Extract<AppEvent, { type: 'serving' }>['recv'];
export type Health = Omit<Extract<AppEvent, { type: 'health' }>, 'type'>;

export interface EngineView { readonly engine: string; readonly ready: boolean; /** Since when it is loading, or ms that it took. */ readonly ms: number }

/** What a server's screen shows, from the events of the server, wherever that is. Times are clock times in ms. */
export interface ServerView {
  /** The clock, as far as what is shown depends on it. */
  readonly now: number;
  readonly since: number;
  readonly serving: { readonly recv: Address; readonly send: Address } | undefined;
  readonly events: Address | undefined;
  /** Who opened the reply port without a microphone, and when. */
  readonly half: { readonly peer: string; readonly at: number } | undefined;
  /** Whether the conversations that come are recorded. */
  readonly records: boolean;
  /** Where it is none that runs, but a recording of one. */
  readonly replaying: Omit<ReplayNews, 'type' | 'past' | 'at'> | undefined;
  /** Where it is watched from afar: the server's address, and why there is no way to it. */
  readonly watching: { readonly where: string; readonly lost: string | undefined; readonly retryAt: number | undefined } | undefined;
  readonly engines: Readonly<Partial<Record<Stage, EngineView>>>;
  /** What is being fetched or made, and how far it is. */
  readonly progress: string | undefined;
  /** Conversations, in the order in which they came; of those that are over, the last. */
  readonly conversations: readonly ConversationView[];
  readonly cautions: readonly Caution[];
  readonly settings: SettingsView;
  readonly health: Health | undefined;
  readonly viewers: number;
  /** Clients that were served in all. */
  readonly served: number;
  /** Levels that were not told to this viewer, and events that it does not know. */
  readonly missed: number;
}

export function newServerView(now: number): ServerView {
  return {
    now, since: now, serving: undefined, events: undefined, half: undefined, records: false, replaying: undefined, watching: undefined, engines: {}, progress: undefined, conversations: [], cautions: [], settings: newSettings, health: undefined,
    viewers: 0, served: 0, missed: 0,
  };
}

/** The view after one more event. What changes nothing that is shown gives the same object back; what is unknown is ignored. */
export function noteServer(before: ServerView, event: AppEvent): ServerView {
  if (event.type === 'snapshot') return event.events.reduce<ServerView>(noteServer, { ...before, conversations: [], records: false, settings: newSettings });
  if (event.type === 'replay') return noteReplay(before, event);
  const cautions = noteCaution(before.cautions, event);
  const conversations = noteConversations(before.conversations, event);
  const settings = noteSettings(before.settings, event);
  const isSame = cautions === before.cautions && conversations === before.conversations && settings === before.settings;
  const view = isSame ? before : { ...before, cautions, conversations, settings };
  switch (event.type) {
    case 'serving':
      return { ...view, serving: { recv: event.recv, send: event.send }, progress: undefined };
    case 'telling':
      return { ...view, events: event.events };
    case 'waiting':
      return event.lacks === 'microphone' ? { ...view, half: { peer: sanitise(event.peer), at: event.at } } : view;
    case 'refused':
      return event.peer === view.half?.peer ? { ...view, half: undefined } : view;
    case 'recorder':
      return { ...view, records: event.on };
    case 'connected':
      return { ...view, half: undefined, served: view.served + 1 };
    case 'loading':
      return { ...view, progress: undefined, engines: { ...view.engines, [event.stage]: { engine: sanitise(event.engine), ready: false, ms: event.at } } };
    case 'loaded':
      return { ...view, engines: { ...view.engines, [event.stage]: { engine: sanitise(event.engine), ready: true, ms: event.ms } } };
    case 'progress':
      return { ...view, progress: sanitise(event.message).trim() };
    case 'health':
      return { ...view, health: event };
    case 'viewer.joined':
      return { ...view, viewers: view.viewers + 1 };
    case 'viewer.left':
      return { ...view, viewers: Math.max(0, view.viewers - 1) };
    case 'watching':
      return { ...view, watching: { where: `${event.host}:${event.port}`, lost: undefined, retryAt: undefined } };
    case 'watch.lost':
      return {
        ...view, conversations: view.conversations.filter(({ over }) => over !== undefined), serving: undefined, records: false,
        watching: { where: `${event.host}:${event.port}`, lost: sanitise(event.reason), retryAt: event.at + event.retryIn },
      };
    case 'dropped':
      return { ...view, missed: view.missed + event.levels };
    case 'unknown':
      return { ...view, missed: view.missed + 1 };
    default:
      return view;
  }
}

/** The view at a later time: the same, where nothing that is shown depends on it. */
export function tickServer(before: ServerView, at: number): ServerView {
  const conversations = before.conversations.map((one) => fallenSilent(one, at));
  const view = conversations.every((one, index) => one === before.conversations[index]) ? before : { ...before, conversations };
  const { replaying } = view;
  // Where a recording stands still it is shown at exactly that place.
  const isCounting = (replaying !== undefined && replaying.state !== 'playing') || view.watching?.retryAt !== undefined || Object.values(view.engines).some(({ ready }) => !ready)
    || view.conversations.some(counts);
  // Minutes are all that is shown of a server at rest.
  const isMoving = replaying !== undefined || view.conversations.some(({ over, recording }) => over === undefined && recording !== undefined);
  const step = isCounting ? 100 : isMoving ? 1_000 : 60_000;
  const now = Math.floor(at / step) * step;
  return now === view.now ? view : { ...view, now };
}

/** A recording that is shown from another time on is shown as if nothing had been before. */
function noteReplay(before: ServerView, { name, state, speed, from, until, past, at }: ReplayNews): ServerView {
  const view = past === undefined ? before : past.reduce<ServerView>(noteServer, newServerView(from));
  return { ...view, now: at, replaying: { name: sanitise(name), state, speed, from, until } };
}

function noteConversations(all: readonly ConversationView[], event: AppEvent): readonly ConversationView[] {
  if (!('session' in event) && !('turn' in event)) return all;
  const session = 'session' in event ? event.session : undefined;
  const before = all.find((one) => one.session === session);
  if (before === undefined && event.type === 'disconnected') return all;
  const after = noteConversation(before ?? newConversation(session, event.at), event);
  if (after === before) return all;
  const others = all.filter((one) => one !== before);
  // What is over stays to be read until the next one has begun.
  const kept = event.type === 'connected' ? others.filter(({ over }) => over === undefined) : others;
  return before === undefined || event.type === 'connected' ? [...kept, after] : all.map((one) => (one === before ? after : one));
}
