import {
  asyncScheduler, catchError, concat, concatMap, connect, defer, delay, EMPTY, from, map, merge, mergeMap,
  NEVER, of, ReplaySubject, share, startWith, switchMap, take, takeWhile, tap, timeout,
} from 'rxjs';
import type { Observable, ObservableInput, OperatorFunction, SchedulerLike } from 'rxjs';
import { bargeIn, chat, listenGate, sentences, synthesize, transcribe, vadGate } from '../operators/index.js';
import type { BargeInPolicy, Pause, Spoken, Utterance, UtteranceEnd, VadGateOptions } from '../operators/index.js';
import { endpointAfter, SILENCE } from './endpointing.js';
import { FRAME_SAMPLES, SAMPLE_RATE } from './engines.js';
import type { Engines, Frame, Message, Transcript } from './engines.js';
import { asSpeechError, SpeechError } from './errors.js';
import type { Stage } from './errors.js';
import type { Cancelled, CancelReason, Failed, SessionEvent, SessionNews, SpeechStopped } from './events.js';
import { newHistory } from './history.js';
import { ends, withLatency } from './metrics.js';

export interface SessionOptions {
  /** The system prompt. @default '' */
  readonly system?: string;
  /** Turns of the conversation that the LLM is reminded of. @default 30 */
  readonly chatSize?: number;
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
  /** The longest wait (ms) for a transcript after the end of speech, for the first token, for the next one, and for samples. */
  readonly limits?: Partial<Limits>;
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

interface Limits { readonly stt: number; readonly firstToken: number; readonly nextToken: number; readonly tts: number }

/** The limits of test R10 in reliability terms: a stage that hangs ends its turn, not the session. */
const LIMITS: Limits = { stt: 30_000, firstToken: 15_000, nextToken: 10_000, tts: 10_000 };

/** Silence (ms) at which the words so far are asked for; shorter ones are the gaps between words. */
const PAUSE = 128;
/** Answers begun ahead of time, in one turn, and the speech (ms) after which none is: it would seldom be the end. */
const TRIES = 3;
const LONG = 10_000;

/** A frame with its probability of speech. */
interface Judged { readonly frame: Frame; readonly speech: number }

interface Turn {
  readonly turn: number;
  readonly window: Utterance<Judged>;
  /** Of the window: it is an utterance, and no false opening. */
  readonly confirmed: Observable<void>;
  /** What became of the window up to its last pause, and how much speech (ms) that was. */
  guess?: { readonly voiced: number; readonly answer: Observable<SessionNews> } | undefined;
  /** Answers that were begun ahead of time. */
  tries: number;
  asked: string;
  /** The pieces of the answer, and how many of them were handed over at least in part. */
  readonly pieces: string[];
  said: number;
}

/**
 * Holds one conversation: frames of one speaker in, everything that happens out.
 *
 * Every turn that began ends with exactly one of `reply.done`, `cancelled`, `failed`, or with a `speech.stopped` that was
 * not accepted. A failing engine ends its turn, never the session. Unsubscribing stops all engines at once.
 */
export function session(engines: Engines, options: SessionOptions = {}): OperatorFunction<Frame, SessionEvent> {
  const { system = '', chatSize = 30, language = 'en', policy = 'interrupt', speculate = false } = options;
  const { listen = NEVER, onDrop, cancel = NEVER, scheduler = asyncScheduler } = options;
  const speech: SpeechOptions = options.speech ?? {};
  const { minSpeech = 384 } = speech;
  const limits = { ...LIMITS, ...options.limits };

  return (frames) =>
    defer(() => {
      let history = newHistory(system, chatSize);
      let turns = 0;
      /** The turn whose window opened last, and the one that is being answered. */
      let latest: Turn | undefined;
      let current: Turn | undefined;

      /** What is said in a window, which is the turn's or what there is of it so far. */
      const words = ({ window }: Turn, frames: Observable<Judged>): Observable<Transcript> =>
        merge(
          of(frames.pipe(map(({ frame }) => frame))).pipe(transcribe((utterance) => engineCall('stt', () => engines.stt(utterance)))),
          window.ended.pipe(delay(limits.stt, scheduler), concatMap(() => tooLate('stt', 'transcript', limits.stt))),
        ).pipe(takeWhile(({ final }) => !final, true));

      /** The answer to a question, as it is spoken. */
      const reply = (turn: number, asked: string): Observable<SessionNews> =>
        defer(() => {
          const said: string[] = [];
          let samples = 0;
          const tokens = (prompt: readonly Message[]): Observable<string> => engineCall('llm', () => engines.llm(prompt)).pipe(
            timeout({ first: limits.firstToken, each: limits.nextToken, with: ({ seen }) => tooLate('llm', 'token', seen === 0 ? limits.firstToken : limits.nextToken), scheduler }),
          );
          const voice = (text: string): Observable<Int16Array> => engineCall('tts', () => engines.tts(text)).pipe(
            timeout({ each: limits.tts, with: () => tooLate('tts', 'samples', limits.tts), scheduler }),
          );
          const spoken = ({ text, index, audio }: Spoken<Int16Array>): SessionNews => {
            said[index] = text;
            samples += audio.length;
            return { type: 'reply.audio', turn, piece: index, audio };
          };
          const done = (): SessionNews => {
            if (samples === 0) throw new SpeechError('The LLM answered with nothing that can be spoken.', { kind: 'stage', stage: 'llm', code: 'llm-empty', retryable: true });
            return { type: 'reply.done', turn, text: said.join(' '), length: (1_000 * samples) / SAMPLE_RATE };
          };
          return concat(
            of(asked).pipe(chat(tokens, (question) => history.prompt(question)), connect((deltas) => merge(
              deltas.pipe(take(1), map((): SessionNews => ({ type: 'reply.started', turn }))),
              deltas.pipe(sentences({ language }), connect((pieces) => merge(
                pieces.pipe(map((text, piece): SessionNews => ({ type: 'reply.text', turn, piece, text }))),
                pieces.pipe(synthesize(voice), map(spoken)),
              ))),
            ))),
            defer(() => of(done())),
          );
        });

      /** From words to the end of the answer, which begins when `go` says so. Changes nothing, so it can be run in vain. */
      const answerTo = ({ turn }: Turn, heard: Observable<Transcript>, go: Observable<unknown>): Observable<SessionNews> =>
        heard.pipe(
          concatMap(({ text, final }): ObservableInput<SessionNews> => {
            const transcript: SessionNews = { type: 'transcript', turn, text, final };
            if (!final) return [transcript];
            if (text.trim() === '') return [transcript, cancelled(turn, 'no-words')];
            return concat([transcript], go.pipe(take(1), switchMap(() => reply(turn, text))));
          }),
          catchError((error: unknown) => of(failed(turn, error))),
        );

      /**
       * The adaptive endpoint: at a pause it listens to the words so far, and takes them for what they are worth. While an
       * answer is prepared there is no hurry, since nothing is won by ending the turn before it is ready.
       */
      const endpoint = (pause: Pause<Judged>): ObservableInput<number> => {
        const turn = latest;
        if (turn === undefined || pause.voiced < minSpeech) return EMPTY;
        const worthwhile = (): boolean => speculate && turn === current && pause.voiced <= LONG && turn.tries < TRIES;
        const go = defer(() => {
          if (!worthwhile()) return turn.window.ended;
          turn.tries += 1;
          return of(true);
        });
        const answer = answerTo(turn, words(turn, from(pause.frames)), go).pipe(
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
        const afresh = (): Observable<SessionNews> => answerTo(turn, words(turn, window), of(true));
        if (speech.minSilence === undefined) {
          return window.ended.pipe(switchMap(({ voiced }) => (turn.guess?.voiced === voiced ? turn.guess.answer : afresh())));
        }
        // However early a streaming engine is done, or fails: a turn ends after the end of its window.
        const heard = words(turn, window).pipe(
          concatMap((transcript) => (transcript.final ? window.ended.pipe(map(() => transcript)) : of(transcript))),
          catchError((error: unknown) => window.ended.pipe(map(() => { throw error; }))),
        );
        return answerTo(turn, heard, of(true));
      };

      const note = (turn: Turn, event: SessionNews): void => {
        if (event.type === 'transcript' && event.final) turn.asked = event.text.trim();
        else if (event.type === 'reply.text') turn.pieces[event.piece] = event.text;
        else if (event.type === 'reply.audio') turn.said = event.piece + 1;
      };

      const close = (event: SessionNews): void => {
        if (current === undefined || !('turn' in event) || event.turn !== current.turn || !ends(event)) return;
        const { asked, pieces } = current;
        const said = pieces.slice(0, current.said).join(' ');
        // A question that failed without a word of answer is forgotten: the user was told, and will ask again.
        if (asked !== '' && (event.type !== 'failed' || said !== '')) history = history.add(asked, said, event.type !== 'reply.done');
        current = undefined;
      };

      const begin = (turn: Turn): Observable<SessionNews> =>
        defer(() => {
          const interrupted = current === undefined ? [] : [cancelled(current.turn, 'interrupted')];
          interrupted.forEach(close);
          current = turn;
          return concat(interrupted, merge(answer(turn), cancel.pipe(map((reason) => cancelled(turn.turn, reason)))).pipe(
            takeWhile((event) => !ends(event), true),
            tap((event) => {
              note(turn, event);
              close(event);
            }),
          ));
        });

      const ignored = ({ turn, window }: Turn): Observable<SessionNews> => window.ended.pipe(map(() => cancelled(turn, 'ignored')));

      const hearing = ({ turn, window }: Turn): Observable<SessionNews> =>
        window.ended.pipe(map((end) => stopped(turn, end)), startWith<SessionNews>({ type: 'speech.started', turn }));

      return frames.pipe(
        judge(engines),
        listenGate(listen, { onDrop: ({ frame }) => onDrop?.(frame) }),
        vadGate<Judged>(() => (judged) => judged.speech, {
          ...speech,
          minSpeech,
          minSilence: speech.minSilence ?? endpoint,
          pauseAfter: PAUSE,
          maxSilence: SILENCE.open,
          frameLength: (1_000 * FRAME_SAMPLES) / SAMPLE_RATE,
          scheduler,
        }),
        map((window): Turn => (latest = { turn: ++turns, window, confirmed: window.confirmed, tries: 0, asked: '', pieces: [], said: 0 })),
        connect((opened) => merge(
          opened.pipe(mergeMap(hearing)),
          opened.pipe(bargeIn(begin, { policy, ignored })),
        )),
        startWith<SessionNews>({ type: 'listening' }),
        map((news): SessionEvent => ({ ...news, at: scheduler.now() })),
        withLatency(),
      );
    });
}

/** Runs the VAD over the stream, whether or not it listens: the listen gate acts on frames that were judged. */
function judge({ vad }: Engines): OperatorFunction<Frame, Judged> {
  return (frames) =>
    defer(() => {
      const speechIn = vad();
      return frames.pipe(concatMap((frame) => {
        const speech = speechIn(frame);
        return typeof speech === 'number' ? of({ frame, speech }) : from(speech).pipe(take(1), map((probability) => ({ frame, speech: probability })));
      }));
    });
}

/** One call of an engine; whatever it throws, now or later, names its stage. */
function engineCall<T>(stage: Stage, call: () => ObservableInput<T>): Observable<T> {
  return defer(call).pipe(catchError((error: unknown) => { throw asSpeechError(error, { kind: 'stage', stage, code: `${stage}-failed` }); }));
}

function tooLate(stage: Stage, what: string, limit: number): Observable<never> {
  return defer(() => { throw new SpeechError(`No ${what} from the ${stage.toUpperCase()} for ${limit / 1_000} s: the turn was given up.`, { kind: 'stage', stage, code: `${stage}-timeout`, retryable: true }); });
}

function stopped(turn: number, end: UtteranceEnd): SpeechStopped {
  return { type: 'speech.stopped', turn, ...end };
}

function cancelled(turn: number, reason: CancelReason): Cancelled {
  return { type: 'cancelled', turn, reason };
}

function failed(turn: number, thrown: unknown): Failed {
  const { stage = 'llm', kind, code, message, hint } = asSpeechError(thrown, { kind: 'internal', code: 'internal' });
  return { type: 'failed', turn, stage, kind, code, message, ...(hint === undefined ? {} : { hint }) };
}
