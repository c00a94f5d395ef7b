import { concat, concatMap, defer, from, ignoreElements, lastValueFrom, map, merge, of, Subject, takeWhile, tap, timer, toArray } from 'rxjs';
import type { Observable } from 'rxjs';
import { inRealTime } from '../src/audio/clock.js';
import type { MicSource } from '../src/audio/devices.js';
import { joinPcm } from '../src/audio/pcm.js';
import { FRAME_SAMPLES, SAMPLE_RATE } from '../src/engines.js';
import type { Tts } from '../src/engines.js';
import type { Latency } from '../src/events.js';
import { quietFor } from './commands/conversation.js';
import type { AppEvent } from './views/app-event.js';
import { wordErrorRate } from './word-error-rate.js';

/** What the synthetic user wants to know. Everyday words, and answers that are long enough to be heard. */
export const QUESTIONS = [
  'What is the capital of France?',
  'Can you tell me the name of a fruit that is red?',
  'Why is the sky blue during the day?',
] as const;

/** One question with what became of it. */
export interface Round {
  readonly asked: string;
  heard: string;
  answered: string;
  latency?: Latency;
  failure?: string;
}

/** A user who is a voice: a microphone, and what was asked so far. */
export interface SyntheticUser {
  readonly microphone: MicSource;
  readonly rounds: readonly Round[];
  /** Asks the questions, each when the answer before it has been heard; completes after the last one. Emits each question as it is asked. */
  converse(events: Observable<AppEvent>, active: Observable<boolean>): Observable<string>;
}

/** Quiet (ms) after which a question is taken as answered: longer than the longest silence an utterance may have at its end. */
const PATIENCE = 2_500;

export async function newSyntheticUser(voice: Tts): Promise<SyntheticUser> {
  const spoken = await lastValueFrom(from(QUESTIONS).pipe(
    concatMap((asked) => from(voice(asked)).pipe(toArray(), map((chunks) => ({ asked, audio: joinPcm(chunks) })))),
    toArray(),
  ), { defaultValue: [] });
  const said = new Subject<Int16Array>();
  const rounds: Round[] = [];

  const ask = ({ asked, audio }: { asked: string; audio: Int16Array }, active: Observable<boolean>): Observable<string> =>
    concat(
      defer(() => {
        rounds.push({ asked, heard: '', answered: '' });
        said.next(audio);
        return [asked];
      }),
      timer((1_000 * audio.length) / SAMPLE_RATE).pipe(ignoreElements()),
      quietFor(PATIENCE, active).pipe(ignoreElements()),
    );

  return {
    rounds,
    microphone: defer(() => {
      const pending: Int16Array[] = [];
      return merge(said.pipe(tap((audio) => pending.push(...frames(audio))), ignoreElements()), inRealTime(voiced(pending)));
    }),
    converse: (events, active) => merge(
      events.pipe(tap((event) => note(rounds.at(-1), event)), ignoreElements()),
      concat(
        quietFor(500, active).pipe(ignoreElements()),
        from(spoken).pipe(concatMap((question) => ask(question, active))),
        of(undefined),
      ),
    ).pipe(takeWhile((asked) => asked !== undefined)),
  };
}

/** Why a round was not a success; undefined where it was. */
export function shortcoming({ asked, heard, answered, failure }: Round): string | undefined {
  if (failure !== undefined) return failure;
  if (heard === '') return 'it was not heard';
  if (wordErrorRate(asked, heard) > 0.5) return 'it was heard wrongly';
  return answered === '' ? 'it was not answered' : undefined;
}

function note(round: Round | undefined, event: AppEvent): void {
  if (round === undefined) return;
  switch (event.type) {
    case 'transcript':
      if (event.final) round.heard = `${round.heard} ${event.text}`.trim();
      break;
    case 'reply.done':
      round.answered = `${round.answered} ${event.text}`.trim();
      if (event.latency !== undefined) round.latency = event.latency;
      break;
    case 'cancelled':
      if (event.reason !== 'no-words') round.failure = `the answer was cancelled (${event.reason})`;
      break;
    case 'failed':
      round.failure = event.message;
      break;
  }
}

/** What is to be said, and silence where there is nothing. */
export function* voiced(pending: Int16Array[]): Generator<Int16Array, void> {
  for (;;) yield pending.shift() ?? new Int16Array(FRAME_SAMPLES);
}

/** Audio in frames, the last one filled up with silence. */
export function frames(audio: Int16Array): Int16Array[] {
  return Array.from({ length: Math.ceil(audio.length / FRAME_SAMPLES) }, (_, n) => {
    const frame = new Int16Array(FRAME_SAMPLES);
    frame.set(audio.subarray(n * FRAME_SAMPLES, (n + 1) * FRAME_SAMPLES));
    return frame;
  });
}
