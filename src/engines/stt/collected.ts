import { defaultIfEmpty, from, map, type ObservableInput, of, pipe, switchMap, takeLast, toArray, type OperatorFunction } from 'rxjs';
import type { Frame, Stt, Transcript } from '../../engines.js';

/**
 * A batch engine as an Stt: collects the frames of an utterance until they complete, hands them over in one piece, and
 * emits one final transcript. An utterance without samples is an empty transcript and never reaches the engine.
 */
export function collected(transcribe: (audio: Int16Array) => ObservableInput<string>): Stt {
  return heardWhole((audio) => from(transcribe(audio)).pipe(takeLast(1), defaultIfEmpty(''), map((text) => ({ text, final: true }))));
}

/** As `collected`, for an engine that makes the transcripts itself: any number of partials, and one final. */
export function heardWhole(transcribe: (audio: Int16Array) => ObservableInput<Transcript>): Stt {
  return (utterance) => utterance.pipe(
    inOnePiece(),
    switchMap((audio): ObservableInput<Transcript> => (audio.length === 0 ? of({ text: '', final: true }) : transcribe(audio))),
  );
}

function inOnePiece(): OperatorFunction<Frame, Int16Array> {
  return pipe(toArray(), map((frames) => {
    const audio = new Int16Array(frames.reduce((length, frame) => length + frame.length, 0));
    frames.reduce((at, frame) => {
      audio.set(frame, at);
      return at + frame.length;
    }, 0);
    return audio;
  }));
}
