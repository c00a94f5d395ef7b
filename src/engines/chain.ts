import { catchError, concat, connect, ignoreElements, NEVER, ReplaySubject, takeUntil, timer, type Observable } from 'rxjs';
import type { Engines, Frame, Message, ToolCall, Tooling, Transcript } from '../engines.js';
import { fallback, type FallbackNews, type Link } from './fallback.js';

/** The stages that can be done by several engines, one taking over from another. */
export type ChainStage = 'stt' | 'llm' | 'tts';

/**
 * Milliseconds that the engines of a chain share, until the transcript, the first token and the first samples: with more
 * than these the session gives up the turn.
 */
const SHARED = { stt: 30_000, llm: 15_000, tts: 10_000 } as const;

type Asking = readonly [messages: readonly Message[], tooling: Tooling | undefined];

type Chains = { readonly [S in ChainStage]: (named: readonly { readonly name: string; readonly engine: Engines[S] }[], onNews: (news: FallbackNews) => void) => Engines[S] };

const links = <I, O>(named: readonly { readonly name: string; readonly engine: Link<I, O>['call'] }[]): readonly Link<I, O>[] =>
  named.map(({ name, engine }) => ({ name, call: engine }));

/**
 * Several engines of a stage as one, in the order in which they are asked. Another takes over before the first token of an
 * answer, before the first samples of a piece, and before the final transcript, for which it hears the utterance from its
 * beginning.
 */
export const chain: Chains = {
  stt: (named, onNews) => {
    const hear = fallback<Observable<Frame>, Transcript>(links(named), {
      stage: 'stt', onNews, binding: ({ final }) => final,
      late: (utterance) => concat(utterance.pipe(ignoreElements()), timer(SHARED.stt / named.length)),
    });
    // The failure of the utterance itself is nobody's fault, and nobody could do better.
    return (utterance) => utterance.pipe(connect(
      (frames) => hear(frames.pipe(catchError(() => NEVER))).pipe(takeUntil(frames.pipe(ignoreElements()))),
      { connector: () => new ReplaySubject<Frame>(Infinity) },
    ));
  },
  llm: (named, onNews) => {
    const asking = named.map(({ name, engine }) => ({ name, engine: ([messages, tooling]: Asking) => engine(messages, tooling) }));
    const ask = fallback<Asking, string | ToolCall>(links(asking), { stage: 'llm', onNews, late: () => timer(SHARED.llm / named.length) });
    return (messages, tooling) => ask([messages, tooling]);
  },
  tts: (named, onNews) => fallback(links(named), { stage: 'tts', onNews, late: () => timer(SHARED.tts / named.length) }),
};
