import {
  asyncScheduler, catchError, concat, concatMap, connect, defer, delay, EMPTY, exhaustMap, filter, from, map, merge, mergeMap,
  NEVER, of, ReplaySubject, share, startWith, switchMap, take, takeWhile, tap, timeout, timer,
} from 'rxjs';
import type { Observable, ObservableInput, OperatorFunction, SchedulerLike } from 'rxjs';
import { chat, listenGate, sentences, synthesize, transcribe, vadGate } from '../operators/index.js';
import type { Pause, Spoken, Utterance, UtteranceEnd, VadGateOptions } from '../operators/index.js';
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
  /** What speech during an answer does to it: it interrupts, is ignored, or waits for its turn. @default 'interrupt' */
  readonly policy?: keyof typeof flattening;
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
const PAUSE = 192;

/** The interruption policy is the flattening word. */
const flattening = {
  interrupt: (answer: Answer) => switchMap(answer),
  ignore: (answer: Answer) => exhaustMap(answer),
  queue: (answer: Answer) => concatMap(answer),
} as const;

/** A frame with its probability of speech. */
interface Judged { readonly frame: Frame; readonly speech: number }

interface Turn {
  readonly turn: number;
  readonly window: Utterance<Judged>;
  /** What the STT made of the window up to its last pause, and how much speech (ms) that was. */
  guess?: { readonly voiced: number; readonly transcript: Observable<Transcript> };
  asked: string;
  /** The pieces of the answer of which at least some was handed over. */
  readonly said: string[];
}

type Answer = (turn: Turn) => Observable<SessionNews>;

/**
 * Holds one conversation: frames of one speaker in, everything that happens out.
 *
 * Every turn that began ends with exactly one of `reply.done`, `cancelled`, `failed`, or with a `speech.stopped` that was
 * not accepted. A failing engine ends its turn, never the session. Unsubscribing stops all engines at once.
 */
export function session(engines: Engines, options: SessionOptions = {}): OperatorFunction<Frame, SessionEvent> {
  const { system = '', chatSize = 30, language = 'en', policy = 'interrupt' } = options;
  const speech: SpeechOptions = options.speech ?? {};
  const { listen = NEVER, onDrop, cancel = NEVER, scheduler = asyncScheduler } = options;
  const limits = { ...LIMITS, ...options.limits };
  const minSpeech = speech.minSpeech ?? 384;
  const adaptive = speech.minSilence === undefined;

  return (frames) =>
    defer(() => {
      let history = newHistory(system, chatSize);
      let turns = 0;
      let latest: Turn | undefined;
      let current: Turn | undefined;

      const words = (window: Observable<Judged>): Observable<Transcript> =>
        of(window.pipe(map(({ frame }) => frame))).pipe(transcribe((utterance) => engineCall('stt', () => engines.stt(utterance))));

      /** The adaptive endpoint: transcribes at a pause, and takes the words for what they are worth. */
      const endpoint = (pause: Pause<Judged>): ObservableInput<number> => {
        if (latest === undefined || pause.voiced < minSpeech) return EMPTY;
        const transcript = words(from(pause.frames)).pipe(
          // Speech that goes on lets go of the guess; the end of the window hands it over to the turn in the same tick.
          share({ connector: () => new ReplaySubject<Transcript>(Infinity), resetOnRefCountZero: () => timer(0, scheduler), resetOnComplete: false, resetOnError: false }),
        );
        latest.guess = { voiced: pause.voiced, transcript };
        return transcript.pipe(filter(({ final }) => final), map(({ text }) => endpointAfter(text)), catchError(() => EMPTY));
      };

      const hear = (turn: Turn): Observable<Transcript> => {
        const { window } = turn;
        const heard = adaptive
          ? window.ended.pipe(switchMap(({ voiced }) => (turn.guess?.voiced === voiced ? turn.guess.transcript : words(window))))
          : words(window);
        const late = window.ended.pipe(delay(limits.stt, scheduler), concatMap(() => tooLate('stt', 'transcript', limits.stt)));
        // However early a streaming engine is done, or fails: a turn ends after the end of its window.
        return merge(heard, late).pipe(
          concatMap((transcript) => (transcript.final ? window.ended.pipe(map(() => transcript)) : of(transcript))),
          catchError((error: unknown) => window.ended.pipe(map(() => { throw error; }))),
          takeWhile(({ final }) => !final, true),
        );
      };

      const reply = (turn: Turn): Observable<SessionNews> => {
        let samples = 0;
        const tokens = of(turn.asked).pipe(
          chat((prompt: readonly Message[]) => engineCall('llm', () => engines.llm(prompt)).pipe(
            timeout({ first: limits.firstToken, each: limits.nextToken, with: ({ seen }) => tooLate('llm', 'token', seen === 0 ? limits.firstToken : limits.nextToken), scheduler }),
          ), (asked) => history.prompt(asked)),
        );
        const spoken = synthesize<Int16Array>((text) => engineCall('tts', () => engines.tts(text)).pipe(
          timeout({ each: limits.tts, with: () => tooLate('tts', 'samples', limits.tts), scheduler }),
        ));
        const audio = ({ text, index, audio }: Spoken<Int16Array>): SessionNews => {
          turn.said[index] = text;
          samples += audio.length;
          return { type: 'reply.audio', turn: turn.turn, audio };
        };
        const done = (): SessionNews => {
          if (samples === 0) throw new SpeechError('The LLM answered with nothing that can be spoken.', { kind: 'stage', stage: 'llm', code: 'llm-empty', retryable: true });
          return { type: 'reply.done', turn: turn.turn, text: turn.said.join(' '), length: (1_000 * samples) / SAMPLE_RATE };
        };
        return concat(
          tokens.pipe(
            connect((deltas) => merge(
              deltas.pipe(take(1), map((): SessionNews => ({ type: 'reply.started', turn: turn.turn }))),
              deltas.pipe(sentences({ language }), connect((pieces) => merge(
                pieces.pipe(map((text): SessionNews => ({ type: 'reply.text', turn: turn.turn, text }))),
                pieces.pipe(spoken, map(audio)),
              ))),
            )),
          ),
          defer(() => of(done())),
        );
      };

      const answer = (turn: Turn): Observable<SessionNews> =>
        hear(turn).pipe(
          concatMap(({ text, final }): ObservableInput<SessionNews> => {
            const transcript: SessionNews = { type: 'transcript', turn: turn.turn, text, final };
            if (!final) return [transcript];
            if (text.trim() === '') return [transcript, cancelled(turn, 'no-words')];
            turn.asked = text;
            return concat([transcript], reply(turn));
          }),
          catchError((error: unknown) => of(failed(turn, error))),
        );

      const close = (event: SessionNews): void => {
        if (current === undefined || !('turn' in event) || event.turn !== current.turn || !ends(event)) return;
        const { asked, said } = current;
        const heard = said.filter(Boolean).join(' ');
        // A question that failed without a word of answer is forgotten: the user was told, and will ask again.
        if (asked !== '' && (event.type !== 'failed' || heard !== '')) history = history.add(asked, heard, event.type !== 'reply.done');
        current = undefined;
      };

      const begin = (turn: Turn): Observable<SessionNews> =>
        defer(() => {
          const interrupted = current === undefined ? [] : [cancelled(current, 'interrupted')];
          interrupted.forEach(close);
          current = turn;
          return concat(interrupted, merge(answer(turn), cancel.pipe(map((reason) => cancelled(turn, reason))))).pipe(
            takeWhile((event) => event.type === 'cancelled' && event.turn !== turn.turn || !ends(event), true),
            tap(close),
          );
        });

      const ignored = (turn: Turn): Observable<SessionNews> => turn.window.ended.pipe(map(() => cancelled(turn, 'ignored')));

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
        map((window): Turn => (latest = { turn: ++turns, window, asked: '', said: [] })),
        connect((opened) => merge(
          opened.pipe(mergeMap(hearing)),
          opened.pipe(
            // Confirmed, not merely opened: a false opening must not cut an answer short.
            mergeMap((turn) => turn.window.confirmed.pipe(map(() => turn))),
            connect((confirmed) => merge(
              policy === 'ignore' ? confirmed.pipe(filter(() => current !== undefined), mergeMap(ignored)) : EMPTY,
              confirmed.pipe(flattening[policy](begin)),
            )),
          ),
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

function cancelled({ turn }: Turn, reason: CancelReason): Cancelled {
  return { type: 'cancelled', turn, reason };
}

function failed({ turn }: Turn, thrown: unknown): Failed {
  const { stage = 'llm', kind, code, message, hint } = asSpeechError(thrown, { kind: 'internal', code: 'internal' });
  return { type: 'failed', turn, stage, kind, code, message, ...(hint === undefined ? {} : { hint }) };
}
