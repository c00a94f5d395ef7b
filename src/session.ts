import { asyncScheduler, catchError, concat, concatMap, connect, defer, EMPTY, endWith, filter, first, from, identity, ignoreElements, map, merge, mergeMap, NEVER, of, ReplaySubject, scan, share, startWith, switchMap, take, takeUntil, takeWhile, tap } from 'rxjs';
import type { Observable, ObservableInput, OperatorFunction, SchedulerLike } from 'rxjs';
import { bargeIn, listenGate, paced, transcribe, vadGate } from '../operators/index.js';
import type { BargeInPolicy, Pause, Utterance, VadGateOptions } from '../operators/index.js';
import { endpointAfter, SILENCE } from './endpointing.js';
import { FRAME_MS, SAMPLE_RATE } from './engines.js';
import type { Engines, Frame, Transcript } from './engines.js';
import { asSpeechError } from './errors.js';
import type { Cancelled, CancelReason, Failed, SessionEvent, SessionNews } from './events.js';
import { heardOf } from './heard.js';
import { newHistory } from './history.js';
import { limited, LIMITS, type Limits } from './limited.js';
import { ends, withLatency } from './metrics.js';
import { reply } from './reply.js';

export interface SessionOptions {
  /** The system prompt. @default '' */
  readonly system?: string;
  /** Turns of the conversation that the LLM is reminded of. @default 30 */
  readonly chatSize?: number;
  /** Tokens of a prompt, about; the oldest turns go where it would be longer. @default 3_000 */
  readonly chatTokens?: number;
  /** Language of the answers, for cutting them into sentences (BCP 47). @default 'en' */
  readonly language?: string;
  /** When speech begins and ends; times in ms. Without `minSilence` the endpoint is adaptive: see endpointing.ts. */
  readonly speech?: SpeechOptions;
  /**
   * Prepares the answer while the speaker pauses, and throws it away where he goes on: the answer is ready when the turn is
   * over, at the price of some that are made in vain (at most three a turn). Needs the adaptive endpoint. @default false
   */
  readonly speculate?: boolean;
  /** What speech during an answer does to it: it interrupts, is ignored, or waits for its turn. @default 'interrupt' */
  readonly policy?: BargeInPolicy;
  /**
   * Whether what is said during an answer counts, or is a "mhm" that lets it go on: the first value says that it counts, its
   * completion without one that it does not. @default 480 ms of speech
   */
  readonly interrupts?: (utterance: Utterance<Judged>) => ObservableInput<unknown>;
  /**
   * Releases an answer no earlier than so many ms before it can be heard. What is not released can still be taken back, and the
   * history of an interrupted answer ends where the listener was. @default Infinity: at once
   */
  readonly lead?: number;
  /** The longest wait (ms) for a transcript after the end of speech, for the first token, for the next one, and for samples. */
  readonly limits?: Partial<Limits>;
  /**
   * What changes while the session runs. It holds from the next turn on: not before nobody speaks and no answer is under way.
   * What contradicts itself is refused with a warning, and all stays as it was. @default never
   */
  readonly changes?: Observable<SessionChange>;
  /** While its last value is true nothing more of an answer is spoken: what was, has yet to be taken. @default never */
  readonly hold?: Observable<boolean>;
  /** Whether it listens. What is said while the last value is false is dropped. @default always */
  readonly listen?: Observable<boolean>;
  /** Told of every frame that was dropped. */
  readonly onDrop?: (frame: Frame) => void;
  /** Ends the turn that is under way, for the reason given. @default never */
  readonly cancel?: Observable<CancelReason>;
  readonly scheduler?: SchedulerLike;
}

export interface SpeechOptions extends Pick<VadGateOptions<unknown>, 'threshold' | 'endThreshold' | 'minSpeech' | 'maxSpeech' | 'preRoll'> {
  readonly minSilence?: number;
}

/** New values of some options, `speech` as a whole, and engines in place of those before: another voice, or another language to hear, is another engine. */
export interface SessionChange
  extends Pick<SessionOptions, 'system' | 'chatSize' | 'chatTokens' | 'language' | 'speech' | 'speculate' | 'policy' | 'interrupts' | 'lead' | 'limits'>,
  Partial<Pick<Engines, 'stt' | 'llm' | 'tts'>> {}

/** A frame with its probability of speech. */
export interface Judged { readonly frame: Frame; readonly speech: number }

/** Speech (ms) that interrupts an answer: "mhm" and "yeah" are shorter. */
const INTERRUPTION = 480;
/** Silence (ms) at which the words so far are asked for; shorter ones are the gaps between words. */
const PAUSE = 128;
/** Answers begun ahead of time, in one turn, and the speech (ms) after which none is: it would seldom be the end. */
const TRIES = 3;
const LONG = 10_000;

interface Turn {
  readonly turn: number;
  readonly window: Utterance<Judged>;
  /** Of the window: it is an utterance, and no false opening. */
  readonly confirmed: Observable<void>;
  /** Whether it is to be answered, by the policy; a "mhm" during an answer is not. */
  counts: boolean;
  /** What became of the window up to its last pause, and how much speech (ms) that was. */
  guess?: { readonly voiced: number; readonly answer: Observable<SessionNews> } | undefined;
  /** Answers that were begun ahead of time. */
  tries: number;
  asked: string;
  /** The pieces of the answer with the samples that were made of each, and how many pieces were handed over at least in part. */
  readonly pieces: { text: string; samples: number }[];
  begun: number;
  /** What was heard of an answer that was cut, in ms; undefined where nobody can tell. */
  heard?: number;
}

/**
 * Holds one conversation: frames of one speaker in, everything that happens out.
 *
 * Every turn that began ends with exactly one of `reply.done`, `cancelled`, `failed`, or with a `speech.stopped` that was
 * not accepted. A failing engine ends its turn, never the session. Unsubscribing stops all engines at once.
 */
export function session(engines: Engines, options: SessionOptions = {}): OperatorFunction<Frame, SessionEvent> {
  const { changes = EMPTY, hold = of(false), listen = NEVER, onDrop, cancel = NEVER, scheduler = asyncScheduler } = options;
  const original = settled({ ...engines, ...options }, scheduler);

  return (frames) => defer(() => {
    /** What holds for this turn, and what is to hold for the next. */
    let now = original;
    let next: Settled | undefined = original;
    let history = newHistory(now.system, now.bounds);
    let turns = 0;
    /** Turns that have not ended. */
    let open = 0;
    /** The turn whose window opened last, and the one that is being answered. */
    let latest: Turn | undefined;
    let current: Turn | undefined;

    /** From the frames of a turn to the end of its answer, which begins when `go` says so. Changes nothing, so it can be run in vain. */
    const answerTo = ({ turn }: Turn, heard: Observable<Transcript>, go: Observable<unknown>): Observable<SessionNews> => heard.pipe(
      concatMap(({ text, final }): ObservableInput<SessionNews> => {
        const transcript: SessionNews = { type: 'transcript', turn, text, final };
        if (!final) return [transcript];
        if (text.trim() === '') return [transcript, cancelled(turn, 'no-words')];
        return concat([transcript], go.pipe(take(1), switchMap(() => reply(turn, text, history.prompt, speaking, now.language))));
      }),
      catchError((error: unknown) => of(failed(turn, error))),
    );
    const words = (judged: Observable<Judged>): Observable<Transcript> => of(judged.pipe(map(({ frame }) => frame))).pipe(transcribe(now.stages.stt));
    const speaking: Pick<Engines, 'llm' | 'tts'> = {
      llm: (messages) => now.stages.llm(messages),
      tts: (text) => hold.pipe(first((held) => !held), switchMap(() => now.stages.tts(text))),
    };

    /**
     * The adaptive endpoint: at a pause it listens to the words so far, and takes them for what they are worth. While an
     * answer is prepared there is no hurry, since nothing is won by ending the turn before it is ready.
     */
    const endpoint = (pause: Pause<Judged>): ObservableInput<number> => {
      const turn = latest;
      if (turn === undefined || pause.voiced < now.speech.minSpeech) return EMPTY;
      const worthwhile = (): boolean => now.speculate && turn === current && pause.voiced <= LONG && turn.tries < TRIES;
      const go = defer(() => {
        if (!worthwhile()) return turn.window.ended;
        turn.tries += 1;
        return of(true);
      });
      const answer = answerTo(turn, words(from(pause.frames)), go).pipe(
        // Speech that goes on lets go of it; at the end of the window the turn takes it over before the gate lets go.
        share({ connector: () => new ReplaySubject<SessionNews>(Infinity), resetOnComplete: false }),
      );
      turn.guess = { voiced: pause.voiced, answer };
      let patience: number = SILENCE.open;
      return answer.pipe(concatMap(function* (event) {
        if (event.type === 'transcript' && event.final) {
          patience = endpointAfter(event.text);
          yield worthwhile() ? Math.max(patience, SILENCE.stated) : patience;
        } else if (event.type === 'reply.audio') {
          yield patience;
        } else if (event.type === 'failed') {
          // A guess that failed is no reason to fail the turn, which will try for itself.
          turn.guess = undefined;
          yield patience;
        }
      }));
    };

    const answer = (turn: Turn): Observable<SessionNews> => {
      const { window } = turn;
      if (now.speech.minSilence === undefined) {
        return window.ended.pipe(switchMap(({ voiced }) => (turn.guess?.voiced === voiced ? turn.guess.answer : answerTo(turn, words(window), of(true)))));
      }
      // However early a streaming engine is done, or fails: a turn ends after the end of its window.
      const heard = words(window).pipe(
        concatMap((transcript) => (transcript.final ? window.ended.pipe(map(() => transcript)) : of(transcript))),
        catchError((error: unknown) => window.ended.pipe(map(() => { throw error; }))),
      );
      return answerTo(turn, heard, of(true));
    };

    /** Lets an answer out at the pace at which it is heard. Prepared ones are not paced before they are wanted. */
    const released = (turn: Turn): OperatorFunction<SessionNews, SessionNews> => (now.lead === Infinity ? identity
      : paced((event) => (event.type === 'reply.audio' ? msOf(event.audio.length) : 0), { lead: now.lead, scheduler, onCut: ({ heard }) => { turn.heard = heard; } }));

    const made = ({ pieces }: Turn, event: SessionNews): void => {
      if (event.type === 'reply.text') pieces[event.piece] = { text: event.text, samples: 0 };
      const piece = event.type === 'reply.audio' ? pieces[event.piece] : undefined;
      if (piece !== undefined && event.type === 'reply.audio') piece.samples += event.audio.length;
    };

    const note = (turn: Turn, event: SessionNews): void => {
      if (event.type === 'transcript' && event.final) turn.asked = event.text.trim();
      else if (event.type === 'reply.audio') turn.begun = event.piece + 1;
    };

    const said = ({ pieces, begun, heard }: Turn): string => (heard === undefined ? pieces.slice(0, begun).map(({ text }) => text).join(' ')
      : heardOf(pieces.map(({ text, samples }) => ({ text, length: msOf(samples) })), heard));

    /** Commits a turn that has ended to the history. */
    const close = (turn: Turn, event: SessionNews): void => {
      if (!ends(event)) return;
      const spoken = said(turn);
      // A question that failed without a word of answer is forgotten: the user was told, and will ask again.
      if (turn.asked !== '' && (event.type !== 'failed' || spoken !== '')) history = history.add(turn.asked, spoken, event.type !== 'reply.done');
      current = undefined;
    };

    const begin = (turn: Turn): Observable<SessionNews> => defer(() => {
      const interrupted = current === undefined ? [] : [cancelled(current.turn, 'interrupted')];
      for (const event of interrupted) if (current !== undefined) close(current, event);
      current = turn;
      // What is cancelled is let go of before anybody is told, so that it is known by then what was heard of it.
      const answering = answer(turn).pipe(tap((event) => made(turn, event)), released(turn), takeUntil(cancel));
      return concat(interrupted, merge(answering, cancel.pipe(map((reason) => cancelled(turn.turn, reason)))).pipe(
        takeWhile((event) => !ends(event), true),
        tap((event) => {
          note(turn, event);
          close(turn, event);
        }),
      ));
    });

    /** During an answer it takes more to count; what is still being said when the answer is over counts like any other. */
    const counts = (turn: Turn, answering: boolean): Observable<unknown> => (!answering ? turn.window.confirmed
      : merge(now.interrupts(turn.window), turn.window.ended.pipe(filter(({ accepted }) => accepted && current === undefined)))).pipe(
      tap(() => { turn.counts = true; }),
    );

    const ignored = ({ turn, window }: Turn): Observable<SessionNews> => window.ended.pipe(map(() => cancelled(turn, 'ignored')));

    const hearing = (turn: Turn): Observable<SessionNews> => turn.window.ended.pipe(
      concatMap(function* (end): Generator<SessionNews> {
        yield { type: 'speech.stopped', turn: turn.turn, ...end };
        if (end.accepted && !turn.counts && current !== undefined) yield cancelled(turn.turn, 'backchannel');
      }),
      startWith<SessionNews>({ type: 'speech.started', turn: turn.turn }),
    );

    const conversation = (judged: Observable<Judged>): Observable<SessionNews> => judged.pipe(
      vadGate<Judged>(() => ({ speech }) => speech, {
        ...now.speech, minSilence: now.speech.minSilence ?? endpoint, pauseAfter: PAUSE, maxSilence: SILENCE.open, frameLength: FRAME_MS, scheduler,
      }),
      map((window): Turn => (latest = { turn: ++turns, window, confirmed: window.confirmed, counts: false, tries: 0, asked: '', pieces: [], begun: 0 })),
      connect((opened) => merge(
        opened.pipe(mergeMap(hearing)),
        opened.pipe(bargeIn(begin, { policy: now.policy, counts, ignored })),
      )),
      tap((event) => {
        if (event.type === 'speech.started') open += 1;
        else if (ends(event)) open -= 1;
      }),
    );

    const refusals = changes.pipe(
      concatMap((change): SessionNews[] => {
        try {
          next = settled({ ...(next ?? now).options, ...change }, scheduler);
          return [];
        } catch (error) {
          return [{ type: 'warning', code: 'change-refused', message: `A change was refused: ${messageOf(error)}` }];
        }
      }),
      catchError((error: unknown) => of<SessionNews>({ type: 'warning', code: 'changes-lost', message: `Nothing can be changed any more: ${messageOf(error)}` })),
    );

    /** Goes over to what is to hold next, as soon as no turn is open. */
    const goOver = (): boolean => {
      if (next === undefined || open > 0) return false;
      now = next;
      next = undefined;
      history = history.under(now.system, now.bounds);
      return true;
    };

    return frames.pipe(
      judge(engines),
      listenGate(listen, { onDrop: ({ frame }) => onDrop?.(frame) }),
      connect((judged) => merge(
        refusals.pipe(takeUntil(judged.pipe(ignoreElements(), endWith('over')))),
        // Between two turns there is nothing to lose in the old conversation. The new one begins with the frame that found it so.
        judged.pipe(filter(goOver), switchMap((frame) => conversation(judged.pipe(startWith(frame))))),
      )),
      startWith<SessionNews>({ type: 'listening' }),
      map((news): SessionEvent => ({ ...news, at: scheduler.now() })),
      withLatency(),
    );
  });
}

type Settled = ReturnType<typeof settled>;

/** Options with nothing left open. @throws RangeError where they contradict each other */
function settled(options: SessionChange & Engines, scheduler: SchedulerLike) {
  const { system = '', chatSize = 30, chatTokens = 3_000, language = 'en', policy = 'interrupt', speculate = false, lead = Infinity, limits } = options;
  const speech = { minSpeech: 384, threshold: 0.6, ...options.speech };
  const { interrupts = speaksFor(INTERRUPTION, speech.threshold) } = options;
  vadGate(() => () => 0, speech);
  const stages = limited(options, { ...LIMITS, ...limits }, scheduler);
  return { options, system, bounds: { turns: chatSize, tokens: chatTokens }, language, policy, speculate, lead, speech, interrupts, stages };
}

/** Runs the VAD over the stream, whether or not it listens: the listen gate acts on frames that were judged. */
function judge({ vad }: Engines): OperatorFunction<Frame, Judged> {
  return (frames) => defer(() => {
    const speechIn = vad();
    return frames.pipe(concatMap((frame) => {
      const speech = speechIn(frame);
      return typeof speech === 'number' ? of({ frame, speech }) : from(speech).pipe(take(1), map((probability) => ({ frame, speech: probability })));
    }));
  });
}

/** Whether an utterance holds at least so much speech, as soon as it does. */
function speaksFor(ms: number, threshold: number): (utterance: Utterance<Judged>) => Observable<unknown> {
  return (utterance) => utterance.pipe(
    scan((voiced, { speech }) => (speech >= threshold ? voiced + FRAME_MS : voiced), 0),
    filter((voiced) => voiced >= ms),
  );
}

function msOf(samples: number): number {
  return (1_000 * samples) / SAMPLE_RATE;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function cancelled(turn: number, reason: CancelReason): Cancelled {
  return { type: 'cancelled', turn, reason };
}

function failed(turn: number, thrown: unknown): Failed {
  const { stage = 'llm', kind, code, message, hint } = asSpeechError(thrown, { kind: 'internal', code: 'internal' });
  return { type: 'failed', turn, stage, kind, code, message, ...(hint === undefined ? {} : { hint }) };
}
