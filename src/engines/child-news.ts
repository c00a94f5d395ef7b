import { Subject, type Observable } from 'rxjs';
import type { SpeechError, Stage } from '../errors.js';

/** What happens to a supervised process. */
export type ChildNews =
  /** Loaded, `ms` after it was started, and takes `memory` bytes; `again`: in place of another. */
  | { readonly type: 'ready'; readonly memory: number; readonly ms: number; readonly again: boolean }
  /** It ended, and a new one is started after `pause` ms. */
  | { readonly type: 'crashed'; readonly error: SpeechError; readonly pause: number }
  /** It has crashed too often: calls are refused for `rest` ms. */
  | { readonly type: 'unavailable'; readonly rest: number };

/** With what it is for, and what messages to the user call it. */
export type NamedChildNews = ChildNews & { readonly stage: Stage; readonly name: string };

const all = new Subject<NamedChildNews>();

/** News of all supervised processes of this program, from now on. They belong to no conversation and to no call. */
export const childNews: Observable<NamedChildNews> = all.asObservable();

export function tellOfChild(news: NamedChildNews): void {
  all.next(news);
}
