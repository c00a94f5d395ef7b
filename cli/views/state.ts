import { QUIET, toolSince, type ConversationView } from './conversation-view.js';
import type { ClientView } from './client-view.js';
import { seconds } from './durations.js';
import type { ServerView } from './server-view.js';

/** What a state means; a screen gives each a symbol and a colour. */
export type Meaning = 'listening' | 'hearing' | 'thinking' | 'speaking' | 'shut' | 'trouble' | 'idle';

/** The answer to "am I being heard?": a word, what it means, and what else is to be known of it. */
export interface State {
  readonly meaning: Meaning;
  readonly word: string;
  readonly details: readonly string[];
}

/** From so loud on (dBFS) it is to be said that what is heard is not taken for speech. */
const AUDIBLE = -46;

/** The state of a conversation as its server knows it. @param threshold probability from which a frame counts as speech, where it is known */
export function stateOf(view: ConversationView | undefined, now: number, threshold?: number): State {
  if (view === undefined) return { meaning: 'idle', word: 'waiting', details: ['for a client'] };
  if (view.over !== undefined) return { meaning: 'idle', word: 'left', details: [view.over] };
  const tool = toolSince(view);
  const waiting = view.waiting === undefined ? undefined : `waiting for ${view.waiting}${tool === undefined ? '' : ` for ${seconds(now - tool)}`}`;
  const watchdog = view.opensAt === undefined ? [] : [`watchdog in ${seconds(view.opensAt - now)}`];
  if (!view.gate.open) {
    return {
      meaning: view.spoken === undefined ? 'thinking' : 'speaking',
      word: view.spoken === undefined ? 'thinking' : 'speaking',
      details: [`not listening for ${seconds(now - view.gate.since)}: ${waiting ?? view.gate.reason}`, ...watchdog],
    };
  }
  if (view.hearing !== undefined) return { meaning: 'hearing', word: 'hearing you', details: [`for ${seconds(now - view.hearing)}`] };
  // Where answers can be interrupted it goes on listening.
  const answering = view.spoken !== undefined ? ['while it speaks'] : waiting === undefined ? [] : [waiting];
  const unpaired = view.paired ? [] : ['no reply port yet: an answer would wait'];
  return { meaning: 'listening', word: 'listening', details: [...answering, ...silent(view), ...belowThreshold(view, threshold), ...unpaired] };
}

/** Says so where nothing is heard because nothing is sent. */
function silent({ wire }: ConversationView): readonly string[] {
  return wire?.receivedPerSecond === 0 ? ['nothing comes from the microphone'] : [];
}

const lostWords = ({ reason, retryAt }: NonNullable<ClientView['lost']['microphone']>, now: number): readonly string[] => [reason, `trying again in ${seconds(retryAt - now)}`];

/** Says so where there is sound that is not taken for speech. */
function belowThreshold({ mic, speech, threshold: changed }: ConversationView, started = 0.6): readonly string[] {
  const threshold = changed ?? started;
  if (mic < AUDIBLE || mic <= QUIET || speech === undefined || speech >= threshold) return [];
  return [`below threshold: p=${speech.toFixed(2)}`];
}

/** The state of a conversation in a recording of its server. */
export function stateOfReplay({ now, replaying }: ServerView, conversation: ConversationView | undefined, threshold?: number): State {
  const state: State = conversation === undefined ? { meaning: 'idle', word: 'no session', details: ['nobody has come so far'] } : stateOf(conversation, now, threshold);
  return replaying?.state === 'over' ? { ...state, details: ['the recording is over: q quits, space shows it again', ...state.details] } : state;
}

/** The state as a client knows it, with the help of what its server tells where it does. */
export function stateOfClient(view: ClientView, now: number, pushes = false): State {
  const { link, muted, playing, conversation, threshold } = view;
  if (link.state === 'none') return { meaning: 'idle', word: 'starting', details: [view.progress ?? view.loading.map((one) => `loading ${one}`).join(', ')].filter((words) => words !== '') };
  if (link.state !== 'up') {
    const again = link.retryAt === undefined ? [] : [`trying again in ${seconds(link.retryAt - now)}, r at once`];
    if (link.state === 'calling') return { meaning: 'idle', word: 'connecting', details: link.where === undefined ? [] : [`to ${link.where}`] };
    return { meaning: 'trouble', word: 'not connected', details: [...(link.reason === undefined ? [] : [link.reason]), ...again] };
  }
  const { microphone, speaker } = view.lost;
  if (microphone !== undefined) return { meaning: 'trouble', word: 'microphone lost', details: lostWords(microphone, now) };
  if (muted.user && !(pushes && playing !== undefined)) return pushes ? { meaning: 'shut', word: 'microphone closed', details: ['space to talk'] } : { meaning: 'shut', word: 'muted by you', details: ['m to be heard again'] };
  if (playing !== undefined) {
    if (speaker !== undefined) return { meaning: 'trouble', word: 'speaker lost', details: lostWords(speaker, now) };
    const learning = view.trusted === false ? ': its echo is being learned' : '';
    return { meaning: 'speaking', word: 'speaking', details: muted.playback ? [`muted by playback for ${seconds(now - playing)}${learning}`] : [`for ${seconds(now - playing)}`, pushes ? 'space interrupts' : 'you can interrupt'] };
  }
  if (muted.playback) return { meaning: 'shut', word: 'muted by playback', details: ['its echo may still come'] };
  if (view.micEnded) return { meaning: 'idle', word: 'recording over', details: ['the answer is waited for'] };
  if (conversation !== undefined) {
    const state = stateOf(conversation, now, threshold);
    return pushes && (state.meaning === 'listening' || state.meaning === 'hearing') ? { ...state, details: [...state.details, 'space when you have finished'] } : state;
  }
  return { meaning: 'listening', word: 'sending', details: ['what you say; the server tells nothing of what it hears'] };
}
