import { BehaviorSubject, concat, defer, distinctUntilChanged, filter, map, of, Subject, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import { SAMPLE_RATE } from '../engines.js';
import { ECHO_BLOCK, type EchoCanceller } from './echo-canceller.js';
import { echoDelay } from './echo-delay.js';
import { decibels, newEchoLevels, power, type Echo } from './echo-levels.js';
import { joinPcm } from './pcm.js';
import { tape } from './tape.js';

/** What stands between a microphone and a speaker that it hears. */
export interface EchoGuard {
  /** Takes what is given to the speaker, in order, and not later than it can be heard. */
  readonly played: (pcm: Int16Array) => void;
  /** What was to be played is not heard after all. */
  readonly silenced: () => void;
  /** The microphone without the echo: as it comes, but for the first sound after a pause, which is held until its echo is found, 1.3 s at most. */
  readonly cleaned: MonoTypeOperatorFunction<Int16Array>;
  /** Told once for every two seconds of playback of which an echo was found. */
  readonly echo: Observable<Echo>;
  /**
   * Whether the microphone is to be trusted while something plays: enough was played for the echo to be known, half a second
   * of it was seen to be taken away, or not to come at all, and it was not seen to come back since.
   */
  readonly trusted: Observable<boolean>;
}

/** Samples of playback after which AEC3 has converged where it does so fast; where it does not, the proof takes longer. */
const LEARNING = 1.5 * SAMPLE_RATE;
/** Samples of playback after which its echo is judged, what has to be gone of it (dB), or may be left: 6 dB above the noise of the room, or nothing that could be a voice. */
const PROOF = 0.5 * SAMPLE_RATE;
const GONE = 30;
const NO_MORE = 4;
/** Samples of quiet after which a sound server may have changed how late it plays, as each of them does. */
const PAUSE = 0.2 * SAMPLE_RATE;
/** Samples of quiet after which no echo is left to be cancelled: the microphone then passes as it is, as soon as nobody speaks. */
const ASLEEP = 5 * SAMPLE_RATE;
/** Samples in which an echo is looked for, how much later it may come, and how alike it must be. */
const WINDOW = 0.3 * SAMPLE_RATE;
const LATEST = SAMPLE_RATE;
const ALIKE = 0.6;
/** Samples between two looks, while it is not known how late the echo comes, and while it is. */
const SEARCH = 0.05 * SAMPLE_RATE;
const CHECK = 0.25 * SAMPLE_RATE;
/** Samples in which AEC3 gets used to an echo that comes at another time. */
const SETTLING = 0.3 * SAMPLE_RATE;
/** Samples of what may be a voice, which are held until it is sure that it is no echo that comes at another time than before. */
const DOUBT = 0.15 * SAMPLE_RATE;
/** Samples that a measure within an answer may be off, and that an echo moves meanwhile where two devices have two clocks. */
const DRIFT = 4;
/** Samples by which the echo is left to come later: AEC3 finds those by itself, and wants them to stay the same. */
const LATER = 0.02 * SAMPLE_RATE;
/** How alike microphone and playback are where hardly anything else is heard. */
const ECHO_ALONE = 0.8;
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
 * What is left without the echo counts as a voice from −55 dBFS, and 10 dB above the noise of the room, and then for 300 ms. AEC3
 * lets little through of somebody who speaks while something plays, at times too little for a VAD, but tells by that level that he does:
 * then a quarter of the microphone is mixed in as it is.
 */
const VOICE = 32_768 ** 2 * 3e-6;
const ABOVE_NOISE = 10;
const HELD = 30;
const MIXED_IN = 0.25;
/** What a block adds to the smoothed level, and how much the noise of the room may rise with each: 3 dB a second. */
const SMOOTHING = 0.25;
const RISING = 1.007;

/**
 * Cancels echoes, and tells of them. Microphone and playback are joined by the microphone's clock: 10 ms of one for 10 ms of the
 * other. How late an echo comes changes with every pause, for sound servers let their buffers run dry, and AEC3 takes a second to find out;
 * so it is measured here, and AEC3 gets what was played as much later. Through PulseAudio, 120 ms and 0 dB of echo: 90 dB are gone from
 * the first syllable on.
 */
export function createEchoGuard({ cancel }: EchoCanceller): EchoGuard {
  const echo = new Subject<Echo>();
  const trusted = new BehaviorSubject(false);
  const [mics, plays] = [tape(3 * SAMPLE_RATE), tape(3 * SAMPLE_RATE)];
  let ahead: Int16Array[] = [];
  let rest = new Int16Array(0);
  /** Samples at the end of the tapes that were not cleaned yet. */
  let held = 0;
  /** Samples since something audible was played, and since the search for its echo began. */
  let quiet = Infinity;
  let searching: number | undefined;
  /** Whether the canceller works: an echo may still come, or somebody speaks, who is not to be heard through it and then without it. */
  let awake = false;
  /** Samples that sound like a voice since it began. */
  let doubted: number | undefined;
  let unchecked = 0;
  /** Whether there was an echo when it was last looked for, and how many samples later. */
  let found = { hears: true, delay: 0 };
  /** Samples until the canceller has got used to that. */
  let settling = 0;
  /** How alike microphone and playback were at the least since the echo was last measured. */
  let alike = 1;

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

  const look = (window = WINDOW): boolean => {
    const { delay, match } = echoDelay(mics.last(window), plays.last(window + LATEST), found.delay);
    alike = Math.min(alike, match);
    if (match < ALIKE) return false;
    const moved = Math.abs(delay - found.delay);
    if (moved > ECHO_BLOCK) settling = SETTLING;
    // A step within an answer is let through for half a second, however small: AEC3 follows slow ones better by itself.
    found = { hears: true, delay: searching !== undefined || moved > DRIFT ? delay : found.delay };
    return true;
  };

  /** Whether what is held is to be held longer: the echo of what began to play was not found yet. */
  const searches = (audible: boolean): boolean => {
    if (audible && quiet > PAUSE && found.hears) searching = 0;
    quiet = audible ? 0 : quiet + ECHO_BLOCK;
    if (searching !== undefined) {
      searching += ECHO_BLOCK;
      if (searching % SEARCH === 0 && look()) searching = undefined;
      else if (searching >= WINDOW + LATEST) [searching, found] = [undefined, { ...found, hears: false }];
    } else if (doubted !== undefined) {
      doubted += ECHO_BLOCK;
      if (doubted < DOUBT) return true;
      doubted = undefined;
      look(DOUBT);
    } else if (audible && (unchecked += ECHO_BLOCK) >= CHECK) {
      unchecked = 0;
      look();
    }
    return searching !== undefined;
  };

  let [level, noise, holds] = [0, Infinity, 0];
  let learned = 0;
  let [proof, measured] = [newEchoLevels(), newEchoLevels()];
  /** Samples since something audible was played that is heard now. */
  let silent = Infinity;
  const judge = (played: Int16Array, mic: Int16Array, clean: Int16Array): void => {
    const audible = power(played) > AUDIBLE;
    silent = audible ? 0 : silent + ECHO_BLOCK;
    if (silent > TAIL) return;
    if (audible) learned += ECHO_BLOCK;
    if (learned >= LEARNING && !trusted.value) {
      proof = proof.with(mic, clean);
      if (proof.length >= PROOF) {
        const { before, after } = proof.read();
        trusted.next(after < decibels(Math.max(VOICE, noise * NO_MORE)) || before - after > GONE);
        proof = newEchoLevels();
      }
    }
    measured = measured.with(mic, clean);
    if (measured.length < MEASURED) return;
    const { before, after } = measured.read();
    if (before > NOTABLE && before - after > CLEAR) echo.next({ before, after });
    else if (before > NOTABLE && alike > ECHO_ALONE) trusted.next(false);
    [measured, alike] = [newEchoLevels(), 1];
  };

  /** The block that is sent: the cleaned one, and more of the microphone where somebody speaks over what is played. */
  const spokenOver = (mic: Int16Array, cleaned: Int16Array): Int16Array => {
    if (settling > 0) {
      [settling, level, holds] = [settling - ECHO_BLOCK, 0, 0];
      return cleaned;
    }
    level += SMOOTHING * (power(cleaned) - level);
    noise = Math.min(level, Math.max(noise, 1) * RISING);
    const isVoice = level > Math.max(VOICE, noise * ABOVE_NOISE);
    if (isVoice && holds <= 0 && silent <= TAIL && found.hears) doubted ??= 0;
    holds = isVoice ? HELD : holds - 1;
    if (holds <= 0 || silent > TAIL) return cleaned;
    return cleaned.map((sample, n) => sample * (1 - MIXED_IN) + (mic[n] ?? 0) * MIXED_IN);
  };

  /** What is held without its echo. */
  const release = (): Int16Array => {
    const out = new Int16Array(held);
    const later = Math.max(0, found.delay - LATER);
    for (let at = 0; held > 0; at += ECHO_BLOCK, held -= ECHO_BLOCK) {
      const [mic, played] = [mics.before(held, ECHO_BLOCK), plays.before(held + later, ECHO_BLOCK)];
      awake = quiet < ASLEEP || (awake && power(mic) > VOICE);
      const cleaned = awake ? cancel(mic, played) : mic;
      judge(played, mic, cleaned);
      out.set(spokenOver(mic, cleaned), at);
    }
    return out;
  };

  const clean = (pcm: Int16Array): Int16Array => {
    const mic = joinPcm([rest, pcm]);
    const out: Int16Array[] = [];
    let at = 0;
    for (; at + ECHO_BLOCK <= mic.length; at += ECHO_BLOCK) {
      const played = next();
      mics.push(mic.subarray(at, at + ECHO_BLOCK));
      plays.push(played);
      held += ECHO_BLOCK;
      if (!searches(power(played) > AUDIBLE)) out.push(release());
    }
    rest = mic.slice(at);
    return joinPcm(out);
  };

  return {
    played: (pcm) => ahead.push(pcm),
    silenced: () => {
      ahead = [];
      quiet = Math.max(quiet, PAUSE + ECHO_BLOCK);
    },
    cleaned: (mic) => concat(mic.pipe(map(clean)), defer(() => of(release()))).pipe(filter(({ length }) => length > 0)),
    echo,
    trusted: trusted.pipe(distinctUntilChanged()),
  };
}
