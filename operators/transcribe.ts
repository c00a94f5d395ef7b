import { connect, endWith, ReplaySubject, switchMap, take, takeWhile, type Observable, type ObservableInput, type OperatorFunction } from 'rxjs';

/** What stands for "nothing was said": an outcome, not a failure. */
export interface NoWords {
  readonly text: '';
  readonly final: true;
}

const NO_WORDS: NoWords = { text: '', final: true };

/**
 * Turns every utterance into text: partials as they come, then exactly one final.
 *
 * ```
 * utterances  --x-------y---|
 * x             -ab|
 * y                     -c-d|
 * heard       ---ab--F---c-d--(F|)
 * ```
 *
 * (Letters are frames and their partials, F a final.) The engine is called at the first frame, which it gets too, so it can stream; it is let go after its final. Where it
 * completes without one, and where an utterance has no frame (the engine is not even called), the final is empty. A new
 * utterance supersedes the one before, which is unsubscribed.
 *
 * @param stt Frames of one utterance in, live; partials and a final out.
 */
export function transcribe<F, T extends { readonly text: string; readonly final: boolean }>(
  stt: (utterance: Observable<F>) => ObservableInput<T>,
): OperatorFunction<Observable<F>, T | NoWords> {
  return (utterances) => utterances.pipe(
    switchMap((utterance) => utterance.pipe(
      // Replayed, as an engine may need some time before it subscribes; released with the utterance's transcript.
      connect((frames) => frames.pipe(take(1), switchMap(() => stt(frames))), { connector: () => new ReplaySubject<F>(Infinity) }),
      endWith(NO_WORDS),
      takeWhile((heard) => !heard.final, true),
    )),
  );
}
