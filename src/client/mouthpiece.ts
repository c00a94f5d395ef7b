import { concatMap, connect, endWith, filter, ignoreElements, map, takeUntil, type BehaviorSubject, type MonoTypeOperatorFunction, type Observable, type OperatorFunction } from 'rxjs';
import { chunkify } from '../../operators/chunkify.js';
import { int16ToBytes } from '../audio/pcm.js';
import type { Link } from '../transports/dial.js';
import type { DropReason, Fact } from './news.js';

/** Where the microphone goes: to a server, or why nowhere. */
export type Way = Link | Extract<DropReason, 'playing' | 'offline'>;

export interface MouthpieceOptions {
  /** Samples of one block on the wire. */
  readonly blockFrames: number;
  /** From the rate of the device to that of the wire. */
  readonly toWire: MonoTypeOperatorFunction<Int16Array>;
}

/**
 * Sends what the microphone hears the way it is to go at that moment, in whole blocks, and tells of each what became of it.
 * Nothing is queued: a block that was begun before the way changed is dropped, since live audio that is late is worth
 * nothing. The end of a recording is padded with zeros.
 */
export function mouthpiece(way: BehaviorSubject<Way>, { blockFrames, toWire }: MouthpieceOptions): OperatorFunction<Int16Array, Fact> {
  const send = (to: Link) => (voice: Observable<Int16Array>): Observable<Fact> => {
    let begun = 0;
    return voice.pipe(
      toWire,
      map(int16ToBytes),
      chunkify(blockFrames * 2, { tail: 'pad', onTail: (bytes) => (begun = bytes) }),
      map((block): Fact => {
        if (way.value !== to) return { type: 'dropped', reason: typeof way.value === 'string' ? way.value : 'offline', bytes: begun };
        return to.write(block) ? { type: 'sent', bytes: block.length } : { type: 'dropped', reason: 'unread', bytes: block.length };
      }),
    );
  };
  const drop = (reason: DropReason): OperatorFunction<Int16Array, Fact> => map((pcm) => ({ type: 'dropped', reason, bytes: pcm.byteLength }));

  return connect((voice) => {
    const ways = way.pipe(takeUntil(voice.pipe(ignoreElements(), endWith('over'))));
    // One way after the other, so that what a way has begun is settled before the next one is taken.
    return ways.pipe(concatMap((to) => {
      const meanwhile = voice.pipe(takeUntil(way.pipe(filter((now) => now !== to))));
      return meanwhile.pipe(typeof to === 'string' ? drop(to) : send(to));
    }));
  });
}
