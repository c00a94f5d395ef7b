import { catchError, concatMap, defer, delay, endWith, ignoreElements, takeUntil, timeout } from 'rxjs';
import type { Observable, ObservableInput, SchedulerLike } from 'rxjs';
import type { Engines } from './engines.js';
import { asSpeechError, SpeechError } from './errors.js';
import type { Stage } from './errors.js';

/** The longest waits in ms: for a transcript after the end of speech, for the first token, for the next one, and for samples. */
export interface Limits { readonly stt: number; readonly firstToken: number; readonly nextToken: number; readonly tts: number }

/** The limits of test R10 in reliability terms: a stage that hangs ends its turn, not the session. */
export const LIMITS: Limits = { stt: 30_000, firstToken: 15_000, nextToken: 10_000, tts: 10_000 };

/** The same engines, whose calls name their stage where they fail, and fail where they hang. */
export function limited({ vad, stt, llm, tts }: Engines, limits: Limits, scheduler: SchedulerLike): Engines {
  return {
    vad,
    stt: (utterance) => engineCall('stt', () => stt(utterance)).pipe(
      takeUntil(utterance.pipe(ignoreElements(), endWith('spoken'), delay(limits.stt, scheduler), concatMap(() => tooLate('stt', 'transcript', limits.stt)))),
    ),
    llm: (messages, tooling) => engineCall('llm', () => llm(messages, tooling)).pipe(timeout({
      first: limits.firstToken, each: limits.nextToken, scheduler,
      with: ({ seen }) => tooLate('llm', 'token', seen === 0 ? limits.firstToken : limits.nextToken),
    })),
    tts: (text) => engineCall('tts', () => tts(text)).pipe(timeout({ each: limits.tts, scheduler, with: () => tooLate('tts', 'samples', limits.tts) })),
  };
}

/** One call of an engine; whatever it throws, now or later, names its stage. */
function engineCall<T>(stage: Stage, call: () => ObservableInput<T>): Observable<T> {
  return defer(call).pipe(catchError((error: unknown) => { throw asSpeechError(error, { kind: 'stage', stage, code: `${stage}-failed` }); }));
}

function tooLate(stage: Stage, what: string, limit: number): Observable<never> {
  return defer(() => { throw new SpeechError(`No ${what} from the ${stage.toUpperCase()} for ${limit / 1_000} s: the turn was given up.`, { kind: 'stage', stage, code: `${stage}-timeout`, retryable: true }); });
}
