import { concat, defer, EMPTY, NEVER, of } from 'rxjs';
import { FRAME_SAMPLES } from '../engines.js';
import { inRealTime } from './clock.js';
import { clockedSink, instantSink } from './clocked-sink.js';
import type { MicSource, SpeakerSink } from './devices.js';
import type { RealTimeOptions } from './files.js';

/** A microphone in a room where nothing is to be heard: digital silence, 32 ms at a time, for ever. */
export function silentMicrophone(): MicSource {
  return defer(() => inRealTime(silence()));
}

/** A speaker that nobody hears, and that takes as long as one. */
export function nullSpeaker({ realTime = true }: RealTimeOptions = {}): SpeakerSink {
  const nowhere = concat(of({ write: () => undefined, drain: () => EMPTY }), NEVER);
  return realTime ? clockedSink(nowhere) : instantSink(nowhere);
}

function* silence(): Generator<Int16Array, void> {
  for (;;) yield new Int16Array(FRAME_SAMPLES);
}
