import { sanitise } from '../../src/sanitise.js';
import type { AppEvent } from './app-event.js';
import type { ClientView } from './client-view.js';
import { length } from './durations.js';
import { plainLine, type PlainOptions } from './plain.js';
import { cancelledLine } from './transcript.js';

/** A line that stays in the terminal's own history, and whose it is. */
export interface HistoryLine { readonly who: 'user' | 'agent' | 'program'; readonly at: number; readonly text: string; readonly cut?: string; readonly quiet?: string }

/** What an event leaves behind for good: what was said, and what else a person should find again when he reads back. */
export function historyOf(view: ClientView, event: AppEvent, options: PlainOptions): readonly HistoryLine[] {
  const { at } = event;
  switch (event.type) {
    case 'snapshot':
      return event.events.flatMap((one) => historyOf(view, one, options));
    case 'transcript': {
      const text = sanitise(event.text).trim();
      return event.final && text !== '' ? [{ who: 'user', at, text }] : [];
    }
    case 'reply.done':
      return [{ who: 'agent', at, text: sanitise(event.text).trim(), ...(event.latency !== undefined && { quiet: length(event.latency.total) }) }];
    case 'cancelled': {
      const line = cancelledLine(view.conversation?.lines ?? [], event);
      // What was asked stands there already.
      return line === undefined || line.who === 'tool' ? [] : [{ who: line.who, at, text: line.who === 'agent' ? line.text : '', cut: line.note ?? '' }];
    }
    case 'connected':
      // Where both are one program the server's news is no news.
      return 'session' in event ? [] : program(event, options);
    case 'disconnected':
      return 'session' in event ? [] : program(event, options);
    case 'failed':
    case 'warning':
    case 'notice':
    case 'refused':
    case 'mic.ended':
    case 'changed':
    case 'device':
    case 'cut':
    case 'recorder':
    case 'recording':
    case 'tool.asked':
    case 'tool.decided':
    case 'tool.done':
      return program(event, options);
    default:
      return [];
  }
}

function program(event: AppEvent, options: PlainOptions): readonly HistoryLine[] {
  const line = plainLine(event, { ...options, colour: false });
  return line === undefined ? [] : [{ who: 'program', at: event.at, text: line.replace(/^\S+ +/, '') }];
}
