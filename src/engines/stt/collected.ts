import { defaultIfEmpty, from, map, type ObservableInput, of, switchMap, takeLast, toArray } from 'rxjs';
import type { Frame, Stt } from '../../engines.js';

/**
 * A batch engine as an Stt: collects the frames of an utterance until they complete, hands them over in one piece, and
 * emits one final transcript. An utterance without samples is an empty transcript and never reaches the engine.
 */
export function collected(transcribe: (audio: Int16Array) => ObservableInput<string>): Stt {
  return (utterance) => utterance.pipe(
    toArray(),
    map(joined),
    switchMap((audio) => audio.length === 0 ? of('') : from(transcribe(audio))),
    takeLast(1),
    defaultIfEmpty(''),
    map((text) => ({ text, final: true })),
  );
}

function joined(frames: readonly Frame[]): Int16Array {
  const audio = new Int16Array(frames.reduce((length, frame) => length + frame.length, 0));
  frames.reduce((at, frame) => {
    audio.set(frame, at);
    return at + frame.length;
  }, 0);
  return audio;
}
