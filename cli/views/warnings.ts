import { sanitise } from '../../src/sanitise.js';
import type { AppEvent } from './app-event.js';

/** What a person should know until he has seen it. */
export interface Caution {
  readonly at: number;
  readonly code: string;
  readonly text: string;
  readonly bad: boolean;
  /** How often it came since it was last dismissed. */
  readonly count: number;
}

/** Cautions that are kept; the oldest goes first. */
const MOST = 50;

/** All that is not dismissed, the newest first, after one more event. The same one again is counted, and is the newest. */
export function noteCaution(cautions: readonly Caution[], event: AppEvent): readonly Caution[] {
  const news = cautionOf(event);
  if (news === undefined) return cautions;
  const text = sanitise(news.text);
  const same = cautions.find((one) => one.code === news.code && one.text === text);
  return [{ ...news, text, at: event.at, count: (same?.count ?? 0) + 1 }, ...cautions.filter((one) => one !== same)].slice(0, MOST);
}

function cautionOf(event: AppEvent): Pick<Caution, 'code' | 'text' | 'bad'> | undefined {
  const where = 'session' in event && event.session > 1 ? ` (session ${event.session})` : '';
  switch (event.type) {
    case 'warning':
      return { code: event.code, text: `${event.message}${where}`, bad: false };
    case 'failed': {
      const hint = event.hint === undefined ? '' : ` ${event.hint}`;
      return { code: event.code, text: `${'stage' in event ? `${event.stage}: ` : ''}${event.message}${hint}${where}`, bad: true };
    }
    case 'refused':
      return { code: event.code, text: `Refused ${event.peer.replace(/:\d+$/, '')}: ${event.reason}`, bad: false };
    case 'error':
      return { code: event.code, text: event.message, bad: true };
    default:
      return undefined;
  }
}
