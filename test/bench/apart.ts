/** The two operators whose cost is not that of a frame: `sentences` and `paced`. */
import { from, VirtualTimeScheduler } from 'rxjs';
import type { SchedulerLike } from 'rxjs';

import { paced, sentences } from '../../operators/index.js';
import type { Cut } from '../../operators/index.js';
import { byTurns, cpuOf } from './measure.js';
import type { Pair } from './measure.js';

const ROUNDS = 7;
const TEXT = ('Paris is the capital of France, and has been for a long time. It lies on the Seine, in the north of the country. '
  + 'About 2.1 million people live in the city; with its suburbs, it is more like 12 million. Dr. Martin says that it is worth a visit! '
  + 'Would you like to know more about it, e.g. what there is to see? ').repeat(3).slice(0, 1_000);
/** Pieces in which a language model tells it. */
const DELTAS = TEXT.match(/.{1,4}/gsu) ?? [];

/** CPU (µs) for 1000 characters of an answer: told in deltas and gathered, and one pass of Intl.Segmenter over the whole text. */
export function sentencesAThousand(): Pair {
  const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
  const times = 200;
  let found = 0;
  const gathered = (): void => {
    for (let n = 0; n < times; n++) from(DELTAS).pipe(sentences()).subscribe({ next: () => { found++; }, error: (error: unknown) => { throw error; } });
  };
  const bare = (): void => { for (let n = 0; n < times; n++) for (const { segment } of segmenter.segment(TEXT)) found += segment === '' ? 0 : 1; };
  gathered();
  bare();
  const pair = byTurns(ROUNDS, () => cpuOf(times, gathered), () => cpuOf(times, bare));
  if (found === 0) throw new Error('No sentence was found.');
  return pair;
}

/** An answer of 20 s, in stretches of audio of 40 ms. */
const STRETCHES = 500;
const LENGTH = 40;
const LEAD = 200;

/** `paced`, written for this one case. */
function pacedByHand(values: readonly number[], release: (value: number) => void, onCut: (cut: Cut<number>) => void, scheduler: SchedulerLike): () => void {
  let heard = -Infinity;
  let before = 0;
  let ahead: { readonly value: number; readonly from: number }[] = [];
  let next = 0;
  const listen = (): void => {
    while (ahead[1] !== undefined && ahead[1].from <= scheduler.now()) {
      before += LENGTH;
      ahead.shift();
    }
  };
  const go = (): ReturnType<SchedulerLike['schedule']> | undefined => {
    for (let value = values[next]; value !== undefined; value = values[next]) {
      const wait = heard - LEAD - scheduler.now();
      if (wait > 0) return (timer = scheduler.schedule(go, wait));
      const from = Math.max(heard, scheduler.now());
      heard = from + LENGTH;
      ahead.push({ value, from });
      listen();
      next++;
      release(value);
    }
    return undefined;
  };
  let timer: ReturnType<SchedulerLike['schedule']> | undefined;
  go();
  return () => {
    timer?.unsubscribe();
    listen();
    const within = ahead[0] === undefined ? 0 : Math.min(LENGTH, scheduler.now() - ahead[0].from);
    onCut({ heard: before + within, last: ahead[0]?.value, within });
    ahead = [];
  };
}

/** CPU (µs) for a stretch of audio that is held back until its time, on virtual time. */
export function pacedAStretch(): Pair {
  const values = Array.from({ length: STRETCHES }, (_, index) => index);
  const times = 40;
  let released = 0;
  const composed = (): void => {
    for (let n = 0; n < times; n++) {
      const scheduler = new VirtualTimeScheduler();
      from(values).pipe(paced(() => LENGTH, { lead: LEAD, scheduler, onCut: () => undefined })).subscribe({ next: () => { released++; }, error: (error: unknown) => { throw error; } });
      scheduler.flush();
    }
  };
  const byHand = (): void => {
    for (let n = 0; n < times; n++) {
      const scheduler = new VirtualTimeScheduler();
      pacedByHand(values, () => { released--; }, () => undefined, scheduler);
      scheduler.flush();
    }
  };
  composed();
  byHand();
  const pair = byTurns(ROUNDS, () => cpuOf(times * STRETCHES, composed), () => cpuOf(times * STRETCHES, byHand));
  if (released !== 0) throw new Error('Both did not release the same.');
  return pair;
}
