import { concat, defer, EMPTY, NEVER, of } from 'rxjs';
import { FRAME_SAMPLES, SAMPLE_RATE } from '../engines.js';
import { inRealTime } from './clock.js';
import { clockedSink, instantSink } from './clocked-sink.js';
import type { MicSource, SpeakerSink } from './devices.js';
import type { RealTimeOptions } from './files.js';

/** A microphone in a room where nothing is to be heard: digital silence, 32 ms at a time, for ever. */
export function silentMicrophone(): MicSource {
  return defer(() => inRealTime(sampled(() => 0)));
}

/** A microphone before which something hums for ever: 440 Hz at −20 dBFS. It shows that the way is there; no VAD takes it for a voice. */
export function toneMicrophone(): MicSource {
  return defer(() => inRealTime(sampled((n) => Math.round(3_277 * Math.sin((2 * Math.PI * 440 * n) / SAMPLE_RATE)))));
}

/** A speaker that nobody hears, and that takes as long as one. */
export function nullSpeaker({ realTime = true }: RealTimeOptions = {}): SpeakerSink {
  const nowhere = concat(of({ write: () => undefined, drain: () => EMPTY }), NEVER);
  return realTime ? clockedSink(nowhere) : instantSink(nowhere);
}

function* sampled(at: (n: number) => number): Generator<Int16Array, void> {
  for (let from = 0; ; from += FRAME_SAMPLES) yield Int16Array.from({ length: FRAME_SAMPLES }, (_, n) => at(from + n));
}
