import { concat, defer, distinctUntilChanged, ignoreElements, map, merge, of, scan, switchMap, takeWhile, tap, type Observable, type ObservableInput } from 'rxjs';
import { SAMPLE_RATE } from '../engines.js';
import { sampleClock } from './clock.js';
import type { SpeakerSink } from './devices.js';

/** Something that is open and takes 16 kHz mono PCM. */
export interface AudioOut {
  /** Takes samples to be heard right after those written before. */
  readonly write: (pcm: Int16Array) => void;
  /** Completes when everything written has been heard, or kept. */
  readonly drain: () => ObservableInput<never>;
}

export interface ClockedSinkOptions {
  /** Milliseconds of audio given ahead of time: the longest pause of the event loop that is not heard. @default 100 */
  readonly lead?: number;
  /** Milliseconds from a write until it is heard, for what counts as played. @default 0 */
  readonly latency?: number;
  /**
   * Writes noise of ±1 step where there is nothing to play, which nobody hears: sound servers suspend a silent output and
   * then swallow the first words. @default false
   */
  readonly dither?: boolean;
}

const TICK = 20;
/** Milliseconds of noise given ahead: short, since the next word waits behind it. */
const DITHER_LEAD = 40;
/** A little less noise than time passes, so that a sound card slower than our clock catches up whenever nobody speaks. */
const DITHER_RATE = 0.95;
/**
 * Milliseconds that an output may take to begin to play: a sound server that wakes up, a wireless headset. What it is given by then
 * waits before everything that follows, so it gets the first noise, which opens it, and no more.
 */
const WAKING = 2_000;

const toSamples = (ms: number): number => Math.round((ms * SAMPLE_RATE) / 1000);

/**
 * Makes a speaker of anything that takes samples: it gives them out in real time and only a little ahead, so that little has
 * to be silenced when it is unsubscribed, and tells how many have been heard by the clock.
 *
 * @param open A resource: subscribing opens the output and emits it once, unsubscribing silences and closes it at once; it
 * errors when the output is lost.
 */
export function clockedSink(open: Observable<AudioOut>, options: ClockedSinkOptions = {}): SpeakerSink {
  return (audio) => open.pipe(
    switchMap((out) => concat(play(audio, out, options), of(undefined))),
    takeWhile((played) => played !== undefined),
  );
}

/** Makes a speaker that swallows what it is given at once: for what is kept and not heard. */
export function instantSink(open: Observable<AudioOut>): SpeakerSink {
  return (audio) => open.pipe(
    switchMap((out) => concat(
      audio.pipe(
        tap(out.write),
        scan((played, pcm) => played + pcm.length, 0),
      ),
      defer(out.drain),
      of(undefined),
    )),
    takeWhile((played) => played !== undefined),
  );
}

function play(audio: Observable<Int16Array>, out: AudioOut, options: ClockedSinkOptions): Observable<number> {
  const { lead = 100, latency = 0, dither = false } = options;
  return defer(() => {
    const queue: Int16Array[] = [];
    let ended = false;
    /** The clock, in samples, at the last tick. */
    let now = 0;
    /** Up to where, on that clock, the output has something to play, and up to where that is no noise. */
    let filled = 0;
    let opened = false;
    let spoken = 0;
    let written = 0;
    let played = 0;

    const give = (): void => {
      filled = Math.max(filled, now);
      for (let room = now + toSamples(lead) - filled; room > 0 && queue.length > 0; room = now + toSamples(lead) - filled) {
        const next = queue.shift() ?? new Int16Array(0);
        if (next.length > room) queue.unshift(next.subarray(room));
        const piece = next.subarray(0, room);
        out.write(piece);
        written += piece.length;
        filled += piece.length;
        spoken = filled;
      }
      const gap = now + toSamples(DITHER_LEAD) - filled;
      if (dither && queue.length === 0 && gap > 0 && (!opened || now >= toSamples(WAKING))) {
        opened = true;
        out.write(noise(Math.round(gap * DITHER_RATE)));
        filled += gap;
      }
    };

    const heard = (): number => {
      const ahead = Math.max(0, spoken + toSamples(latency) - now);
      played = Math.max(played, written - ahead);
      return played;
    };

    const incoming = audio.pipe(
      tap({
        next: (pcm) => {
          queue.push(pcm);
          give();
        },
        complete: () => {
          ended = true;
        },
      }),
      ignoreElements(),
    );
    const ticks = sampleClock(TICK).pipe(
      map((elapsed) => {
        now = elapsed;
        give();
        return heard();
      }),
      takeWhile((count) => !(ended && queue.length === 0 && count === written), true),
      distinctUntilChanged(),
    );
    return concat(merge(ticks, incoming), defer(out.drain));
  });
}

function noise(length: number): Int16Array {
  return Int16Array.from({ length }, () => Math.floor(Math.random() * 3) - 1);
}
