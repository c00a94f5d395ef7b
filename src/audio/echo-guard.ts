import { BehaviorSubject, distinctUntilChanged, map, Subject, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import { SAMPLE_RATE } from '../engines.js';
import { ECHO_BLOCK, type EchoCanceller } from './echo-canceller.js';

/** How loud (dBFS) the microphone was while something was played, and how loud it is without the echo of that. */
export interface Echo { readonly before: number; readonly after: number }

/** What stands between a microphone and a speaker that it hears. */
export interface EchoGuard {
  /** Takes what is given to the speaker, in order, and not later than it can be heard. */
  readonly played: (pcm: Int16Array) => void;
  /** What was to be played is not heard after all. */
  readonly silenced: () => void;
  /** The microphone without the echo. */
  readonly cleaned: MonoTypeOperatorFunction<Int16Array>;
  /** Told once for every two seconds of playback of which an echo was found. */
  readonly echo: Observable<Echo>;
  /**
   * Whether the microphone is to be trusted while something plays: enough was played for the echo to be known, and in this answer
   * half a second of it was seen to be taken away, or not to come at all.
   */
  readonly trusted: Observable<boolean>;
}

/** Samples of playback that AEC3 needs to converge at worst: 3 s. */
const LEARNING = 3 * SAMPLE_RATE;
/** Samples of an answer after which its echo is judged, what has to be gone of it (dB), or what may be left (mean square, −50 dBFS). */
const PROOF = 0.5 * SAMPLE_RATE;
const GONE = 30;
/** Samples of quiet after which what plays is another answer. */
const PAUSE = SAMPLE_RATE;
/** Samples of playback that an echo is measured over. */
const MEASURED = 2 * SAMPLE_RATE;
/** Samples for which the echo of a block may still come. */
const TAIL = 0.3 * SAMPLE_RATE;
/** Mean square of a block from which it is sound and no noise: −60 dBFS. */
const AUDIBLE = 32_768 ** 2 * 1e-6;
/** What is taken away (dB) of a microphone that hears its speaker, and its level (dBFS) from which that is an echo to speak of. */
const CLEAR = 6;
const NOTABLE = -60;

/**
 * What is left without the echo counts as a voice from −50 dBFS, and 10 dB above the noise of the room, and then for 150 ms. AEC3
 * lets little through of somebody who speaks while something plays, too little for a VAD, but tells by that level that he does:
 * then a quarter of the microphone is mixed in as it is. Of 16 interruptions, as loud as the echo and 6 dB below it, all were found
 * so; without it 3 of 20.
 */
const VOICE = 32_768 ** 2 * 1e-5;
const ABOVE_NOISE = 10;
const HELD = 15;
const MIXED_IN = 0.25;
/** What a block adds to the smoothed level, and how much the noise of the room may rise with each: 3 dB a second. */
const SMOOTHING = 0.25;
const RISING = 1.007;

/** Cancels echoes, and tells of them. Microphone and playback are joined by the microphone's clock: 10 ms of one for 10 ms of the other. */
export function createEchoGuard({ cancel }: EchoCanceller): EchoGuard {
  const echo = new Subject<Echo>();
  const trusted = new BehaviorSubject(false);
  let learned = 0;
  /** What came and was left in the half second that is being judged. */
  let proof = { length: 0, before: 0, after: 0 };
  let ahead: Int16Array[] = [];
  let rest = new Int16Array(0);
  /** Samples since something audible was played. */
  let quiet = Infinity;
  let [measured, before, after] = [0, 0, 0];

  /** The next block that is heard: zeros where nothing plays. */
  const next = (): Int16Array => {
    const block = new Int16Array(ECHO_BLOCK);
    for (let filled = 0; filled < ECHO_BLOCK;) {
      const piece = ahead.shift();
      if (piece === undefined) break;
      const part = piece.subarray(0, ECHO_BLOCK - filled);
      block.set(part, filled);
      filled += part.length;
      if (part.length < piece.length) ahead.unshift(piece.subarray(part.length));
    }
    return block;
  };

  const prove = (mic: Int16Array, clean: Int16Array): void => {
    proof = { length: proof.length + ECHO_BLOCK, before: proof.before + power(mic) * ECHO_BLOCK, after: proof.after + power(clean) * ECHO_BLOCK };
    if (proof.length < PROOF) return;
    trusted.next(proof.after / proof.length < VOICE || decibels(proof.before) - decibels(proof.after) > GONE);
    proof = { length: 0, before: 0, after: 0 };
  };

  const measure = (played: Int16Array, mic: Int16Array, clean: Int16Array): void => {
    const audible = power(played) > AUDIBLE;
    quiet = audible ? 0 : quiet + ECHO_BLOCK;
    if (audible) learned += ECHO_BLOCK;
    if (quiet > PAUSE) {
      proof = { length: 0, before: 0, after: 0 };
      trusted.next(false);
    }
    if (quiet > TAIL) return;
    if (learned >= LEARNING && !trusted.value) prove(mic, clean);
    measured += ECHO_BLOCK;
    before += power(mic) * ECHO_BLOCK;
    after += power(clean) * ECHO_BLOCK;
    if (measured < MEASURED) return;
    const found = { before: decibels(before / measured), after: decibels(after / measured) };
    [measured, before, after] = [0, 0, 0];
    if (found.before > NOTABLE && found.before - found.after > CLEAR) echo.next(found);
  };

  let [level, noise, held] = [0, Infinity, 0];
  /** The block that is sent: the cleaned one, and more of the microphone where somebody speaks over what is played. */
  const spokenOver = (mic: Int16Array, cleaned: Int16Array): Int16Array => {
    level += SMOOTHING * (power(cleaned) - level);
    noise = Math.min(level, Math.max(noise, 1) * RISING);
    held = level > Math.max(VOICE, noise * ABOVE_NOISE) ? HELD : held - 1;
    if (held <= 0 || quiet > TAIL) return cleaned;
    return cleaned.map((sample, n) => sample * (1 - MIXED_IN) + (mic[n] ?? 0) * MIXED_IN);
  };

  const clean = (pcm: Int16Array): Int16Array => {
    const mic = new Int16Array(rest.length + pcm.length);
    mic.set(rest);
    mic.set(pcm, rest.length);
    const out = new Int16Array(mic.length - (mic.length % ECHO_BLOCK));
    for (let at = 0; at < out.length; at += ECHO_BLOCK) {
      const [heard, played] = [mic.subarray(at, at + ECHO_BLOCK), next()];
      const cleaned = cancel(heard, played);
      measure(played, heard, cleaned);
      out.set(spokenOver(heard, cleaned), at);
    }
    rest = mic.slice(out.length);
    return out;
  };

  return {
    played: (pcm) => ahead.push(pcm),
    silenced: () => {
      ahead = [];
    },
    cleaned: map(clean),
    echo,
    trusted: trusted.pipe(distinctUntilChanged()),
  };
}

function power(pcm: Int16Array): number {
  let sum = 0;
  for (const sample of pcm) sum += sample * sample;
  return sum / pcm.length;
}

function decibels(meanSquare: number): number {
  return Math.round(100 * Math.log10(Math.max(meanSquare, 1e-3) / 32_768 ** 2)) / 10;
}
