import { concat, concatMap, connect, defer, EMPTY, endWith, filter, from, ignoreElements, map, merge, of, switchMap, take, takeUntil, tap, timer } from 'rxjs';
import type { Observable, SchedulerLike } from 'rxjs';
import { chat, sentences } from '../operators/index.js';
import type { Llm, Message, ToolCall, ToolRound } from './engines.js';
import { SpeechError } from './errors.js';
import type { ReplyStarted, SessionNews } from './events.js';
import { fillerIn, isYes, questionIn } from './tool-talk.js';
import { actingOf, judge, runTool, type Judged, type Tool } from './tools.js';

/** A piece of text that can be spoken. */
export interface Piece {
  readonly type: 'piece';
  readonly text: string;
  /** It passes the time, and is not the model's. */
  readonly filler: boolean;
}

/** What a user was asked for leave to do, and has not answered yet. */
export interface Offer {
  /** The rounds of the answer that were over by then. */
  readonly past: readonly ToolRound[];
  readonly judged: readonly Judged[];
}

export interface AnswerOptions {
  readonly turn: number;
  readonly llm: Llm;
  /** What the LLM is asked, made of the question when it is asked. */
  readonly prompt: (question: string) => readonly Message[];
  readonly language: string;
  readonly tools: readonly Tool[];
  /** What was asked before, which this question may be the answer to; `late` where it does not count any more. */
  readonly offer?: Offer & { readonly late: boolean } | undefined;
  /** Emits once this answer is wanted for sure: nothing is done and nobody asked before. */
  readonly sure: Observable<unknown>;
  /** Is told what the user is asked in this answer. */
  readonly onOffer: (offer: Offer) => void;
  readonly scheduler: SchedulerLike;
}

/** Rounds of calls in one answer. */
const MOST_ROUNDS = 4;
/** ms that a tool may take before something is said. */
const PATIENCE = 1_000;

/**
 * The text of an answer in pieces that can be spoken, and news of how it comes about. Where the LLM calls tools they are run,
 * all calls of a round at once, and it is asked again with what they have come to; where one of them acts, the answer ends
 * with the question whether it may.
 *
 * ```
 * llm      --a-b-c|       --d-e-|
 * tool             ----r|
 * written  --p-----n---n----p---(p|)
 * ```
 *
 * (c is a call, n news of it, p a piece.)
 */
export function answer(question: string, { turn, llm, prompt, language, tools, offer, sure, onOffer, scheduler }: AnswerOptions): Observable<Piece | SessionNews> {
  return defer(() => {
    let begun = false;
    let calls = 0;
    let filled = false;
    const specs = tools.map(({ name, description, parameters }) => ({ name, description, parameters }));

    function* begin(): Generator<ReplyStarted> {
      if (!begun) yield { type: 'reply.started', turn };
      begun = true;
    }
    const speak = (text: string, isFiller: boolean): Observable<Piece | SessionNews> => concat(defer(begin), of<Piece>({ type: 'piece', text, filler: isFiller }));

    const round = (messages: readonly Message[], past: readonly ToolRound[]): Observable<Piece | SessionNews> => defer(() => {
      const called: ToolCall[] = [];
      let said = '';
      const tooling = tools.length + past.length === 0 ? [] : [{ tools: specs, rounds: past, more: past.length < MOST_ROUNDS }] as const;
      const written = from(llm(messages, ...tooling)).pipe(filter((part) => part !== ''), connect((parts) => merge(
        parts.pipe(take(1), concatMap(begin)),
        parts.pipe(tap((part) => { if (typeof part !== 'string') called.push(part); }), ignoreElements()),
        parts.pipe(filter((part) => typeof part === 'string'), tap((text) => { said += text; }), sentences({ language }), map((text): Piece => ({ type: 'piece', text, filler: false }))),
      )));
      return concat(written, defer(() => (called.length === 0 ? EMPTY : sure.pipe(take(1), switchMap(() => use(messages, past, said, judge(called, tools)))))));
    });

    const use = (messages: readonly Message[], past: readonly ToolRound[], said: string, judged: readonly Judged[]): Observable<Piece | SessionNews> => {
      if (past.length >= MOST_ROUNDS) {
        throw new SpeechError(`The language model called tools ${MOST_ROUNDS} times and wanted more.`, { kind: 'stage', stage: 'llm', code: 'llm-tools-endless', hint: 'Say in the description of the tools, or in --init_chat_prompt, when none is needed.' });
      }
      return actingOf(judged).length > 0 ? ask(past, judged) : run(messages, past, said, judged);
    };

    const ask = (past: readonly ToolRound[], judged: readonly Judged[]): Observable<Piece | SessionNews> => {
      const acting = actingOf(judged);
      const questions = acting.map(({ tool, args }) => tool.question?.(args) ?? questionIn(language, tool.name, args));
      onOffer({ past, judged });
      return concat(
        defer(begin),
        of<SessionNews>({ type: 'tool.asked', turn, tools: namesOf(acting) }),
        of(questions.join(' ')).pipe(sentences({ language }), map((text): Piece => ({ type: 'piece', text, filler: false }))),
      );
    };

    const run = (messages: readonly Message[], past: readonly ToolRound[], said: string, judged: readonly Judged[]): Observable<Piece | SessionNews> => defer(() => {
      const results: string[] = [];
      const all = merge(...judged.map((one, index) => runTool(turn, calls++, one, scheduler, (result) => { results[index] = result; })));
      const words = judged.flatMap((one) => ('tool' in one ? [one.tool.filler ?? fillerIn(language)] : [])).find((text) => text.trim() !== '');
      const filler = words === undefined || filled || said.trim() !== '' ? EMPTY : timer(PATIENCE, scheduler).pipe(switchMap(() => {
        filled = true;
        return speak(words, true);
      }));
      return concat(
        all.pipe(connect((news) => merge(news, filler.pipe(takeUntil(news.pipe(ignoreElements(), endWith('over'))))))),
        defer(() => round(messages, [...past, { said, calls: judged.map(({ call }, index) => ({ ...call, result: results[index] ?? '' })) }])),
      );
    });

    const begins = (messages: readonly Message[]): Observable<Piece | SessionNews> => {
      if (offer === undefined) return round(messages, []);
      const { past, judged, late } = offer;
      const decision = late ? 'late' : isYes(question, language) ? 'yes' : 'no';
      // Nothing that follows from the decision is prepared ahead: what is said may go on.
      return sure.pipe(take(1), switchMap(() => concat(
        of<SessionNews>({ type: 'tool.decided', turn, tools: namesOf(actingOf(judged)), decision }),
        decision === 'yes' ? run(messages, past, '', judged) : round(messages, []),
      )));
    };

    return of(question).pipe(chat(begins, prompt));
  });
}

const namesOf = (acting: ReturnType<typeof actingOf>): string[] => acting.map(({ tool }) => tool.name);
