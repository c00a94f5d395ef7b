import type { Observable } from 'rxjs';

/**
 * A microphone: subscribing opens it, it emits 16 kHz mono PCM in real time (chunks of 20 to 40 ms where the device allows),
 * unsubscribing closes it within 50 ms and leaves no process behind. A recording completes at its end, a device never does.
 * Errors are SpeechErrors of kind `device`.
 */
export type MicSource = Observable<Int16Array>;

/**
 * A speaker: plays the 16 kHz mono PCM it is given, in order, and emits the number of samples played so far (rising, at
 * least every 100 ms while it plays). Completes when the source has completed and everything was played; unsubscribing
 * silences it within 50 ms. Errors are SpeechErrors of kind `device`.
 */
export type SpeakerSink = (audio: Observable<Int16Array>) => Observable<number>;
