import { answer, FRAME_BYTES, FRAME_MS, MAX_SPEECH, probability, voice, words } from './session.js';
import type { Open, Session } from './session.js';

/** The engines as they look without Observables: each may call back later, and can be stopped until then. */
type Stop = () => void;

interface Recogniser {
  readonly hear: (frame: Uint8Array) => void;
  readonly end: () => void;
  readonly stop: Stop;
}

function recognise(heard: (text: string) => void): Recogniser {
  const frames: Uint8Array[] = [];
  let wanted = true;
  return {
    hear: (frame) => { frames.push(frame); },
    end: () => { if (wanted) heard(words(frames)); },
    stop: () => { wanted = false; },
  };
}

function each<T>(values: readonly T[], next: (value: T) => void, done: () => void): Stop {
  values.forEach(next);
  done();
  return () => undefined;
}

interface Piece {
  readonly text: string;
  readonly waiting: number[];
  done: boolean;
  stop: Stop | undefined;
}

/** One answer, from the words of the question to its last sound: pieces in order, one of them made ahead; can be stopped at any time. */
class Answer {
  readonly #recogniser: Recogniser;
  readonly #pieces: Piece[] = [];
  #stopLlm: Stop | undefined;
  #turn = 0;
  #begun = 0;
  #stopped = false;

  constructor(private readonly spoken: (length: number) => void) {
    this.#recogniser = recognise((text) => {
      if (text.trim() !== '') this.#stopLlm = each(answer(text), (piece) => this.#speak(piece), () => undefined);
    });
  }

  hear(frame: Uint8Array): void {
    this.#recogniser.hear(frame);
  }

  heardAll(): void {
    this.#recogniser.end();
  }

  stop(): void {
    this.#stopped = true;
    this.#recogniser.stop();
    this.#stopLlm?.();
    for (const piece of this.#pieces) piece.stop?.();
  }

  #speak(text: string): void {
    if (this.#stopped || text === '') return;
    this.#pieces.push({ text, waiting: [], done: false, stop: undefined });
    this.#begin();
  }

  #begin(): void {
    while (this.#begun <= this.#turn + 1) {
      const piece = this.#pieces[this.#begun];
      if (piece === undefined) return;
      const index = this.#begun++;
      piece.stop = each(voice(piece.text), (length) => {
        if (this.#stopped) return;
        if (index === this.#turn) this.spoken(length);
        else piece.waiting.push(length);
      }, () => {
        piece.done = true;
        if (index === this.#turn) this.#goOn();
      });
    }
  }

  /** The piece that was delivered is complete. */
  #goOn(): void {
    for (let piece = this.#pieces[this.#turn]; piece?.done === true && !this.#stopped; piece = this.#pieces[this.#turn]) {
      const next = this.#pieces[++this.#turn];
      for (const length of next?.waiting.splice(0) ?? []) this.spoken(length);
    }
    this.#begin();
  }
}

interface Window {
  readonly frames: Uint8Array[];
  answer: Answer | undefined;
  voiced: number;
  silence: number;
  lastVoicedAt: number;
}

/**
 * What the operators do, as one who knows no RxJS would write it for this one program: any segmentation of bytes, a listen
 * gate, pre-roll, hysteresis, least speech, a split at the longest utterance, frames handed to a recogniser as they come,
 * answers that a confirmed utterance interrupts, and an end at which everything is stopped.
 */
class Conversation implements Session {
  readonly #rest = new Uint8Array(FRAME_BYTES);
  #filled = 0;
  #before: Uint8Array[] = [];
  #window: Window | undefined;
  #goesOn = false;
  #answer: Answer | undefined;
  #over = false;
  listening = true;
  dropped = 0;
  last: { readonly accepted: boolean; readonly reason: 'silence' | 'length'; readonly voiced: number; readonly length: number; readonly lastVoicedAt: number } | undefined;

  constructor(private readonly spoken: (length: number) => void) {}

  push(segment: Uint8Array): void {
    if (this.#over) return;
    try {
      this.#cut(segment);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  end(): void {
    this.#over = true;
    this.#window = undefined;
    this.#answer?.stop();
  }

  #cut(segment: Uint8Array): void {
    let at = 0;
    if (this.#filled > 0) {
      at = Math.min(FRAME_BYTES - this.#filled, segment.length);
      this.#rest.set(segment.subarray(0, at), this.#filled);
      this.#filled += at;
      if (this.#filled < FRAME_BYTES) return;
      this.#hear(this.#rest.slice());
    }
    for (; at + FRAME_BYTES <= segment.length; at += FRAME_BYTES) this.#hear(segment.subarray(at, at + FRAME_BYTES));
    this.#rest.set(segment.subarray(at));
    this.#filled = segment.length - at;
  }

  #hear(frame: Uint8Array): void {
    if (!this.listening) {
      this.dropped++;
      return;
    }
    const speech = probability(frame);
    if (this.#window === undefined && !(speech >= 0.6)) {
      this.#before.push(frame);
      if (this.#before.length * FRAME_MS > 500) {
        this.#before.shift();
        this.#goesOn = false;
      }
      return;
    }
    if (this.#window === undefined) {
      this.#window = { frames: this.#before, answer: undefined, voiced: 0, silence: 0, lastVoicedAt: 0 };
      this.#before = [];
    }
    this.#add(this.#window, frame, speech);
  }

  #add(window: Window, frame: Uint8Array, speech: number): void {
    const voiced = speech >= 0.6 || (window.silence === 0 && speech >= 0.45);
    window.silence = voiced ? 0 : window.silence + FRAME_MS;
    if (voiced) {
      window.voiced += FRAME_MS;
      window.lastVoicedAt = Date.now();
    }
    window.frames.push(frame);
    window.answer?.hear(frame);
    if (window.answer === undefined && window.voiced >= (this.#goesOn ? 0 : 384)) this.#confirm(window);
    if (window.silence >= 500 && speech < 0.45) this.#close(window, 'silence');
    else if (window.frames.length * FRAME_MS >= MAX_SPEECH) this.#close(window, 'length');
  }

  #confirm(window: Window): void {
    this.#answer?.stop();
    this.#answer = window.answer = new Answer(this.spoken);
    for (const frame of window.frames) window.answer.hear(frame);
  }

  #close({ answer, frames, voiced, lastVoicedAt }: Window, reason: 'silence' | 'length'): void {
    const accepted = answer !== undefined;
    this.#window = undefined;
    this.#goesOn = accepted && reason === 'length';
    this.last = { accepted, reason, voiced, length: frames.length * FRAME_MS, lastVoicedAt };
    answer?.heardAll();
  }
}

export const byHand: Open = (spoken) => new Conversation(spoken);
