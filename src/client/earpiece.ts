import { concat, concatMap, connect, defer, EMPTY, endWith, ignoreElements, map, merge, of, takeUntil, type MonoTypeOperatorFunction, type Observable, type OperatorFunction } from 'rxjs';
import { chunkify } from '../../operators/chunkify.js';
import { bytesToInt16 } from '../audio/pcm.js';
import type { Playback } from '../audio/playback.js';
import { SAMPLE_RATE } from '../engines.js';
import type { ClientNews, Fact } from './news.js';

/** Bytes of the pieces that replies are made of: 32 ms. A tail that is less (the reference says `END`) is noise. */
const REPLY_BLOCK = 1024;

/** An answer that has ended: what the reply port had had of it by then, in bytes since the connection. Unset: what has come so far. */
export interface Cut { readonly sent?: number }

export interface EarpieceOptions {
  /** From the rate of the wire to that of the device. */
  readonly fromWire: MonoTypeOperatorFunction<Int16Array>;
  readonly cuts: Observable<Cut>;
  /** Silences the speaker. */
  readonly silence: () => void;
}

/**
 * Hands the reply bytes of one connection to the playback, and tells what became of them. Of an answer that was cut nothing is
 * heard any more, neither what waits here nor what is still under way.
 */
export function earpiece(playback: Playback, { fromWire, cuts, silence }: EarpieceOptions): OperatorFunction<Uint8Array, Fact | ClientNews> {
  function* play(pcm: Int16Array): Generator<Fact | ClientNews> {
    const before = playback.underruns();
    const excess = playback.push(pcm);
    const count = playback.underruns();
    if (count > before) yield { type: 'underrun', count, jitter: Math.round(playback.jitter()) };
    if (excess > 0) yield { type: 'dropped', reason: 'excess', bytes: excess * 2 };
  }

  return (reply) => defer(() => {
    let noise = 0;
    /** Bytes that have come in whole blocks, and up to where they are of an answer that was cut. */
    let [come, over] = [0, 0];

    function* taken(block: Uint8Array): Generator<Uint8Array> {
      come += block.length;
      if (come > over) yield block;
    }
    function* lost(block: Uint8Array): Generator<Fact> {
      if (come <= over) yield { type: 'dropped', reason: 'cut', bytes: block.length };
    }
    function* cut({ sent = come }: Cut): Generator<Fact | ClientNews> {
      over = Math.max(over, sent);
      // What has come after the end of that answer is of the next.
      const unheard = playback.cut(Math.max(0, come - sent) / 2);
      if (unheard === 0) return;
      silence();
      yield { type: 'dropped', reason: 'cut', bytes: unheard * 2 };
      yield { type: 'cut', unheard: Math.round((unheard * 1000) / SAMPLE_RATE) };
    }

    const blocks = reply.pipe(connect((bytes) => merge(
      bytes.pipe(map(({ length }): Fact => ({ type: 'received', bytes: length }))),
      bytes.pipe(chunkify(REPLY_BLOCK, { onTail: (count) => (noise = count) }), connect((some) => merge(
        some.pipe(concatMap(taken), map(bytesToInt16), fromWire, concatMap(play)),
        some.pipe(concatMap(lost)),
      ))),
    )));
    const told = blocks.pipe(connect((facts) => merge(facts, cuts.pipe(concatMap(cut), takeUntil(facts.pipe(ignoreElements(), endWith(true)))))));
    return concat(told, defer(() => (noise === 0 ? EMPTY : of<Fact>({ type: 'dropped', reason: 'tail', bytes: noise }))));
  });
}
