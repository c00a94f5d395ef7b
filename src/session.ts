import { asyncScheduler, AsyncSubject, catchError, concat, concatMap, connect, defer, EMPTY, endWith, filter, first, from, identity, ignoreElements, map, merge, mergeMap, NEVER, of, ReplaySubject, share, startWith, Subject, switchMap, take, takeUntil, takeWhile, tap } from 'rxjs';
import type { Observable, ObservableInput, OperatorFunction } from 'rxjs';
import { bargeIn, listenGate, paced, transcribe, vadGate } from '../operators/index.js';
import type { Pause } from '../operators/index.js';
import { answer as answerWith, type Offer } from './answer.js';
import { endpointAfter, SILENCE } from './endpointing.js';
import { FRAME_MS, msOf } from './engines.js';
import type { Engines, Frame, Transcript } from './engines.js';
import { asSpeechError } from './errors.js';
import type { Cancelled, CancelReason, Failed, SessionEvent, SessionNews } from './events.js';
import { newHistory } from './history.js';
import { ends, withLatency } from './metrics.js';
import { reply } from './reply.js';
import { settled, type Judged, type SessionOptions, type Settled } from './session-options.js';
import { newTurn, typedTurn, noteMade, noteTold, saidOf, type Turn } from './turn.js';

/** Silence (ms) at which the words so far are asked for; shorter ones are the gaps between words. */
const PAUSE = 128;
/** Answers begun ahead of time, in one turn, and the speech (ms) after which none is: it would seldom be the end. */
const TRIES = 3;
const LONG = 10_000;
/** ms after the end of a question whether a tool may be used, from which on a yes is not meant for it. */
const LEAVE = 30_000;

/**
 * Holds one conversation: frames of one speaker in, everything that happens out.
 *
 * Every turn that began ends with exactly one of `reply.done`, `cancelled`, `failed`, or with a `speech.stopped` that was
 * not accepted. A failing engine ends its turn, never the session. Unsubscribing stops all engines at once.
 */
export function session(engines: Engines, options: SessionOptions = {}): OperatorFunction<Frame, SessionEvent> {
  const { changes = EMPTY, hold = of(false), listen = NEVER, onDrop, typed = EMPTY, cancel = NEVER, scheduler = asyncScheduler } = options;
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
    /** What the user was asked for leave to do, and until when (clock time) a yes counts. */
    let offer: { readonly made: Offer; readonly until: number } | undefined;
    /** What was typed before anybody was heard: it waits for the first frame, as all that happens does. */
    const early: string[] = [];
    /** What was understood at pauses. */
    const partials = new Subject<SessionNews>();

    /**
     * From the frames of a turn to the end of its answer, which begins when `go` says so. Changes nothing before `sure` says
     * that it is wanted, so it can be run in vain.
     */
    const answerTo = (asking: Turn, heard: Observable<Transcript>, go: Observable<unknown>, sure: Observable<unknown>): Observable<SessionNews> => heard.pipe(
      concatMap(({ text, final, language }: Transcript): ObservableInput<SessionNews> => {
        const { turn } = asking;
        const transcript: SessionNews = { type: 'transcript', turn, text, final, ...(language === undefined ? {} : { language }) };
        if (!final) return [transcript];
        if (text.trim() === '') return [transcript, cancelled(asking, 'no-words')];
        return concat([transcript], go.pipe(take(1), switchMap(() => reply(turn, written(asking, text, sure), speak))));
      }),
      catchError((error: unknown) => of(failed(asking.turn, error))),
    );
    const written = (asking: Turn, question: string, sure: Observable<unknown>): ReturnType<typeof answerWith> => answerWith(question, {
      turn: asking.turn, llm: now.stages.llm, prompt: history.prompt, language: now.language, tools: now.tools, sure, scheduler,
      offer: asking.before, onOffer: (made) => { asking.offer = made; },
    });
    const words = (judged: Observable<Judged>): Observable<Transcript> => of(judged.pipe(map(({ frame }) => frame))).pipe(transcribe(now.stages.stt));
    const speak: Engines['tts'] = (text) => hold.pipe(first((held) => !held), switchMap(() => now.stages.tts(text)));

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
      const wanted = new AsyncSubject<void>();
      const answer = answerTo(turn, words(from(pause.frames)), go, wanted).pipe(
        // Speech that goes on lets go of it; at the end of the window the turn takes it over before the gate lets go.
        share({ connector: () => new ReplaySubject<SessionNews>(Infinity), resetOnComplete: false }),
      );
      turn.guess = { voiced: pause.voiced, answer, wanted };
      let patience: number = SILENCE.open;
      return answer.pipe(concatMap(function* (event) {
        if (event.type === 'transcript' && event.final) {
          patience = endpointAfter(event.text);
          // Before the silence is known to be the end; what else is made of the guess is told where it turns out to be right.
          if (event.text.trim() !== '' && !turn.over) partials.next({ type: 'transcript', turn: turn.turn, text: event.text, final: false });
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
      const { window, typed: text } = turn;
      if (text !== undefined) return answerTo(turn, of({ text, final: true }), of(true), of(true));
      if (now.speech.minSilence === undefined) {
        return window.ended.pipe(switchMap(({ voiced }) => {
          const { guess } = turn;
          if (guess?.voiced !== voiced) return answerTo(turn, words(window), of(true), of(true));
          // Only now may it do anything: a turn that was cancelled meanwhile never comes here.
          return merge(guess.answer, defer(() => {
            guess.wanted.next();
            guess.wanted.complete();
            return EMPTY;
          }));
        }));
      }
      // However early a streaming engine is done, or fails: a turn ends after the end of its window.
      const heard = words(window).pipe(
        concatMap((transcript) => (transcript.final ? window.ended.pipe(map(() => transcript)) : of(transcript))),
        catchError((error: unknown) => window.ended.pipe(map(() => { throw error; }))),
      );
      return answerTo(turn, heard, of(true), of(true));
    };

    /** Lets an answer out at the pace at which it is heard. Prepared ones are not paced before they are wanted. */
    const released = (turn: Turn): OperatorFunction<SessionNews, SessionNews> => (now.lead === Infinity ? identity
      : paced((event) => (event.type === 'reply.audio' ? msOf(event.audio.length) : 0), { lead: now.lead, scheduler, onCut: ({ heard }) => { turn.heard = heard; } }));

    /** Commits a turn that has ended to the history. */
    const close = (turn: Turn, event: SessionNews): void => {
      if (!ends(event)) return;
      turn.over = true;
      const spoken = saidOf(turn);
      // A question that failed without a word of answer is forgotten: the user was told, and will ask again.
      if (turn.asked !== '' && (event.type !== 'failed' || spoken !== '')) history = history.add(turn.asked, spoken, event.type !== 'reply.done');
      // Only who has been asked to the end can have said yes.
      if (event.type === 'reply.done' && turn.offer !== undefined) offer = { made: turn.offer, until: scheduler.now() + event.length + LEAVE };
      current = undefined;
    };

    const begin = (turn: Turn): Observable<SessionNews> => defer(() => {
      const interrupted = current === undefined ? [] : [cancelled(current, 'interrupted')];
      for (const event of interrupted) if (current !== undefined) close(current, event);
      current = turn;
      if (offer !== undefined) turn.before = { ...offer.made, late: scheduler.now() > offer.until };
      // What is cancelled is let go of before anybody is told, so that it is known by then what was heard of it.
      const answering = answer(turn).pipe(tap((event) => noteMade(turn, event)), released(turn), takeUntil(cancel));
      return concat(interrupted, opening(turn), merge(answering, cancel.pipe(map((reason) => cancelled(turn, reason)))).pipe(
        takeWhile((event) => !ends(event), true),
        tap((event) => {
          noteTold(turn, event);
          // Whatever it was, these words were the answer to what was asked before.
          if (turn.asked !== '') offer = undefined;
          close(turn, event);
        }),
      ));
    });

    /** During an answer it takes more to count; what is still being said when the answer is over counts like any other. */
    const counts = (turn: Turn, answering: boolean): Observable<unknown> => (!answering || turn.typed !== undefined ? turn.window.confirmed
      : merge(now.interrupts(turn.window), turn.window.ended.pipe(filter(({ accepted }) => accepted && current === undefined)))).pipe(
      tap(() => { turn.counts = true; }),
    );

    const ignored = (turn: Turn): Observable<SessionNews> => concat(opening(turn), turn.window.ended.pipe(map(() => cancelled(turn, 'ignored'))));

    const hearing = (turn: Turn): Observable<SessionNews> => turn.window.ended.pipe(
      concatMap(function* (end): Generator<SessionNews> {
        yield { type: 'speech.stopped', turn: turn.turn, ...end };
        if (end.accepted && !turn.counts && current !== undefined) yield cancelled(turn, 'backchannel');
      }),
      startWith<SessionNews>({ type: 'speech.started', turn: turn.turn }),
    );

    /** Turns that are typed, as long as there is somebody to listen to. */
    const asked = (judged: Observable<Judged>): Observable<Turn> => concat(defer(() => from(early.splice(0))), typed).pipe(
      map((text) => typedTurn(++turns, text)),
      takeUntil(judged.pipe(ignoreElements(), endWith('over'))),
    );

    const conversation = (judged: Observable<Judged>): Observable<SessionNews> => judged.pipe(
      vadGate<Judged>(() => ({ speech }) => speech, {
        ...now.speech, minSilence: now.speech.minSilence ?? endpoint, pauseAfter: PAUSE, maxSilence: SILENCE.open, frameLength: FRAME_MS, scheduler,
      }),
      map((window): Turn => (latest = newTurn(++turns, window))),
      connect((opened) => merge(
        opened.pipe(mergeMap(hearing)),
        merge(opened, asked(judged)).pipe(bargeIn(begin, { policy: now.policy, counts, ignored })),
        partials.pipe(takeUntil(opened.pipe(ignoreElements(), endWith('over')))),
      )),
      tap((event) => {
        if (event.type === 'speech.started' || event.type === 'typed') open += 1;
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
    const goOver = (): readonly SessionNews[] | undefined => {
      if (next === undefined || open > 0) return undefined;
      const { differs } = next.options;
      const news: SessionNews[] = differs === undefined || differs === now.options.differs ? [] : [{ type: 'changed', differs }];
      now = next;
      next = undefined;
      history = history.under(now.system, now.bounds);
      return news;
    };
    function* goingOver(frame: Judged): Generator<{ readonly frame: Judged; readonly news: readonly SessionNews[] }> {
      const news = goOver();
      if (news !== undefined) yield { frame, news };
    }

    return frames.pipe(
      judge(engines),
      listenGate(listen, { onDrop: ({ frame }) => onDrop?.(frame) }),
      connect((judged) => merge(
        refusals.pipe(takeUntil(judged.pipe(ignoreElements(), endWith('over')))),
        typed.pipe(tap((text) => early.push(text)), ignoreElements(), takeUntil(judged.pipe(endWith('over')))),
        // Between two turns there is nothing to lose in the old conversation. The new one begins with the frame that found it so.
        judged.pipe(concatMap(goingOver), switchMap(({ frame, news }) => conversation(judged.pipe(startWith(frame))).pipe(startWith(...news)))),
      )),
      startWith<SessionNews>({ type: 'listening' }),
      map((news): SessionEvent => ({ ...news, at: scheduler.now() })),
      withLatency(),
    );
  });
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

/** The news that a turn has begun without a word said. */
function opening({ turn, typed }: Turn): SessionNews[] {
  return typed === undefined ? [] : [{ type: 'typed', turn }];
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function cancelled({ turn, heard }: Turn, reason: CancelReason): Cancelled {
  return { type: 'cancelled', turn, reason, ...(heard !== undefined && { heard: Math.round(heard) }) };
}

function failed(turn: number, thrown: unknown): Failed {
  const { stage = 'llm', kind, code, message, hint } = asSpeechError(thrown, { kind: 'internal', code: 'internal' });
  return { type: 'failed', turn, stage, kind, code, message, ...(hint === undefined ? {} : { hint }) };
}
