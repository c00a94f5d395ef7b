import { catchError, concat, defaultIfEmpty, defer, from, map, of, takeLast, timeout } from 'rxjs';
import type { Observable, ObservableInput, SchedulerLike } from 'rxjs';
import type { ToolCall, ToolSpec } from './engines.js';
import { asSpeechError } from './errors.js';
import type { ToolCalled, ToolDone } from './events.js';

/** What a tool is given: an object that keeps to its `parameters`. */
export type ToolArgs = Readonly<Record<string, unknown>>;

/** Something that a conversation can do besides talking. */
export interface Tool extends ToolSpec {
  /** Whether it changes anything in the world. Then the user is asked by voice, and it waits for a clear yes. @default true */
  readonly acts?: boolean;
  /** What the user is asked. @default undefined, which is its name and all that it is given */
  readonly question?: (args: ToolArgs) => string | undefined;
  /** Spoken where it takes longer than a second; empty for nothing. @default "One moment.", in the language of the session */
  readonly filler?: string;
  /** The longest time (ms) that it may take. @default 10_000 */
  readonly timeout?: number;
  /** What is wrong with arguments, in words for the model; undefined where nothing is. @default all are right */
  readonly check?: (args: ToolArgs) => string | undefined;
  /** Does it, and emits the result in words for the model. Unsubscribing stops it at once. */
  readonly run: (args: ToolArgs) => ObservableInput<string>;
}

/** A call that was looked at: what is to be run, or why it is not. */
export type Judged = { readonly call: ToolCall } & ({ readonly tool: Tool; readonly args: ToolArgs } | { readonly wrong: string });

/** Calls of one round that are looked at; a model that asks for more asks for too much. */
const MOST_CALLS = 8;
/** Characters of arguments and results that are told. */
const TOLD = 500;

/** Looks at the calls of a round, without doing anything. Whatever a model may write, only a tool of these is ever run. */
export function judge(calls: readonly ToolCall[], tools: readonly Tool[]): readonly Judged[] {
  return calls.map((call, index): Judged => {
    if (index >= MOST_CALLS) return { call, wrong: `Not done: no more than ${MOST_CALLS} calls at a time.` };
    const tool = tools.find(({ name }) => name === call.name);
    if (tool === undefined) return { call, wrong: `There is no tool ${nameOf(call)}.` };
    const args = objectIn(call.args);
    if (args === undefined) return { call, wrong: 'The arguments are no JSON object.' };
    const wrong = tool.check?.(args);
    return wrong === undefined ? { call, tool, args } : { call, wrong: `The arguments are wrong: ${wrong}` };
  });
}

/** Those calls that the user has to be asked about. */
export function actingOf(judged: readonly Judged[]): readonly Extract<Judged, { readonly tool: Tool }>[] {
  return judged.filter((one) => 'tool' in one).filter(({ tool }) => tool.acts !== false);
}

/**
 * Runs one call, and tells of it: `tool.called`, then `tool.done`. Never fails: what goes wrong is a result.
 *
 * @param number its place among the calls of the turn
 * @param onResult is given what the model is to be told, before `tool.done`
 */
export function runTool(turn: number, number: number, judged: Judged, scheduler: SchedulerLike, onResult: (result: string) => void): Observable<ToolCalled | ToolDone> {
  return defer(() => {
    const { call } = judged;
    const about = { turn, call: number, tool: nameOf(call) };
    const began = scheduler.now();
    return concat(
      of<ToolCalled>({ type: 'tool.called', ...about, args: call.args.slice(0, TOLD) }),
      outcome(judged, scheduler).pipe(map(({ ok, result }): ToolDone => {
        onResult(result);
        return { type: 'tool.done', ...about, ok, ms: Math.round(scheduler.now() - began), result: result.slice(0, TOLD) };
      })),
    );
  });
}

interface Outcome { readonly ok: boolean; readonly result: string }

function outcome(judged: Judged, scheduler: SchedulerLike): Observable<Outcome> {
  if ('wrong' in judged) return of({ ok: false, result: judged.wrong });
  const { tool, args } = judged;
  const limit = tool.timeout ?? 10_000;
  const failed = (result: string): Outcome => ({ ok: false, result });
  return defer(() => from(tool.run(args))).pipe(
    takeLast(1),
    defaultIfEmpty(''),
    map((result): Outcome => ({ ok: true, result: result === '' ? 'Done.' : result })),
    timeout({ first: limit, scheduler, with: () => of(failed(`It took longer than ${limit / 1_000} s and was stopped.`)) }),
    catchError((error: unknown) => of(failed(asSpeechError(error, { kind: 'internal', code: 'tool-failed' }).message))),
  );
}

/** What a model calls a tool may be anything; names are words. */
const nameOf = ({ name }: ToolCall): string => name.replace(/[^\w-]+/g, '_').slice(0, 64);

/** The object that a text is in JSON; an empty one for no text, which is how some models write "without arguments". */
function objectIn(json: string): ToolArgs | undefined {
  try {
    const value: unknown = JSON.parse(json.trim() === '' ? '{}' : json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as ToolArgs : undefined;
  } catch {
    return undefined; // The model is told.
  }
}
