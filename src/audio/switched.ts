import { endWith, map, switchMap, takeWhile, type Observable } from 'rxjs';
import type { MicSource, SpeakerSink } from './devices.js';

/** A microphone that is another one from the moment it was chosen. */
export const switchedMicrophone = (chosen: Observable<MicSource>): MicSource => latest(chosen);

/** A speaker that is another one from the moment it was chosen. What the one before had taken, and not yet played, is not heard. */
export const switchedSpeaker = (chosen: Observable<SpeakerSink>): SpeakerSink => (audio) => latest(chosen.pipe(map((speaker) => speaker(audio))));

const OVER = Symbol('over');

/** The latest of several streams, until that completes: however long there is something to choose. */
function latest<T>(streams: Observable<Observable<T>>): Observable<T> {
  return streams.pipe(
    switchMap((stream) => stream.pipe(endWith(OVER))),
    takeWhile((value): value is T & Exclude<T | typeof OVER, typeof OVER> => value !== OVER),
  );
}
